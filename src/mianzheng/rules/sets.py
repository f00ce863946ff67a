"""Sets in the type check: rows of a register, people of a role, and the trap of the empty set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from mianzheng.model.facts import Type
from mianzheng.model.item import Role
from mianzheng.rules.checker import UNDONE, Checker, Typed, a, is_number
from mianzheng.rules.expression import (
    MIRROR,
    Aggregate,
    And,
    Compare,
    Elapsed,
    Exists,
    Fact,
    Literal_,
    Node,
    Not,
    Or,
    OverRole,
)
from mianzheng.rules.faults import one_of
from mianzheng.rules.names import register_of
from mianzheng.rules.tree import children

Set = tuple[str, str]  # (role, register), or (role, "") of people
_OPPOSITE: dict[str, Literal["lowest", "highest"]] = {"lowest": "highest", "highest": "lowest"}
_TYPES = {"has": Type.BOOLEAN, "every": Type.BOOLEAN, "count": Type.INTEGER}


def exists(checker: Checker, node: Exists) -> Typed:
    """Return whether a subject has a row at all."""
    register_of(checker, node, node.role, node.register)
    return Typed(node, Type.BOOLEAN)


def aggregate(checker: Checker, node: Aggregate) -> Typed:
    """Return a word over the rows of one register."""
    register = register_of(checker, node, node.role, node.register)
    if register is None:
        return UNDONE
    if register.rows == "one":
        hint = f"write {node.role}.{node.register}.fact, or exists({node.role}.{node.register})"
        return checker.undone(node, "one-row", f"{node.register} holds one row of each {node.role}", hint)
    outer, checker.row_of = checker.row_of, node.register
    where = None if node.where is None else checker.truth(node.where)
    value = None if node.value is None else checker.check(node.value)
    checker.row_of = outer
    if value is None:
        return Typed(Aggregate(node.how, node.role, node.register, None, where), _TYPES[node.how])
    return _of_value(checker, node, where, value)


def _of_value(checker: Checker, node: Aggregate, where: Node | None, value: Typed) -> Typed:
    inner, how = value.node, node.how
    if value.type is None:
        return UNDONE
    if isinstance(inner, Elapsed) and how != "total":
        # The lowest age is the age of the latest date.
        dated = Aggregate(_OPPOSITE[how], node.role, node.register, None, where)
        latest = _of_value(checker, dated, where, Typed(inner.value, Type.DATE))
        return Typed(Elapsed(latest.node, inner.unit), latest.type and Type.INTEGER)
    ordered = is_number(value.type) or (how != "total" and value.type is Type.DATE)
    if not ordered or not isinstance(inner, Fact):
        kinds = "numbers" if how == "total" else "numbers or dates"
        hint = f"write {how}(role.register.fact, …) with a fact that a column holds, of the right type"
        return checker.undone(node, "type", f"{how} is of {kinds} that are source facts of the register", hint)
    return Typed(Aggregate(how, node.role, node.register, inner, where), value.type)


def over_role(checker: Checker, node: OverRole) -> Typed:
    """Return a word over the people of a role."""
    declared = checker.vocabulary.roles.get(node.role)
    if declared is None or not declared.numbered:
        hint = one_of(node.role, checker.vocabulary.roles) if declared is None else f"write {node.role}.…"
        return checker.undone(node, "not-many", f"{node.role} is not a role of many people", hint)
    if node.body is None:
        return Typed(node, Type.INTEGER)
    outer, checker.people = checker.people, (*checker.people, node.role)
    counted = _TYPES.get(node.how)
    body = Typed(checker.truth(node.body), counted) if counted else checker.plain(node.body)
    checker.people = outer
    ordered = is_number(body.type) or (body.type is Type.DATE and node.how != "total") or body.type is None
    if counted is None and not ordered:
        hint = f"write {node.how}({node.role}, x) with x a number or a date, or has, every or count with a condition"
        return checker.undone(node, "type", f"{node.how} is of numbers or dates, this is {a(body.type)}", hint)
    return Typed(OverRole(node.how, node.role, body.node), body.type)


def unguarded(node: Node, roles: Mapping[str, Role], guards: frozenset[Set] = frozenset()) -> Iterator[Node]:
    """Yield each `every` over a set that may be empty with nothing beside it that says it is not.

    Beside it: `exists(…)`, `has(…)` or `count(…) >= 1` joined by and, or their denial joined by or.
    An optional role may be empty by its nature.
    """
    if isinstance(node, (Aggregate, OverRole)) and node.how == "every":
        own = (node.role, node.register) if isinstance(node, Aggregate) else (node.role, "")
        optional = own[1] == "" and node.role in roles and roles[node.role].optional
        if own not in guards and not optional:
            yield node
    if isinstance(node, And):
        guards = guards.union(*(_says_not_empty(part) for part in node.parts))
    if isinstance(node, Or):
        guards = guards.union(*(_says_not_empty(part.part) for part in node.parts if isinstance(part, Not)))
    for child in children(node):
        yield from unguarded(child, roles, guards)


def _says_not_empty(node: Node) -> frozenset[Set]:
    if isinstance(node, And):
        return frozenset().union(*(_says_not_empty(part) for part in node.parts))
    if isinstance(node, Exists):
        return frozenset({(node.role, node.register)})
    if isinstance(node, Compare):
        return _counted_one(node)
    if isinstance(node, (Aggregate, OverRole)) and node.how == "has":
        return frozenset({(node.role, node.register if isinstance(node, Aggregate) else "")})
    return frozenset()


def _counted_one(node: Compare) -> frozenset[Set]:
    for op, count, number in ((node.op, node.left, node.right), (MIRROR[node.op], node.right, node.left)):
        if not isinstance(count, (Aggregate, OverRole)) or count.how != "count" or not isinstance(number, Literal_):
            continue
        least = {">=": 1, ">": 0, "=": 1}.get(op)
        if least is not None and isinstance(number.value, int) and number.value >= least:
            return frozenset({(count.role, count.register if isinstance(count, Aggregate) else "")})
    return frozenset()
