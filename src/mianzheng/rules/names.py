"""Names in the type check: facts with their derivations, form fields, figures, findings, roles."""

from __future__ import annotations

from typing import Any

from mianzheng.model.facts import Derivation, Register, Type, Unit
from mianzheng.model.facts import Fact as Declared
from mianzheng.rules.checker import UNDONE, Checker, Typed, a, fits
from mianzheng.rules.expression import Elapsed, Fact, Finding, Form, Literal_, Node, Param, Today
from mianzheng.rules.faults import RuleFaults, did_you_mean
from mianzheng.rules.tree import with_role


def literal(checker: Checker, node: Literal_) -> Typed:
    """Return a literal."""
    return Typed(node, node.type)


def today(checker: Checker, node: Today) -> Typed:
    """Return the case's date."""
    return Typed(node, Type.DATE)


def form(checker: Checker, node: Form) -> Typed:
    """Return a form field of the item."""
    return _declared(checker, node, "form", checker.vocabulary.form)


def finding(checker: Checker, node: Finding) -> Typed:
    """Return a finding of the item: no gateway knows it, so it cannot stand in a condition on a register's row."""
    if checker.row_of is not None:
        hint = "write it beside the set with and, or"
        return checker.undone(node, "finding-in-set", "a finding is not known where rows are looked at", hint)
    return _declared(checker, node, "finding", checker.vocabulary.findings)


def param(checker: Checker, node: Param) -> Typed:
    """Return a figure."""
    return _declared(checker, node, "params", checker.vocabulary.params)


def _declared(checker: Checker, node: Any, source: str, known: Any) -> Typed:
    declared = known.get(node.name)
    if declared is None:
        hint = did_you_mean(node.name, known, prefix=f"{source}.") or f"declare it under {source}"
        return checker.undone(node, f"unknown-{source}", f"there is no {source}.{node.name}", hint)
    return Typed(node, declared.type, declared.values if source == "form" else ())


def fact(checker: Checker, node: Fact) -> Typed:
    """Return a fact, or what a derived fact follows from."""
    register = register_of(checker, node, node.role, node.register)
    if register is None:
        return UNDONE
    declared = register.facts.get(node.name)
    if declared is None and node.name in register.links:
        hint = f"compare it with a role: {node.name} = applicant, or reach a role by it"
        return checker.undone(node, "link", f"{node.register}.{node.name} is a link, not a fact", hint)
    if declared is None:
        hint = checker.vocabulary.hint_for_fact(node.register, node.name)
        return checker.undone(node, "unknown-fact", f"{node.register} has no fact {node.name}", hint)
    if checker.row_of is None and register.rows == "many":
        hint = f"write has({node.role}.{node.register}, {node.name} …), count, total, lowest or highest"
        return checker.undone(node, "many-rows", f"{node.register} may hold many rows of one {node.role}", hint)
    if declared.derive is None:
        return Typed(node, declared.type, declared.values, declared.identifier)
    return _derived(checker, node, declared, declared.derive)


def register_of(checker: Checker, node: Node, role: str, name: str) -> Register | None:
    """Return the register that a role is asked about; None after a fault."""
    if checker.row_of is None and not role_known(checker, node, role):
        return None
    register = checker.vocabulary.register(name)
    if register is None:
        hint = checker.vocabulary.hint_for_fact(name, "")
        checker.fault(node, "unknown-register", f"there is no register {name}", hint)
        return None
    declared = checker.vocabulary.roles.get(role)
    if declared is not None and declared.kind != register.key:
        hint = f"ask {name} about a role of kind {register.key}, or {role} in a register of {declared.kind}s"
        message = f"{name} is a register of {register.key}s, {role} is a {declared.kind}"
        checker.fault(node, "wrong-kind", message, hint)
        return None
    return register


def role_known(checker: Checker, node: Node, role: str) -> bool:
    """Return whether a role is one person here: declared, and of several people taken one by one."""
    declared = checker.vocabulary.roles.get(role)
    if declared is None:
        hint = did_you_mean(role, checker.vocabulary.roles) or "declare it under roles"
        checker.fault(node, "unknown-role", f"the item has no role {role}", hint)
        return False
    if declared.numbered and role not in checker.people:
        hint = f"write has({role}, {role}.…), every({role}, …) or count({role}, …) >= 1"
        checker.fault(node, "many-people", f"{role} may be {'many people' if declared.many else 'nobody'}", hint)
        return False
    return True


def _derived(checker: Checker, node: Fact, declared: Declared, derive: Derivation) -> Typed:
    here = f"{node.register}.{node.name}"
    if here in checker.deriving:
        return checker.undone(node, "circle", f"{here} follows from itself", "derive it from source facts")
    checker.derived.add((node.role, node.register, node.name))
    outer, checker.deriving = checker.deriving, (*checker.deriving, here)
    counted = _counted(derive)
    typed = _span(checker, node, *counted) if counted else _expression(checker, node, derive.expression or "")
    checker.deriving = outer
    if isinstance(typed.node, Elapsed) or typed.type is None:
        return typed
    if not fits(typed.type, declared.type):
        message = f"{here} is declared {a(declared.type)} but follows as {a(typed.type)}"
        return checker.undone(node, "bad-derivation", message, "mend the register")
    return Typed(typed.node, declared.type, declared.values, declared.identifier)


def _span(checker: Checker, node: Fact, start: str, unit: Unit) -> Typed:
    typed = fact(checker, Fact(node.role, node.register, start))
    if typed.type not in (Type.DATE, None):
        message = f"{node.register}.{node.name} is not counted from a date"
        return checker.undone(node, "bad-derivation", message, "mend the register")
    return Typed(Elapsed(typed.node, unit), typed.type and Type.INTEGER)


def _expression(checker: Checker, node: Fact, expression: str) -> Typed:
    here = f"{node.register}.{node.name}"
    try:
        parsed = checker.vocabulary.derivation(node.register, node.name, expression)
    except RuleFaults as faults:
        message = f"{here} cannot be derived: {faults.faults[0].message}"
        return checker.undone(node, "bad-derivation", message, "mend the register")
    inner = Checker(parsed, checker.vocabulary.of_registers(), checker.checks, row_of=node.register)
    inner.deriving = checker.deriving
    typed = inner.plain(parsed.node)
    checker.derived |= {(node.role, register, name) for _, register, name in inner.derived}
    if inner.faults:
        message = f"{here} cannot be derived: {inner.faults[0].message}"
        return checker.undone(node, "bad-derivation", message, "mend the register")
    return Typed(with_role(typed.node, node.role), typed.type)


def _counted(derive: Derivation) -> tuple[str, Unit] | None:
    for name, unit in ((derive.age_of, "years"), (derive.years_since, "years"), (derive.months_since, "months")):
        if name is not None:
            return name, unit  # type: ignore[return-value]
    return None
