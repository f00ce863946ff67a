"""Last night's failed load clears nobody: an emptied register grants nothing, and refuses nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.view import view_of
from mianzheng.gateway.marking import mark_register
from mianzheng.model.case import State
from tests.cases.hub_world import hub_world, run, world
from tests.gateway.world import ABSENT

HERE = "civil-affairs"


@pytest.fixture
def _emptied() -> Iterator[None]:
    """Lose every row of a register whose missing row is an answer, and let the load program mark it."""
    gateway = world().gateways[HERE]
    path = world().folder / "gateways" / HERE / "elder_care.sqlite"
    with sqlite3.connect(path) as connection:
        kept = connection.execute("SELECT * FROM elder_care").fetchall()
        connection.execute("DELETE FROM elder_care")
    last = gateway.marks.last_sound(gateway.state.reader(), "elder_care")
    assert last is not None
    world().ahead += 1.0
    assert not mark_register(gateway, "elder_care").mark.sound
    yield
    with sqlite3.connect(path) as connection:
        connection.executemany(f"INSERT INTO elder_care VALUES ({', '.join('?' * len(kept[0]))})", kept)
    later = ("elder_care", last.loaded_at)
    gateway.state.commit(
        lambda connection: connection.execute("DELETE FROM marks WHERE register = ? AND loaded_at > ?", later)
    )
    world().ahead = 0.0


@pytest.mark.usefixtures("_emptied")
def test_an_emptied_register_makes_the_case_wait_and_never_grants() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(ABSENT))
            view = await view_of(live)
            assert (live.state, view.decision, view.credential) == (State.WAITING_REGISTER, "undecided", None)
            assert {one.register for one in view.answers if one.status == "unavailable"} == {"elder_care"}
            here.ahead += timedelta(minutes=5)
            live = await advance(here.hub, live.id)
            assert (live.state, live.row.decision) == (State.WAITING_PERSON, "undecided")

    run(work())


def test_with_its_rows_back_the_same_register_answers_that_a_row_is_missing() -> None:
    async def work() -> None:
        async with hub_world() as here:
            assert (await go(await here.authorised(ABSENT))).state is State.DELIVERED

    run(work())
