"""Too many failed sign-ins of one account: it rests, and nobody learns whether it exists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mianzheng.authority.tries import MOST, Tries
from mianzheng.credentials.keys import PrivateKey
from tests.authority.test_sign_ins import STRANGER, code, post, request
from tests.gateway.world import OLD, SON, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own: whose account rests here signs in elsewhere."""
    made = World(tmp_path_factory.mktemp("tries-world"))
    yield made
    made.close()


def test_below_the_limit_nobody_rests() -> None:
    tries = Tries(most=3, seconds=10)
    for at in (0, 1):
        tries.failed("a", at)
    assert not tries.rests("a", 2)


def test_an_account_rests_until_its_failures_are_old() -> None:
    tries = Tries(most=3, seconds=10)
    for at in (0, 1, 2):
        tries.failed("a", at)
    assert tries.rests("a", 9) and not tries.rests("a", 10.5)


def test_failing_while_it_rests_is_not_counted_longer_than_the_limit() -> None:
    tries = Tries(most=2, seconds=10)
    for at in (0, 1, 2, 3, 4):
        tries.failed("a", at)
    assert not tries.rests("a", 14)


def test_another_account_is_left_alone() -> None:
    tries = Tries(most=1)
    tries.failed("a", 0)
    assert not tries.rests("b", 0)


@pytest.mark.parametrize("number", [SON, STRANGER])
def test_an_account_with_too_many_failures_rests_whether_it_exists_or_not(world: World, number: str) -> None:
    wrong = PrivateKey.generate()
    refusals = [post(world, request(world, number, key=wrong)) for _ in range(MOST + 2)]
    assert {one.status_code for one in refusals} == {403}
    assert len({one.content for one in refusals}) == 1


def test_while_it_rests_the_right_key_is_refused_like_a_wrong_one(world: World) -> None:
    wrong = PrivateKey.generate()
    refused = [post(world, request(world, OLD, key=wrong)) for _ in range(MOST)][-1]
    right = post(world, request(world, OLD))
    assert (right.status_code, right.content) == (refused.status_code, refused.content)
    assert code(world, request(world, OLD)) == refused.json()["code"]
