"""The worker: jobs, the sweep, the sequencer and the witnesses, in a real loop over a real queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from mianzheng.cases.advance import run as go
from mianzheng.cases.loading import load
from mianzheng.cases.worker import register, sweep, work
from mianzheng.model.case import State
from mianzheng.store import ledger as stored
from mianzheng.store.jobs import defer_advance, defer_now, jobs_app, retry_stalled
from tests.cases.hub_world import HubWorld, hub_world, run
from tests.gateway.world import OLD, YOUNG


async def until(here: HubWorld, case: str, *states: State, seconds: float = 20.0) -> State:
    deadline = asyncio.get_running_loop().time() + seconds
    while (state := (await load(here.hub, case)).state) not in states:
        assert asyncio.get_running_loop().time() < deadline, f"the case is still {state}"
        await asyncio.sleep(0.05)
    return state


async def jobs_of(here: HubWorld) -> list[tuple[str, str]]:
    async with here.hub.store.connection() as connection:
        rows = await connection.execute(text("select status::text, args::text from procrastinate_jobs order by id"))
        return [(row[0], row[1]) for row in rows]


def test_a_waiting_case_is_taken_up_by_its_job_when_the_register_is_back(tmp_path: Path) -> None:
    async def act() -> None:
        async with hub_world(tmp_path) as here:
            await here.reset_witnesses()
            stop = asyncio.Event()
            worker = asyncio.create_task(work(here.new_hub(), here.world.key("hub", "log"), stop=stop))
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(OLD))
            assert live.state is State.WAITING_REGISTER
            here.peers.down.clear()
            assert await until(here, live.id, State.DELIVERED) is State.DELIVERED
            await asyncio.sleep(0.5)
            stop.set()
            await worker
            async with here.hub.store.connection() as connection:
                head = await stored.last_head(connection)
                assert head is not None and head.size == await stored.tree_size(connection) > 20
                assert await stored.last_witnessed_head(connection) is not None
            assert await jobs_of(here) == []

    run(act())


def test_a_job_names_its_case_and_nothing_else_and_is_born_with_the_step(tmp_path: Path) -> None:
    async def act() -> None:
        async with hub_world(tmp_path) as here:
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(OLD))
            assert await jobs_of(here) == [("todo", f'{{"case": "{live.id}"}}')]

    run(act())


def test_a_case_whose_process_died_is_swept_up(tmp_path: Path) -> None:
    async def act() -> None:
        async with hub_world(tmp_path) as here:
            live = await here.authorised(OLD)  # and here the process dies
            other = await go(await here.authorised(YOUNG))
            assert other.state is State.PROPOSED
            hub = here.new_hub()
            async with hub.jobs.open_async():
                assert await sweep(hub) == 0  # its lease has not run out
                here.ahead = timedelta(seconds=6)
                assert await sweep(hub) == 1
                assert await sweep(hub) == 0  # it waits in the queue already
                register(hub.jobs, hub)
                await hub.jobs.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
            assert (await load(here.hub, live.id)).state is State.DELIVERED

    run(act())


def test_a_job_whose_worker_died_is_queued_anew(tmp_path: Path) -> None:
    async def act() -> None:
        async with hub_world(tmp_path) as here:
            live = await here.authorised(OLD)
            jobs = jobs_app(here.url)
            async with jobs.open_async():
                assert await defer_now(jobs, live.id)
                async with here.hub.store.connection() as connection:
                    await connection.execute(text("update procrastinate_jobs set status = 'doing', worker_id = null"))
                assert await retry_stalled(jobs, seconds=1) == 1
            assert [status for status, _ in await jobs_of(here)] == ["todo"]

    run(act())


def test_a_job_that_runs_twice_does_its_work_once(tmp_path: Path) -> None:
    async def act() -> None:
        async with hub_world(tmp_path) as here:
            live = await here.authorised(OLD)
            hub = here.new_hub()
            register(hub.jobs, hub)
            async with hub.jobs.open_async():
                for _ in range(2):
                    await defer_now(hub.jobs, live.id)
                    await hub.jobs.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
            assert (await load(here.hub, live.id)).state is State.DELIVERED
            assert here.peers.asked("/decisions") == ["civil-affairs"]

    run(act())


def test_a_job_for_a_day_far_away_holds_back_nothing_before_it(tmp_path: Path) -> None:
    """As of a case that waited weeks for a signature, got it, and now waits a second for a register."""

    async def act() -> None:
        async with hub_world(tmp_path) as here:
            await here.reset_witnesses()
            hub = here.new_hub()
            here.peers.down.add("human-resources")
            authorised = await here.authorised(OLD)
            async with hub.store.transaction() as connection:
                await defer_advance(hub.jobs, connection, authorised.id, hub.clock() + timedelta(days=15))
            stop = asyncio.Event()
            worker = asyncio.create_task(work(hub, here.world.key("hub", "log"), stop=stop))
            live = await go(authorised)
            assert live.state is State.WAITING_REGISTER
            here.peers.down.clear()
            assert await until(here, live.id, State.DELIVERED) is State.DELIVERED
            stop.set()
            await worker

    run(act())
