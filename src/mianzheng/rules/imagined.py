"""What a word over people may come to while the link that reaches them has not answered.

It may reach somebody, nobody, or never say: one person is imagined, of whom everything is still open; of a set of
many, any number, perhaps with others elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from mianzheng.model.evidence import QuestionAt
from mianzheng.rules.bounds import Bounds, compare_bounds
from mianzheng.rules.expression import OverRole
from mianzheng.rules.outcomes import F, Outcomes, T, U, code
from mianzheng.rules.values import Value

if TYPE_CHECKING:
    from mianzheng.rules.reachable import Follow

MOST_PEOPLE = 12  # imagined of a set whose link has not answered; compared with more, a count seems open all ways


def unreached(follow: Follow, node: OverRole, waits: Sequence[QuestionAt]) -> Outcomes:
    """Return what comes of somebody being reached, nobody, or no one knowing who: the link has not answered."""
    nobody = F if node.how == "has" else T
    fixed = [follow.fixed[at] for at in waits if at in follow.fixed]
    if F in fixed or U in fixed:
        return follow.same(nobody if F in fixed else U)
    somebody = _somebody(follow, node)
    if follow.question in waits:
        perhaps = {result[0] for result in somebody} | ({nobody, U} if len(fixed) + 1 < len(waits) else set())
        return frozenset((result, nobody, U) for result in perhaps)
    return somebody if len(fixed) == len(waits) else somebody | follow.same(nobody, U)


def counted_unreached(follow: Follow, op: str, node: OverRole, number: Value) -> Outcomes:
    """Count people of whom the link has not said yet how many there are."""

    def settle(sure: int, most: int | None) -> int:
        return code(compare_bounds(op, Bounds(sure, most), number))

    waits = follow.answers.waits_for(node.role)
    nobody, unknown = settle(0, 0), settle(0, None)
    fixed = [follow.fixed[at] for at in waits if at in follow.fixed]
    if F in fixed or U in fixed:
        return follow.same(nobody if F in fixed else unknown)
    many, one = follow.answers.compiled.item.roles[node.role].many, _one_of(follow, node)
    steps = {(result == T, result != F) for results in one for result in results}
    enough = abs(int(number)) + 2 if isinstance(number, (int, Decimal)) else 2
    pairs = counts = {(int(sure), int(most)) for sure, most in steps}
    for _ in range(min(enough, MOST_PEOPLE) if many else 0):
        counts = {(sure + one_more, most + perhaps) for sure, most in counts for one_more, perhaps in steps}
        pairs = pairs | counts
    found = {settle(*pair) for pair in pairs} | ({settle(sure, None) for sure, _ in pairs} if many else set())
    if many and enough > MOST_PEOPLE:
        found |= {T, F, U}
    if follow.question in waits:
        perhaps_none = {nobody, unknown} if len(fixed) + 1 < len(waits) else set()
        return frozenset((result, nobody, unknown) for result in found | perhaps_none)
    if follow.question is not None and any(len(set(results)) > 1 for results in one):
        varied = (
            frozenset(product(found, repeat=3))
            if many
            else frozenset(tuple(settle(result == T, result != F) for result in results) for results in one)
        )
    else:
        varied = follow.same(*found)
    return varied if len(fixed) == len(waits) else varied | follow.same(nobody, unknown)


def _somebody(follow: Follow, node: OverRole) -> Outcomes:
    """Return what a set of one person may come to; of many, of any number, perhaps with others elsewhere."""
    one = _one_of(follow, node)
    if not follow.answers.compiled.item.roles[node.role].many:
        return one
    pick, start = (max, F) if node.how == "has" else (min, T)
    found, more = one, one | follow.fold(pick, [one, follow.same(U)], start)
    while found != more:
        found, more = more, more | follow.fold(pick, [more, more], start)
    return found


def _one_of(follow: Follow, node: OverRole) -> Outcomes:
    """Return what a condition may come to for one person whom the link may reach."""
    one = follow.same(T)
    for _ in follow.answers.imagined(node.role):
        one = one if node.body is None else follow.of(node.body)
    return one
