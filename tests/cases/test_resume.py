"""A process may die anywhere: another one finishes the case, with the same bytes, one decision, one credential."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.delivering import response_of
from mianzheng.cases.live import LiveCase
from mianzheng.exchange.peers import Letter
from mianzheng.model.case import State
from tests.cases.hub_world import HubWorld, hub_world, run
from tests.cases.test_granted import entries_of, states_of
from tests.gateway.world import OLD

LETTERS = 8  # that a granted case sends: bundle, three, one, decision, one need, delivery


class Killed(BaseException):
    """The process ends here; nothing may catch it."""


def kill_at(here: HubWorld, number: int, *, after: bool) -> None:
    """End the process before the letter leaves, or once the peer has done what it asks."""
    count = 0

    async def maybe(letter: Letter) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise Killed

    async def nothing(letter: Letter) -> None:
        return None

    here.peers.before, here.peers.after = (nothing, maybe) if after else (maybe, nothing)


def revive(here: HubWorld) -> None:
    async def nothing(letter: Letter) -> None:
        return None

    here.peers.before = here.peers.after = nothing


async def check_whole(here: HubWorld, live: LiveCase) -> None:
    """The case ended as it would have: one decision, one credential, each request one set of bytes."""
    assert live.state is State.DELIVERED
    states = await states_of(here, live.id)
    assert [states.count(name) for name in ("granted", "delivered")] == [1, 1]
    entries = await entries_of(here, live.id)
    assert sum(entry.kind == "decision" for entry in entries) == 1
    bodies: dict[str, set[bytes]] = {}
    for sent in live.requests:
        bodies.setdefault(sent.id, set()).add(sent.token.encode())
    assert {letter.body for letter in here.peers.sent} <= {body for found in bodies.values() for body in found}
    reader = here.world.gateways["civil-affairs"].state.reader()
    decided = reader.execute('SELECT count(*) FROM decisions WHERE "case" = ?', (live.id,)).fetchone()
    assert decided == (1,)
    assert response_of(live) is not None


@pytest.mark.parametrize("after", [False, True], ids=["before sending", "answer lost"])
@pytest.mark.parametrize("number", range(1, LETTERS + 1))
def test_a_case_whose_process_died_is_finished_by_another(number: int, after: bool) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await here.authorised(OLD)
            kill_at(here, number, after=after)
            with pytest.raises((Killed, BaseExceptionGroup)):
                await go(live)
            revive(here)
            await check_whole(here, await advance(here.new_hub(), live.id))

    run(work())


def test_a_case_that_died_before_it_was_accepted_is_accepted_by_another() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await here.apply(OLD)
            async with here.hub.store.transaction() as connection:
                await connection.execute(
                    text("update cases set state = 'applied', as_of = null where id = :id"), {"id": live.id}
                )
            assert (await advance(here.new_hub(), live.id)).state is State.ACCEPTED

    run(work())


def test_two_processes_that_run_one_case_at_once_leave_one_case() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await here.authorised(OLD)
            others = [here.new_hub() for _ in range(3)]
            found = await asyncio.gather(*(advance(hub, live.id) for hub in others))
            final = await advance(here.hub, live.id)
            assert final.state is State.DELIVERED
            assert {one.state for one in found} <= set(State)
            await check_whole(here, final)

    run(work())
