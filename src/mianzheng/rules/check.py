"""The type check: a parsed rule becomes a typed one, or every fault of it at once, each with its place.

On the way the tree is settled, so that nothing after this knows sugar:

1. Derived facts are replaced by what they follow from (`hukou.is_local`, `hukou.age`).
2. Spans of time stand only in comparisons, which become comparisons of a date with a cutoff.
3. Literals take the type of what they meet.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.model.facts import Type
from mianzheng.model.text import Fault
from mianzheng.rules import names, reaching, sets
from mianzheng.rules.checker import (
    UNDONE,
    UNDONE_CONDITION,
    Check,
    Checker,
    Typed,
    a,
    fits,
    is_constant,
    is_number,
    is_text,
)
from mianzheng.rules.comparing import Operands, compare_span, settle_literal, spans_left, unknown_word
from mianzheng.rules.expression import (
    Aggregate,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    Elapsed,
    Exists,
    Fact,
    Finding,
    Form,
    In,
    IsNull,
    Literal_,
    Match,
    Node,
    Not,
    Or,
    OverRole,
    Param,
    Person,
    Relation,
    Shift,
    Today,
)
from mianzheng.rules.normal import normal
from mianzheng.rules.parse import Parsed
from mianzheng.rules.tree import walk
from mianzheng.rules.vocabulary import Vocabulary


class Checked(msgspec.Struct, frozen=True):
    """A checked rule in normal form. With faults the tree means nothing."""

    node: Node
    type: Type | None
    faults: tuple[Fault, ...]
    derived: frozenset[tuple[str, str, str]]  # derived facts it named: (role, register, fact)
    identifier: bool = False


def check_condition(parsed: Parsed, vocabulary: Vocabulary, *, row_of: str | None = None) -> Checked:
    """Return a rule that must be yes or no, checked; `row_of`: it was parsed within that register."""
    checker = Checker(parsed, vocabulary, CHECKS, row_of=row_of)
    return _finish(checker, Typed(checker.truth(parsed.node), Type.BOOLEAN))


def check_value(parsed: Parsed, vocabulary: Vocabulary, *, row_of: str | None = None) -> Checked:
    """Return a rule of any type, checked."""
    checker = Checker(parsed, vocabulary, CHECKS, row_of=row_of)
    return _finish(checker, checker.plain(parsed.node))


def _finish(checker: Checker, typed: Typed) -> Checked:
    has_every = "every" in checker.parsed.source.text
    for node in sets.unguarded(checker.parsed.node, checker.vocabulary.roles) if has_every else ():
        hint = "add `and exists(…)` or `and count(…) >= 1`, or make the role optional"
        checker.fault(node, "empty-every", "every is also true of nothing at all", hint)
    faults, derived = tuple(checker.faults), frozenset(checker.derived)
    node = typed.node if faults else normal(typed.node)
    return Checked(node, typed.type, faults, derived, typed.identifier)


def _joined(checker: Checker, node: And | Or) -> Typed:
    return Typed(type(node)(tuple(checker.truth(part) for part in node.parts)), Type.BOOLEAN)


def _not(checker: Checker, node: Not) -> Typed:
    return Typed(Not(checker.truth(node.part)), Type.BOOLEAN)


def _case(checker: Checker, node: Case) -> Typed:
    conditions = [checker.truth(condition) for condition, _ in node.branches]
    written = [result for _, result in node.branches] + ([] if node.default is None else [node.default])
    results = _unified(checker, written)
    nodes = [typed.node for typed in results]
    branches = tuple(zip(conditions, nodes[: len(conditions)], strict=True))
    return _like(results, Case(branches, None if node.default is None else nodes[-1]))


def _unified(checker: Checker, nodes: list[Node]) -> list[Typed]:
    """Return values that must be of one type, with that type; literals follow the others."""
    results = [checker.plain(node) for node in nodes]
    known = [typed for typed in results if typed.type is not None]
    if not known:
        return results
    lead = next((typed for typed in known if not isinstance(typed.node, Literal_)), known[0])
    if is_number(lead.type) and any(typed.type is Type.DECIMAL for typed in known):
        lead = Typed(lead.node, Type.DECIMAL)
    settled = []
    for node, typed in zip(nodes, results, strict=True):
        value = settle_literal(typed, lead)
        problem = unknown_word(lead, value)
        if not fits(value.type, lead.type):
            hint = f"write each as {a(lead.type)}, or split the rule with or"
            checker.fault(node, "type", f"this is {a(typed.type)}, the others are {a(lead.type)}", hint)
        elif problem is not None:
            checker.fault(node, *problem)
        settled.append(Typed(value.node, value.type and lead.type, lead.values, typed.identifier))
    return settled


def _like(results: list[Typed], node: Node) -> Typed:
    if any(typed.type is None for typed in results):
        return UNDONE
    return Typed(node, results[0].type, results[0].values, any(typed.identifier for typed in results))


def _compare(checker: Checker, node: Compare) -> Typed:
    linked = reaching.compared(checker, node)
    if linked is not None:
        return linked
    left, right = checker.check(node.left), checker.check(node.right)
    return Typed(_compared(checker, node, Operands(node.op, left, right)), Type.BOOLEAN)


def _compared(checker: Checker, node: Node, operands: Operands) -> Node:
    """Return a comparison of any two checked sides, faults at `node`."""
    if operands.left.type is None or operands.right.type is None:
        return UNDONE.node
    if isinstance(operands.left.node, Elapsed) or isinstance(operands.right.node, Elapsed):
        return _span(checker, node, spans_left(operands))
    operands = operands.settled()
    problem = operands.problem()
    if problem is not None:
        checker.fault(node, *problem)
    return operands.node()


def _span(checker: Checker, node: Node, operands: Operands) -> Node:
    span, amount = operands.left.node, operands.right
    results = _results(amount.node)
    if not isinstance(span, Elapsed) or amount.type is not Type.INTEGER or not all(map(is_constant, results)):
        hint = "write age >= 60, or today - date <= params.days"
        checker.fault(node, "age", "a span of time is compared with a whole number that no register holds", hint)
        return UNDONE.node
    return compare_span(operands.op, span, amount.node)


def _results(node: Node) -> list[Node]:
    if not isinstance(node, Case):
        return [node]
    nodes = [result for _, result in node.branches] + ([] if node.default is None else [node.default])
    return [inner for result in nodes for inner in _results(result)]


def _in(checker: Checker, node: In) -> Typed:
    linked = reaching.among(checker, node)
    if linked is not None:
        return linked
    value = checker.check(node.value)
    if value.type is None:
        return UNDONE_CONDITION
    compared = [_compared(checker, option, Operands("=", value, checker.check(option))) for option in node.options]
    if isinstance(value.node, Elapsed) or value.type is Type.BOOLEAN:
        return Typed(Or(tuple(compared)), Type.BOOLEAN)
    options = tuple(part.right for part in compared if isinstance(part, Compare))
    return Typed(In(value.node, options), Type.BOOLEAN)


def _is_null(checker: Checker, node: IsNull) -> Typed:
    typed = checker.check(node.value)
    _only_of_facts(checker, node, typed, "is null")
    value = typed.node.value if isinstance(typed.node, Elapsed) else typed.node
    return Typed(IsNull(value), Type.BOOLEAN)


def _distinct(checker: Checker, node: Distinct) -> Typed:
    left, right = checker.plain(node.left), checker.plain(node.right)
    if left.type is None or right.type is None:
        return UNDONE_CONDITION
    operands = Operands("=", left, right).settled()
    problem = operands.problem()
    if problem is not None:
        checker.fault(node, *problem)
    for side in (left, right):
        _only_of_facts(checker, node, side, "is distinct from")
    return Typed(Distinct(operands.left.node, operands.right.node), Type.BOOLEAN)


def _only_of_facts(checker: Checker, node: Node, typed: Typed, word: str) -> None:
    """Refuse what may be unknown for another reason than an empty field: the word would hide it."""
    if any(isinstance(part, (Aggregate, OverRole, Case)) for part in walk(typed.node)):
        hint = "write has(…), count(…) = 0 or a case around it"
        checker.fault(node, "hidden-unknown", f"{word} would hide that a set or a case is not known", hint)


def _match(checker: Checker, node: Match) -> Typed:
    text = checker.plain(node.text)
    if text.identifier:
        checker.fault(node, "identifier", "what identifies is never compared with a literal", "ask if it is null")
    elif text.type is not None and not is_text(text.type):
        hint = f"write {node.how}(x, '…') with x a fact of text, or compare with ="
        checker.fault(node, "type", f"{node.how} looks into text, this is {a(text.type)}", hint)
    return Typed(Match(node.how, text.node, node.literal), Type.BOOLEAN)


def _coalesce(checker: Checker, node: Coalesce) -> Typed:
    parts = _unified(checker, list(node.parts))
    for part, typed in zip(node.parts, parts, strict=True):
        _only_of_facts(checker, part, typed, "coalesce")
    return _like(parts, Coalesce(tuple(typed.node for typed in parts)))


def _arithmetic(checker: Checker, node: Arithmetic) -> Typed:
    left, right = checker.check(node.left), checker.check(node.right)
    if left.type is None or right.type is None:
        return UNDONE
    if node.op == "-" and left.type is Type.DATE and right.type is Type.DATE:
        if isinstance(left.node, Today):
            return Typed(Elapsed(right.node, "days"), Type.INTEGER)
        if isinstance(right.node, Today):
            return Typed(Elapsed(left.node, "days"), Type.INTEGER, turned=True)
    if isinstance(left.node, Elapsed) or isinstance(right.node, Elapsed):
        return checker.undone(node, "age", "one does not calculate with ages or spans", "write age >= 60")
    if Type.DATE in (left.type, right.type):
        hint = "write x >= today - 30 days, or today - x <= 30"
        return checker.undone(node, "date", "dates are compared, with each other or with today ± n days", hint)
    if not (is_number(left.type) and is_number(right.type)):
        hint = "calculate with whole numbers and decimals; compare the rest with = or in"
        return checker.undone(node, "type", f"{a(left.type)} {node.op} {a(right.type)} is not of numbers", hint)
    type_ = Type.DECIMAL if Type.DECIMAL in (left.type, right.type) else Type.INTEGER
    return Typed(Arithmetic(node.op, left.node, right.node), type_)


def _shift(checker: Checker, node: Shift) -> Typed:
    amount = checker.plain(node.amount)
    if amount.type not in (Type.INTEGER, None):
        hint = f"write today - 12 {node.unit}, or a figure under params that is a whole number"
        checker.fault(node, "type", f"today ± n {node.unit} needs a whole number", hint)
    return Typed(Shift(amount.node, node.unit, node.sign), Type.DATE)


def _elapsed(checker: Checker, node: Elapsed) -> Typed:
    value = checker.plain(node.value)
    if value.type not in (Type.DATE, None):
        hint = "write age(x), months_since(x) or days_since(x) with x a fact of type date"
        return checker.undone(node, "type", f"{node.unit} are counted from a date, this is {a(value.type)}", hint)
    return Typed(Elapsed(value.node, node.unit), value.type and Type.INTEGER)


CHECKS: Mapping[type[Node], Check] = {
    Literal_: names.literal,
    Today: names.today,
    Form: names.form,
    Finding: names.finding,
    Param: names.param,
    Fact: names.fact,
    Person: reaching.person,
    Relation: reaching.relation,
    Exists: sets.exists,
    Aggregate: sets.aggregate,
    OverRole: sets.over_role,
    And: _joined,
    Or: _joined,
    Not: _not,
    Case: _case,
    Compare: _compare,
    In: _in,
    IsNull: _is_null,
    Distinct: _distinct,
    Match: _match,
    Coalesce: _coalesce,
    Arithmetic: _arithmetic,
    Shift: _shift,
    Elapsed: _elapsed,
}
