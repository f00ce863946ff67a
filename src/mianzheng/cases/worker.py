"""The worker process: jobs of waiting cases, the sweep of those that lost their process, sequencer, witnesses.

1. procrastinate runs "look at this case" jobs; each simply calls `advance`, so it may run twice.
2. At start and every few seconds the sweep finds cases that are due: their process died, or their
   job was lost. Jobs whose worker died are queued anew (`retry_stalled`).
3. The sequencer folds pending ledger entries; a witness round follows in its own time.

Each loop outlives its errors: a fault of one round is logged and the next round tries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from procrastinate import App

from mianzheng.cases.advance import advance
from mianzheng.cases.archiving import keep_house
from mianzheng.cases.hub import Hub
from mianzheng.cases.paper_sweep import Unwritten, publish_late
from mianzheng.cases.sequencing import fold_pending
from mianzheng.cases.witnessing import hold_round
from mianzheng.credentials.keys import PrivateKey
from mianzheng.store.cases import due_cases
from mianzheng.store.jobs import ADVANCE, QUEUE, defer_now, retry_stalled
from mianzheng.store.people import clean_invitations
from mianzheng.store.procedure import recount_provisional
from mianzheng.store.sessions import clean_sessions
from mianzheng.store.to_sign import clean as clean_to_sign

CONCURRENCY = 8  # cases that one worker advances at once
HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 10.0  # a worker that gave no sign for so long is taken for dead
_log = logging.getLogger(__name__)


async def work(hub: Hub, log_key: PrivateKey, *, stop: asyncio.Event) -> None:
    """Run jobs and loops until `stop` is set."""
    register(hub.jobs, hub)
    timings = hub.timings
    async with hub.jobs.open_async():
        await recount(hub)
        await sweep(hub)
        loops = (
            _every(timings.sequence_seconds, "sequencer", lambda: sequence(hub, log_key), stop),
            _every(timings.witness_seconds, "witnesses", lambda: hold_round(hub), stop),
            _every(timings.sweep_seconds, "sweep", lambda: sweep(hub), stop),
            _every(timings.archive_seconds, "archive", lambda: keep_house(hub), stop),
            _every(timings.paper_seconds, "papers", Unwritten(hub).write, stop),
            _every(timings.archive_seconds, "late deliveries", lambda: publish_late(hub), stop),
        )
        tasks = [asyncio.create_task(loop) for loop in loops]
        worker = asyncio.create_task(
            hub.jobs.run_worker_async(
                queues=[QUEUE],
                concurrency=CONCURRENCY,
                delete_jobs="always",
                install_signal_handlers=False,
                fetch_job_polling_interval=min(1.0, timings.sweep_seconds),
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=timings.lease_seconds,
            )
        )
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        worker.cancel()  # procrastinate ends what runs, then returns
        await asyncio.gather(worker, stopped, *tasks, return_exceptions=True)


def register(jobs: App, hub: Hub) -> None:
    """Tell procrastinate what "look at this case" means.

    A job that fails is not retried by the queue: the case stays due, and the sweep looks at it again.
    """

    @jobs.task(name=ADVANCE, queue=QUEUE)
    async def look_at(case: str) -> None:
        await advance(hub, case)


async def sweep(hub: Hub) -> int:
    """Queue every case that is due and has no process; return how many."""
    await retry_stalled(hub.jobs, seconds=STALLED_SECONDS)
    async with hub.store.connection() as connection:
        await clean_sessions(connection, hub.clock())
        await clean_invitations(connection, hub.clock())
        await clean_to_sign(connection, hub.clock())
        found = await due_cases(connection, hub.clock())
    return sum([await defer_now(hub.jobs, case) for case in found])


async def recount(hub: Hub) -> int:
    """Let dates that rest on days no notice had settled be counted again: this process may know a newer notice."""
    async with hub.store.connection() as connection:
        return await recount_provisional(connection, hub.clock())


async def sequence(hub: Hub, key: PrivateKey) -> None:
    """Fold everything that is pending."""
    while await fold_pending(hub.store, ledger=hub.party, key=key, now=hub.clock()) is not None:
        await asyncio.sleep(0)


async def _every(seconds: float, name: str, act: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await act()
        except Exception:  # the top of a loop: a database or peer that fails now may answer in the next round
            _log.exception("%s: this round failed", name)
        try:
            await asyncio.wait_for(stop.wait(), timeout=seconds)
        except TimeoutError:
            continue
