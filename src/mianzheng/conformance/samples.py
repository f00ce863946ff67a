"""Which values an open question is tried with: yes, no and not held; of a value those at which a rule may turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from mianzheng.conformance.meaning import UNKNOWN, Setting, finding_at
from mianzheng.conformance.people import Reached
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import Type
from mianzheng.model.scalar import from_wire
from mianzheng.rules import expression as tree
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.tree import walk

_NUMBERS = (Type.INTEGER, Type.DECIMAL)
_MANY = 1_000_000_000
_EARLY, _LATE = date(1900, 1, 1), date(2150, 1, 1)


def samples(compiled: CompiledItem, setting: Setting) -> dict[QuestionAt, tuple[Any, ...]]:
    """Return the values to try for each question of an item, by question and role, and for each finding."""
    found: dict[QuestionAt, tuple[Any, ...]] = {}
    turning = tuple(dict.fromkeys(_turning(compiled, setting)))
    for at, placed in compiled.questions.items():
        boolean = placed.question.kind == "boolean"
        found[at] = (True, False, UNKNOWN) if boolean else (*_around(turning, placed.question.type, setting), UNKNOWN)
    for name, finding in compiled.item.findings.items():
        boolean = finding.type is Type.BOOLEAN
        found[finding_at(name)] = (
            (True, False, UNKNOWN) if boolean else (*_around(turning, finding.type, setting), UNKNOWN)
        )
    for at in compiled.operands:
        found[at] = (True, UNKNOWN)
    for role, placed in compiled.links.items():
        most = 2 if compiled.item.roles[role].many else 1
        own = (UNKNOWN, *(Reached(count) for count in range(most + 1)))
        at = (placed.question.id, placed.role)
        found[at] = tuple(dict.fromkeys((*found.get(at, ()), *own)))
    for placed in compiled.needs.values():
        found[placed.question.id, placed.role] = (True, UNKNOWN)
    return found


def _turning(compiled: CompiledItem, setting: Setting) -> Iterator[Any]:
    """Yield every literal and figure that the rules over answers compare or count with."""
    residuals = [one.residual for one in compiled.conditions] + list(compiled.claims.values())
    residuals += [] if compiled.amount is None else [compiled.amount]
    for residual in residuals:
        for node in walk(residual):
            if isinstance(node, tree.Literal_):
                yield node.value
            elif isinstance(node, tree.Param):
                table = setting.params[node.name]
                yield from (from_wire(table.type, row.value) for row in table.values)
            elif isinstance(node, tree.Form) and node.name in setting.forms:
                yield setting.forms[node.name]


def _around(turning: tuple[Any, ...], type_: Type, setting: Setting) -> tuple[Any, ...]:
    if type_ in _NUMBERS:
        numbers = [one for one in turning if isinstance(one, (int, Decimal)) and not isinstance(one, bool)]
        near = {number + step for number in numbers for step in (-1, 0, 1)}
        return tuple(sorted({0, 1, _MANY, *near}))
    if type_ is Type.DATE:  # compared with the case's day and what is reckoned from it
        return tuple(dict.fromkeys((_EARLY, setting.as_of, _LATE, *(one for one in turning if isinstance(one, date)))))
    kind = {Type.BOOLEAN: "bool"}.get(type_, "str")
    texts = tuple(one for one in turning if type(one).__name__ == kind)
    return (*texts, "another") if kind == "str" else texts or ((True, False) if kind == "bool" else ("another",))
