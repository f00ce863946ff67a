"""Work shared among processes comes back in its order, and what a child does not bring is done here."""

from __future__ import annotations

import os

from mianzheng.catalogue.side_by_side import FEWEST, side_by_side

THINGS = range(3 * FEWEST + 1)


def test_what_each_makes_comes_back_in_order_from_more_than_one_process() -> None:
    made = side_by_side(lambda thing: (thing, os.getpid()), THINGS, 3)
    assert [thing for thing, _ in made] == list(THINGS)
    assert len({pid for _, pid in made}) == 3


def test_what_a_child_fails_at_is_done_here() -> None:
    here = os.getpid()
    made = side_by_side(lambda thing: 1 // (os.getpid() == here), THINGS, 2)
    assert made == [1] * len(THINGS)


def test_few_things_are_worth_no_process() -> None:
    assert set(side_by_side(lambda _: os.getpid(), range(FEWEST - 1), 2)) == {os.getpid()}
