"""容缺受理: accepted and examined at once; what is missing is told once with its day, and nothing is granted on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.steps import supply
from mianzheng.cases.view import view_of
from mianzheng.model.case import State
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step, world
from tests.cases.procedure_world import find, later, published, taken
from tests.gateway.world import OLD

INSURANCE = "human-resources"


@pytest.fixture(autouse=True)
def _gateways_own_time() -> Iterator[None]:
    yield
    world().ahead = 0.0


@contextmanager
def never_seen(here: HubWorld) -> Iterator[None]:
    """The register holds no day of a proof of life of OLD meanwhile."""
    path = Path(str(here.world.gateways[INSURANCE].registers["social_insurance"].url.database))

    def write(day: str | None) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE social_insurance SET verified_on = ? WHERE id_number = ?", (day, OLD))
        connection.close()

    write(None)
    try:
        yield
    finally:
        write((date.today() - timedelta(days=40)).isoformat())


async def silent(here: HubWorld) -> LiveCase:
    name = await published(here, "lacking-allowance")
    here.peers.down.add(INSURANCE)
    live = await go(await here.authorised(OLD, name))
    assert live.state is State.WAITING_REGISTER
    here.ahead += timedelta(seconds=60)
    live = await advance(here.hub, live.id)
    assert live.state is State.ACCEPTED_INCOMPLETE
    return live


async def say_so(here: HubWorld, live: LiveCase) -> LiveCase:
    await supply(live, sign_step(here.world, OLD, live.id, "supply"))
    return await go(live)


def test_what_may_follow_is_supplied_and_the_decision_follows_at_once() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await silent(here)
            here.peers.down.clear()
            assert (await say_so(here, live)).state is State.DELIVERED

    run(work())


def test_what_was_not_held_is_asked_anew_when_it_is_there_and_only_the_new_answer_decides() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with never_seen(here):
                live = await go(await here.authorised(OLD, await published(here, "lacking-allowance")))
                assert live.state is State.ACCEPTED_INCOMPLETE
                live = await say_so(here, live)
                assert live.state is State.ACCEPTED_INCOMPLETE
            live = await say_so(here, live)
            assert (live.state, live.row.decided_by) == (State.DELIVERED, "machine")

    run(work())


def test_what_is_missing_is_told_once_in_writing_with_its_last_day() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with never_seen(here):
                live = await go(await here.authorised(OLD, await published(here, "lacking-allowance")))
                day = here.hub.days.due(5, after=here.hub.today).on
                live = await say_so(here, live)
            told = [one for one in (await view_of(live)).notices if one.kind == "incomplete"]
            assert len(told) == 1
            assert f"{day.year}年{day.month}月{day.day}日前补齐" in told[0].text.zh
            assert "生存认证" in told[0].text.zh

    run(work())


def test_the_laws_clock_runs_from_acceptance_whatever_is_missing() -> None:
    async def work() -> None:
        async with hub_world() as here:
            whole = await view_of(await go(await here.authorised(OLD)))
            with never_seen(here):
                live = await go(await here.authorised(OLD, await published(here, "lacking-allowance")))
                accepted = here.hub.today
                assert (await view_of(live)).legal_on == whole.legal_on
                live = await later(here, live.id, 3)
            view = await view_of(live)
            assert (live.state, view.legal_on, view.still) == (State.ACCEPTED_INCOMPLETE, whole.legal_on, ())
            assert live.as_of == accepted

    run(work())


def test_the_rest_is_examined_by_staff_while_something_may_follow() -> None:
    async def work() -> None:
        async with hub_world() as here:
            name = await published(here, "lacking-visited-allowance")
            with never_seen(here):
                live = await go(await here.authorised(OLD, name))
                assert live.state is State.WAITING_PERSON
                assert [one.kind for one in (await view_of(live)).notices] == ["incomplete"]
                await taken(here, live.id)
                live = await find(here, live.id, "at_home", True)
                assert live.state is State.ACCEPTED_INCOMPLETE
            live = await say_so(here, live)
            assert (live.state, live.row.decision) == (State.DELIVERED, "granted")

    run(work())


def test_it_may_be_supplied_before_staff_are_done_with_the_rest() -> None:
    async def work() -> None:
        async with hub_world() as here:
            name = await published(here, "lacking-visited-allowance")
            with never_seen(here):
                live = await go(await here.authorised(OLD, name))
            live = await say_so(here, live)
            assert live.state is State.WAITING_PERSON
            await taken(here, live.id)
            live = await find(here, live.id, "at_home", True)
            assert (live.state, live.row.decision) == (State.DELIVERED, "granted")

    run(work())


def test_an_officer_who_saw_the_missing_thing_at_the_window_enters_it() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with never_seen(here):
                live = await go(await here.authorised(OLD, await published(here, "lacking-allowance")))
                await taken(here, live.id)
                live = await find(here, live.id, "condition:alive", True)
            assert (live.state, live.row.decision) == (State.PROPOSED, "granted")

    run(work())


def test_what_is_not_supplied_in_its_term_goes_to_a_person_and_is_never_refused() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await silent(here)
            live = await later(here, live.id, 20)
            assert (live.state, live.row.decision) == (State.WAITING_PERSON, "undecided")

    run(work())


def test_where_nothing_may_follow_nothing_is_supplied() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with never_seen(here):
                live = await go(await here.authorised(OLD))
            assert live.state is State.WAITING_PERSON
            with pytest.raises(NotInThisState):
                await say_so(here, await load(here.hub, live.id))

    run(work())
