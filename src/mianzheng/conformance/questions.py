"""Questions that could not have mattered when they were asked, and answers that did not matter afterwards.

A question mattered if, for some value of everything else still open, two of its own values (*not held* is one) lead to
two different ends: another outcome, or another set of reasons; reasons of sensitive questions aside (design/rules.md).
A condition that answers leave unknown is no end: a person or a declaration settles it, so each outcome is still open.
Everything else still open is tried out, one value after the other, only as far as the rule looks at it. Conditions
are tried out one by one: a question that two of them share is taken to be free in each, so that a superfluous question
may be overlooked and none is accused wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from mianzheng.conformance.meaning import Known, Meaning, Setting, Value, finding_at
from mianzheng.conformance.people import People, Reached
from mianzheng.conformance.samples import samples
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.item import base_of
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Node, Operand
from mianzheng.rules.tree import walk

SENSITIVE = 4
_MOST_TRIALS = 20_000  # of one rule; past that a question is taken to matter


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a case: in which wave it was asked first, and what it is, or may be where the reader cannot see it.

    `meanwhile`: what it could still have become for those who asked on before it came; () where none did.
    """

    at: QuestionAt
    wave: int
    values: tuple[Any, ...]
    meanwhile: tuple[Any, ...] = ()
    hasty: bool = False  # itself asked while others had not come


class Rules:
    """An item's rules in force, as `questions` reads them."""

    def __init__(self, compiled: CompiledItem, setting: Setting) -> None:
        self.compiled = compiled
        self.setting = setting
        self.people = People(compiled)
        self.conditions = {one.condition.id: one.residual for one in compiled.conditions if one.in_force(setting.as_of)}
        amounts = [] if compiled.amount is None else [compiled.amount]
        self.outcome: list[Node] = [*amounts, *compiled.claims.values()]
        self.domains = samples(compiled, setting)

    def meaning(self, known: Known) -> Meaning:
        """Return the reading of one set of answers."""
        return Meaning(self.setting, self.people, known)

    def domain(self, at: QuestionAt, answered: Mapping[QuestionAt, Answered]) -> tuple[Any, ...]:
        """Return the values that something open may take."""
        tried = self.domains[at[0], base_of(at[1])]
        own = answered[at].values if at in answered else ()
        return tuple(dict.fromkeys((*tried, *own)))

    def dependents(self, at: QuestionAt) -> list[QuestionAt]:
        """Return the questions that compare what this operand brings, as they are asked about one person."""
        return [
            (placed.question.id, self.people.label(placed.role))
            for placed in self.compiled.questions.values()
            for node in walk(placed.question.expression)
            if isinstance(node, Operand) and node.question == at[0]
        ]


def superfluous(
    rules: Rules, answers: tuple[Answered, ...], *, still_open: frozenset[str] | None = None
) -> tuple[QuestionAt, ...]:
    """Return the questions that could not have mattered when they were asked; needs are not among them.

    `still_open`: read as if a condition that answers leave unknown were an end, but for these, which somebody settled.
    """
    needs = {(placed.question.id, placed.role) for placed in rules.compiled.needs.values()}
    return tuple(
        one.at
        for one in answers
        if one.at not in needs and not mattered(rules, one.at, _before(one, answers), still_open=still_open)
    )


def _before(one: Answered, answers: tuple[Answered, ...]) -> tuple[Answered, ...]:
    """Return what was known when a question was asked."""
    earlier = (other for other in answers if other.wave < one.wave)
    if not one.hasty:
        return tuple(earlier)
    return tuple(msgspec.structs.replace(other, values=other.meanwhile or other.values) for other in earlier)


def mattered(
    rules: Rules, at: QuestionAt, before: tuple[Answered, ...], *, still_open: frozenset[str] | None = None
) -> bool:
    """Return whether some value of a question could change the ends still reachable after the answers `before`."""
    if at in rules.compiled.operands:
        return any(mattered(rules, other, before, still_open=still_open) for other in rules.dependents(at))
    trying = _Trying(rules, at, {one.at: one for one in before})
    ends = {name: trying.ends(residual) for name, residual in rules.conditions.items()}
    sensitive = rules.compiled.level_at(at) == SENSITIVE
    if not sensitive and any(_may_fail_by_it(rows) for rows in ends.values()):
        return True
    reach = {name: {value for row in rows for value in row} for name, rows in ends.items()}
    for name, values in reach.items():
        if None in values and (still_open is None or name in still_open):
            values |= {True, False}
    if any(values == {False} for values in reach.values()):
        return False
    if any(_may_fail_by_it(rows) for rows in ends.values()):
        return True
    if any(True not in values for values in reach.values()):
        return False
    if any(len(set(row)) > 1 for rows in ends.values() for row in rows):
        return True
    return any(len(set(row)) > 1 for node in rules.outcome for row in trying.ends(node, condition=False))


def unneeded(rules: Rules, answers: tuple[Answered, ...], findings: Mapping[str, Value]) -> tuple[QuestionAt, ...]:
    """Return the answers that did not matter afterwards: with any other value the end would have been the same."""
    known: dict[QuestionAt, Any] = {one.at: one.values[0] for one in answers}
    known |= {finding_at(name): value for name, value in findings.items()}
    asked = [one for one in answers if (one.at[0], base_of(one.at[1])) in rules.compiled.questions]
    return tuple(
        one.at
        for one in asked
        if len({_end(rules, {**known, one.at: value}) for value in rules.domain(one.at, {})}) == 1
    )


def _end(rules: Rules, known: Known) -> tuple[Any, ...]:
    meaning = rules.meaning(known)
    truths = {name: meaning.truth(residual) for name, residual in rules.conditions.items()}
    failed = tuple(name for name, truth in truths.items() if truth is False)
    if failed:
        return "refused", failed
    if None in truths.values():
        return ("undecided",)
    return ("granted", *(_plain(meaning.value(node)) for node in rules.outcome))


def _may_fail_by_it(rows: set[tuple[Any, ...]]) -> bool:
    return any(False in row and len(set(row)) > 1 for row in rows)


class _Wanting(Exception):
    """Not an error: the rule looks at something that has no value yet."""

    def __init__(self, at: QuestionAt) -> None:
        super().__init__(at)
        self.at = at


class _Trial(dict[QuestionAt, Any]):
    """Answers of one trial; looking at one that has no value yet says which."""

    def get(self, at: QuestionAt, default: Any = None) -> Any:
        if at not in self:
            raise _Wanting(at)
        return self[at]


class _Trying:
    """Tries out everything that is open beside one question."""

    def __init__(self, rules: Rules, at: QuestionAt, before: Mapping[QuestionAt, Answered]) -> None:
        self.rules = rules
        self.at = at
        self.before = before
        self.own = rules.domain(at, before)

    def ends(self, node: Node, *, condition: bool = True) -> set[tuple[Any, ...]]:
        """Return what a rule comes to for each value of the question, for every value of what else is open."""
        rows: set[tuple[Any, ...]] = set()
        for count, row in enumerate(self._rows(node, {}, condition)):
            if count == _MOST_TRIALS:
                return {(True, False, None)}
            rows.add(row)
        return rows

    def _rows(self, node: Node, assumed: dict[QuestionAt, Any], condition: bool) -> Iterator[tuple[Any, ...]]:
        try:
            yield tuple(self._one(node, {**assumed, self.at: value}, condition) for value in self.own)
        except _Wanting as wanting:
            for value in self._may_be(wanting.at):
                yield from self._rows(node, {**assumed, wanting.at: value}, condition)

    def _one(self, node: Node, assumed: dict[QuestionAt, Any], condition: bool) -> Any:
        meaning = self.rules.meaning(_Trial(assumed))
        return meaning.truth(node) if condition else _plain(meaning.value(node))

    def _may_be(self, at: QuestionAt) -> tuple[Any, ...]:
        known = self.before.get(at)
        return known.values if known is not None else self.rules.domain(at, {})


def _plain(value: Value | Reached) -> Value | Reached:
    """Return a number as one kind of number, so that 100 and 100.00 are one end."""
    return Decimal(value).normalize() if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value
