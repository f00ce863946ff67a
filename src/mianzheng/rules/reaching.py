"""Links in the type check: `ref = role` and `relation(a, b)` become conditions on the rows of one register.

`child.birth.mother = applicant` says that a row of the register leads there: the link's own rule, and that its key
holds the other's number. `relation(a, b) in ('子女')` says what b is to a: `has(a.kinship, relatives = b and
relation in ('子女'))`, of the one register that declares a link with `kind`.
"""

from __future__ import annotations

from mianzheng.model.facts import FactCatalogue, Register, Type
from mianzheng.rules.checker import UNDONE_CONDITION, Checker, Typed
from mianzheng.rules.expression import (
    Aggregate,
    And,
    Compare,
    Fact,
    In,
    Node,
    Person,
    Reaches,
    Relation,
)
from mianzheng.rules.faults import RuleFaults, did_you_mean
from mianzheng.rules.names import register_of, role_known
from mianzheng.rules.tree import with_role
from mianzheng.rules.vocabulary import Vocabulary


def person(checker: Checker, node: Person) -> Typed:
    """Report a role that stands where a value belongs."""
    hint = did_you_mean(node.role, checker.vocabulary.roles) if node.role not in checker.vocabulary.roles else ""
    hint = hint or "a fact is role.register.fact; a link is compared: role.register.link = role"
    return checker.undone(node, "link", f"{node.role} alone is not a fact", hint)


def relation(checker: Checker, node: Relation) -> Typed:
    """Report a relation that is not compared."""
    return checker.undone(
        node, "link", "a relation is compared", f"write relation({node.role}, {node.other}) in ('子女')"
    )


def compared(checker: Checker, node: Compare) -> Typed | None:
    """Return a comparison of a link with a role, or of a relation; None when it is neither."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(side, Relation):
            return related(checker, node, side, Compare(node.op, _KIND, other))
        if isinstance(side, Fact) and (found := _link(checker, side)) is not None:
            role = _role_named(checker, side, other)
            if role is not None and node.op == "=":
                return _led(checker, node, side, found, role)
            message, hint = f"{side.name} is a link", f"compare it with a role: {side.name} = applicant"
            return _undone(checker, node, message, hint)
    return None


def among(checker: Checker, node: In) -> Typed | None:
    """Return `relation(a, b) in (…)`; None when it is no relation."""
    return related(checker, node, node.value, In(_KIND, node.options)) if isinstance(node.value, Relation) else None


_KIND = Fact("", "", "")  # stands for the fact that says how two are related, until its register is known


def related(checker: Checker, node: Node, relation_: Relation, condition: Compare | In) -> Typed:
    """Return that b stands in a's register as related so, `condition` being on the fact that says how."""
    found = relating(checker.vocabulary.facts)
    if found is None:
        hint = "declare `kind` at one link of one register"
        return _undone(checker, node, "no register says how two people are related", hint)
    register, name = found
    kind = Fact("", register.register, register.links[name].kind)
    if isinstance(condition, In):
        on_row: Node = In(kind, condition.options)
    else:
        on_row = Compare("=", kind, condition.right)
        if condition.op != "=":
            return _undone(checker, node, "relations have no order", "compare with =, <> or in")
    role, other = relation_.role, relation_.other
    if register_of(checker, node, role, register.register) is None or not _second(checker, node, other, "person"):
        return UNDONE_CONDITION
    outer, checker.row_of = checker.row_of, register.register
    checker.parsed.trees[id(on_row)] = checker.parsed.trees[id(node)]
    stated = checker.check(on_row).node
    del checker.parsed.trees[id(on_row)]
    checker.row_of = outer
    reaches = _reaches(checker, node, register, name, other)
    return UNDONE_CONDITION if reaches is None else _of_rows(register, role, And((reaches, stated)))


def relating(facts: FactCatalogue) -> tuple[Register, str] | None:
    """Return the register and link that say how two people are related; None when no link declares `kind`."""
    found = (
        (register, name) for register in facts.registers.values() for name, link in register.links.items() if link.kind
    )
    return next(found, None)


def _link(checker: Checker, node: Fact) -> tuple[Register, str] | None:
    register = checker.vocabulary.register(node.register)
    if register is None or node.name in register.facts or node.name not in register.links:
        return None
    return register, node.name


def _role_named(checker: Checker, link: Fact, node: Node) -> str | None:
    """Return the role a node names: a bare name, which inside a set is read as a fact of the row."""
    if isinstance(node, Person):
        return node.role
    in_row = isinstance(node, Fact) and node.role == "" and node.register == link.register
    return node.name if in_row and isinstance(node, Fact) else None


def _led(checker: Checker, node: Compare, link: Fact, found: tuple[Register, str], other: str) -> Typed:
    register, name = found
    if checker.row_of is None and register_of(checker, node, link.role, link.register) is None:
        return UNDONE_CONDITION
    if not _second(checker, node, other, register.links[name].to):
        return UNDONE_CONDITION
    reaches = _reaches(checker, node, register, name, other)
    if reaches is None:
        return UNDONE_CONDITION
    return Typed(reaches, Type.BOOLEAN) if checker.row_of is not None else _of_rows(register, link.role, reaches)


def _of_rows(register: Register, role: str, condition: Node) -> Typed:
    if register.rows == "one":
        return Typed(with_role(condition, role), Type.BOOLEAN)
    return Typed(Aggregate("has", role, register.register, None, condition), Type.BOOLEAN)


def _second(checker: Checker, node: Node, role: str, kind: str) -> bool:
    """Check the second subject: one person, of the kind that the link leads to."""
    if not role_known(checker, node, role):
        return False
    declared = checker.vocabulary.roles[role]
    if declared.many:
        hint = f"turn it round: every({role}, relation({role}, applicant) …)"
        checker.fault(node, "many-people", f"{role} is many people: a question has one second subject", hint)
        return False
    if declared.kind != kind:
        message = f"the link leads to a {kind}, {role} is a {declared.kind}"
        checker.fault(node, "wrong-kind", message, f"name a role of kind {kind}")
        return False
    return True


def _reaches(checker: Checker, node: Node, register: Register, name: str, other: str) -> Node | None:
    """Return that a row leads to `other`; None after a fault of the register's own rule."""
    reaches = Reaches("", register.register, name, other)
    link = register.links[name]
    if not link.where:
        return reaches
    try:
        parsed = checker.vocabulary.derivation(register.register, f"links.{name}", link.where)
    except RuleFaults as faults:
        checker.fault(node, "bad-link", f"{register.register}.{name}: {faults.faults[0].message}", "mend the register")
        return None
    alone = Vocabulary(facts=checker.vocabulary.facts, params={}, derivations=checker.vocabulary.derivations)
    inner = Checker(parsed, alone, checker.checks, row_of=register.register)
    where = inner.truth(parsed.node)
    checker.derived |= {("", register_name, fact) for _, register_name, fact in inner.derived}
    if inner.faults:
        checker.fault(node, "bad-link", f"{register.register}.{name}: {inner.faults[0].message}", "mend the register")
        return None
    return And((where, reaches))


def _undone(checker: Checker, node: Node, message: str, hint: str) -> Typed:
    checker.fault(node, "link", message, hint)
    return UNDONE_CONDITION
