"""What is certain of a count, sum or extreme when some rows, values or people are not known.

Two known minors settle `>= 2` whatever a third says; a NULL that matters leaves the comparison open.
SQL's EXISTS and SUM would hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from mianzheng.model.scalar import Scalar
from mianzheng.rules.values import ABSENT, MISSING, NoValue, Truth, Value, conjunction, disjunction, holds, truth

How = Literal["has", "every", "count", "total", "lowest", "highest"]


class Bounds(msgspec.Struct, frozen=True):
    """A number or date between `low` and `high`; None is without limit.

    `empty`: whether there is nothing to be the lowest or highest of; there is then no value.
    """

    low: Scalar | None
    high: Scalar | None
    empty: Literal["no", "maybe", "yes"] = "no"


class Member(msgspec.Struct, frozen=True):
    """One row, or one person: whether it counts, and its value if one is summed or compared."""

    counts: Truth
    value: Value = True


def has(members: Sequence[Member], *, complete: bool) -> Truth:
    """Return whether some member counts; without all of them no is never certain."""
    return disjunction([*(member.counts for member in members), *([] if complete else [MISSING])])


def every(members: Sequence[Member], *, complete: bool) -> Truth:
    """Return whether all members count; without all of them yes is never certain."""
    return conjunction([*(member.counts for member in members), *([] if complete else [MISSING])])


def bounds(how: How, members: Sequence[Member], *, complete: bool) -> Bounds:
    """Return what is certain of `count`, `total`, `lowest` or `highest` of the members that count.

    `complete`: no further members exist that are not known of.
    """
    sure = [member for member in members if member.counts is True]
    perhaps = [member for member in members if isinstance(member.counts, NoValue)]
    if how == "count":
        return Bounds(len(sure), len(sure) + len(perhaps) if complete else None)
    if how == "total":
        return _total(sure, perhaps, complete=complete)
    return _extreme(sure, perhaps, lowest=how == "lowest", complete=complete)


def _total(sure: list[Member], perhaps: list[Member], *, complete: bool) -> Bounds:
    low: int | Decimal = 0
    high: int | Decimal = 0
    for member in [*sure, *perhaps]:
        value = member.value
        if not complete or not isinstance(value, (int, Decimal)):
            return Bounds(None, None)
        certain = member.counts is True
        low += value if certain else min(value, 0)
        high += value if certain else max(value, 0)
    return Bounds(low, high) if complete else Bounds(None, None)


def _extreme(sure: list[Member], perhaps: list[Member], *, lowest: bool, complete: bool) -> Bounds:
    """Of the lowest: no higher than the lowest sure one, no lower than the lowest of all."""
    if not sure and not perhaps and complete:
        return Bounds(None, None, "yes")
    outer, inner = (min, max) if lowest else (max, min)
    certain = [member.value for member in sure if not isinstance(member.value, NoValue)]
    possible = [member.value for member in [*sure, *perhaps] if not isinstance(member.value, NoValue)]
    all_known = complete and len(possible) == len(sure) + len(perhaps)
    far = outer(possible) if all_known else None
    if certain:
        near: Scalar | None = outer(certain)
    else:
        near = inner(possible) if all_known and not sure else None
    low, high = (far, near) if lowest else (near, far)
    return Bounds(low, high, "no" if sure else "maybe")


def value_of(limits: Bounds) -> Value:
    """Return the one value that is left, ABSENT when the set is empty, MISSING otherwise."""
    if limits.empty == "yes":
        return ABSENT
    if limits.empty == "no" and limits.low is not None and limits.low == limits.high:
        return limits.low
    return MISSING


def compare_bounds(op: str, limits: Bounds, value: Value) -> Truth:
    """Return `limits op value` if every possible value agrees, MISSING if they do not."""
    if isinstance(value, NoValue):
        return truth(value)
    possible = set()
    if limits.empty != "no":
        possible.add(False)
    if limits.empty != "yes":
        possible |= _outcomes(op, limits, value)
    return possible.pop() if len(possible) == 1 else MISSING


def _outcomes(op: str, limits: Bounds, value: Scalar) -> set[bool]:
    low, high = limits.low, limits.high
    above = high is None or holds(">", high, value)
    below = low is None or holds("<", low, value)
    equal = (low is None or holds("<=", low, value)) and (high is None or holds(">=", high, value))
    true = {"=": equal, "<": below, "<=": below or equal, ">": above, ">=": above or equal}[op]
    false = {"=": above or below, "<": above or equal, "<=": above, ">": below or equal, ">=": below}[op]
    return {outcome for outcome, can in ((True, true), (False, false)) if can}
