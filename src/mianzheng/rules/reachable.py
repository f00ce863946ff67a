"""What a condition can still become, and whether one more answer could matter to it.

1. Each open question may turn out true, false or unknown; each known one is what it is. Sets of results
   are combined node by node, which is exact as long as no open question stands twice in the condition.
2. Those that do are enumerated. Past `MOST_ENUMERATED` the set may be too large, never too small: a
   question too many may then be asked, a wrong result is never given.
3. Until a link has answered, the one it may reach is imagined: the case may reach somebody, nobody, or never know.
4. A question matters if, for some value of every other open answer, two of its own values give two
   different results. So results are followed as a triple: what comes of it being true, false, unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from mianzheng.model.evidence import QuestionAt
from mianzheng.rules.bounds import Bounds, compare_bounds
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import MIRROR, And, Asked, Case, Compare, Node, Not, Or, OverRole
from mianzheng.rules.imagined import counted_unreached, unreached
from mianzheng.rules.outcomes import F, Outcomes, T, U, code
from mianzheng.rules.tree import children
from mianzheng.rules.values import Value

__all__ = ["F", "T", "U", "code", "matters", "open_questions", "reachable"]

MOST_ENUMERATED = 5


def reachable(residual: Node, answers: Answers) -> frozenset[int]:
    """Return which of F, U, T a condition can still become."""
    if isinstance(residual, Asked):  # most conditions are one question
        return frozenset({F, U, T}) if answers.is_open(residual) else frozenset({code(answers.value(residual))})
    return frozenset(result for (result,) in Follow(answers, None).outcomes(residual))


def matters(residual: Node, question: QuestionAt, answers: Answers) -> bool:
    """Return whether some value of an open question, whatever the others, can change what the condition becomes."""
    return any(len(set(triple)) > 1 for triple in Follow(answers, question).outcomes(residual))


def open_questions(node: Node, answers: Answers) -> Iterator[QuestionAt]:
    """Yield each open question of a residual, once for each place and person it stands for."""
    if isinstance(node, Asked):
        if answers.is_open(node):
            yield from answers.open_needed(node)
            yield answers.at(node)
    elif isinstance(node, OverRole):
        waits = answers.waits_for(node.role)
        yield from waits
        if node.body is not None:
            for _ in answers.imagined(node.role) if waits else answers.each(node.role):
                yield from open_questions(node.body, answers)
    else:
        for child in children(node):
            yield from open_questions(child, answers)


class Follow:
    """Follows one question (or none) through a condition."""

    def __init__(self, answers: Answers, question: QuestionAt | None) -> None:
        self.answers = answers
        self.question = question
        self.width = 1 if question is None else 3
        self.fixed: dict[QuestionAt, int] = {}  # enumerated questions, in this round

    def outcomes(self, residual: Node) -> Outcomes:
        """Return all results, enumerating the questions that stand more than once."""
        open_ = list(open_questions(residual, self.answers))
        if not open_:
            return self.same(code(self.answers.value(residual)))
        if len(open_) == len(set(open_)):
            return self.of(residual)
        counts = Counter(open_)
        twice = [at for at, count in counts.items() if count > 1 and at != self.question][:MOST_ENUMERATED]
        found: set[tuple[int, ...]] = set()
        for values in product((T, F, U), repeat=len(twice)):
            self.fixed = dict(zip(twice, values, strict=True))
            found |= self.of(residual)
        return frozenset(found)

    def of(self, node: Node) -> Outcomes:
        if isinstance(node, OverRole):
            return self.over_role(node) if node.how in ("has", "every") else self.other(node)
        method = _METHODS.get(type(node))
        return self.other(node) if method is None else method(self, node)

    def same(self, *results: int) -> Outcomes:
        """Return results that do not depend on the followed question."""
        return frozenset((result,) * self.width for result in results)

    def asked(self, node: Asked) -> Outcomes:
        at = self.answers.at(node)
        if not self.answers.is_open(node):
            return self.same(code(self.answers.value(node)))
        needed = self.answers.open_needed(node)
        if any(self.fixed.get(one, T) != T for one in needed):
            return self.same(U)
        if at == self.question:
            return frozenset({(T, F, U)})
        fixed = self.fixed.get(at)
        found = (T, F, U) if fixed is None else (fixed,)
        if self.question in needed:
            return frozenset((result, U, U) for result in found)
        if len(needed) > sum(one in self.fixed for one in needed):
            found = (*found, U)
        return self.same(*found)

    def conjunction(self, node: And) -> Outcomes:
        return self.fold(min, [self.of(part) for part in node.parts], T)

    def disjunction(self, node: Or) -> Outcomes:
        return self.fold(max, [self.of(part) for part in node.parts], F)

    def fold(self, pick: Callable[[int, int], int], parts: Sequence[Outcomes], start: int) -> Outcomes:
        results: set[tuple[int, ...]] = {(start,) * self.width}
        for part in parts:
            results = {tuple(map(pick, one, other)) for one in results for other in part}
        return frozenset(results)

    def negation(self, node: Not) -> Outcomes:
        return frozenset(tuple(2 - result for result in results) for results in self.of(node.part))

    def case(self, node: Case) -> Outcomes:
        """From the last branch up: a true condition takes its result, a false one the next, an unknown none."""
        results = self.same(U) if node.default is None else self.of(node.default)
        for condition, value in reversed(node.branches):
            conditions, values = self.of(condition), self.of(value)
            results = frozenset(
                tuple(_choose(*parts) for parts in zip(holds, result, rest, strict=True))
                for holds in conditions
                for result in values
                for rest in results
            )
        return results

    def over_role(self, node: OverRole) -> Outcomes:
        waits = self.answers.waits_for(node.role)
        if waits:
            return unreached(self, node, waits)
        people = [self.of(node.body) for _ in self.answers.each(node.role)] if node.body is not None else []
        if not self.answers.all_known(node.role):
            people.append(self.same(U))
        return self.fold(max, people, F) if node.how == "has" else self.fold(min, people, T)

    def compare(self, node: Compare) -> Outcomes:
        """A count of people against a fixed number: follow how many surely and how many perhaps count."""
        for op, side, other in ((node.op, node.left, node.right), (MIRROR[node.op], node.right, node.left)):
            counts = isinstance(side, OverRole) and side.how == "count" and side.body is not None
            if isinstance(side, OverRole) and side.how == "count" and self.answers.waits_for(side.role):
                return counted_unreached(self, op, side, self.answers.value(other))
            if isinstance(side, OverRole) and counts:
                return self.counted(op, side, self.answers.value(other))
        return self.other(node)

    def counted(self, op: str, node: OverRole, number: Value) -> Outcomes:
        counts: set[tuple[tuple[int, int], ...]] = {((0, 0),) * self.width}  # (surely, at most) for each value
        for _ in self.answers.each(node.role):
            person = self.of(node.body) if node.body is not None else self.same(T)
            counts = {
                tuple(
                    (sure + (result == T), most + (result != F))
                    for (sure, most), result in zip(so_far, results, strict=True)
                )
                for so_far in counts
                for results in person
            }
        complete = self.answers.all_known(node.role)

        def settle(sure: int, most: int) -> int:
            return code(compare_bounds(op, Bounds(sure, most if complete else None), number))

        return frozenset(tuple(settle(*pair) for pair in pairs) for pairs in counts)

    def other(self, node: Node) -> Outcomes:
        """Return what any other node can become: all, if it is unknown and a question in it is open."""
        value = code(self.answers.value(node))
        if value != U:
            return self.same(value)
        open_ = set(open_questions(node, self.answers))
        if self.question in open_:
            return frozenset(product((T, F, U), repeat=self.width)) if self.width > 1 else self.same(T, F, U)
        return self.same(T, F, U) if open_ else self.same(U)


def _choose(holds: int, result: int, rest: int) -> int:
    return result if holds == T else rest if holds == F else U


_METHODS: dict[type[Node], Callable[[Any, Any], Outcomes]] = {
    Asked: Follow.asked,
    And: Follow.conjunction,
    Or: Follow.disjunction,
    Not: Follow.negation,
    Case: Follow.case,
    Compare: Follow.compare,
}
