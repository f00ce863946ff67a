"""Bounds of counts, sums and extremes against every way the unknown could turn out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.rules.bounds import Bounds, Member, bounds, compare_bounds, every, has, value_of
from mianzheng.rules.values import ABSENT, MISSING, NULL, NoValue, holds

COUNTS = st.sampled_from([True, False, NULL, MISSING])
VALUES = st.one_of(st.integers(-2, 3), st.just(NULL))
members = st.lists(st.builds(Member, COUNTS, VALUES), max_size=4)
OPS = st.sampled_from(["=", "<", "<=", ">", ">="])
FAR = (-100, *range(-4, 7), 100)  # values an unknown one may have: each limit tried, and both its sides


def worlds(some: list[Member]) -> Iterator[list[int]]:
    """Every way the members that count and their values could turn out."""
    choices: list[list[Any]] = []
    for member in some:
        values = FAR if isinstance(member.value, NoValue) else (member.value,)
        counted = [] if member.counts is False else [(value,) for value in values]
        choices.append(counted + ([] if member.counts is True else [()]))
    for world in product(*choices):
        yield [value for part in world for value in part]


def fold(how: str, values: list[int]) -> int | None:
    if how == "count":
        return len(values)
    if how == "total":
        return sum(values)
    return None if not values else min(values) if how == "lowest" else max(values)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["count", "total", "lowest", "highest"]), members, OPS, st.integers(-3, 5))
def test_a_comparison_is_settled_only_when_every_world_agrees(
    how: Any, some: list[Member], op: str, limit: int
) -> None:
    if sum(isinstance(member.value, NoValue) for member in some) > 2:
        return  # the worlds of more are too many to try
    outcomes = set()
    for world in worlds(some):
        value = fold(how, world)
        outcomes.add(value is not None and holds(op, value, limit))
    result = compare_bounds(op, bounds(how, some, complete=True), limit)
    if isinstance(result, bool):
        assert outcomes == {result}
    elif how != "total" or op != "=":  # a sum may skip a number between its bounds
        assert len(outcomes) == 2 or _extreme_of_unlike(how, some)


def _extreme_of_unlike(how: str, some: list[Member]) -> bool:
    """`lowest = 2` may be settled by values between the bounds; bounds are content with open."""
    return how in ("lowest", "highest", "count") and any(isinstance(member.counts, NoValue) for member in some)


@settings(max_examples=200, deadline=None)
@given(members)
def test_without_all_of_them_only_what_more_cannot_change_is_certain(some: list[Member]) -> None:
    assert has(some, complete=False) is not False
    assert every(some, complete=False) is not True
    count = bounds("count", some, complete=False)
    assert count.high is None
    assert compare_bounds("<=", count, 2) is not True
    assert bounds("total", some, complete=False) == Bounds(None, None)


def test_two_known_minors_settle_at_least_two_whatever_a_third_says() -> None:
    children = [Member(True), Member(True), Member(MISSING)]
    assert compare_bounds(">=", bounds("count", children, complete=True), 2) is True
    assert compare_bounds("=", bounds("count", children, complete=True), 2) is MISSING


def test_nothing_is_the_lowest_of_nothing() -> None:
    none = bounds("lowest", [Member(False, 3)], complete=True)
    assert value_of(none) is ABSENT
    assert compare_bounds(">=", none, 0) is False
    assert value_of(bounds("total", [], complete=True)) == 0
