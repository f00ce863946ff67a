"""Durable jobs: procrastinate's queue in the same database, so that a job is born in the step's own transaction.

A job names a case and nothing else. It may run twice and it may be lost with its worker; so it
only says "look at this case", and the case itself knows what is to be done.
"""

from __future__ import annotations

from datetime import datetime

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.store.engine import JOBS_SCHEMA, database_url, driver

ADVANCE = "mianzheng.advance"
QUEUE = "cases"


def jobs_app(url: str) -> App:
    """Return the procrastinate application of a hub database; open it only where jobs are run or swept."""
    plain = database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)  # as libpq reads it
    return App(connector=PsycopgConnector(conninfo=plain, kwargs={"options": f"-c search_path={JOBS_SCHEMA},public"}))


async def defer_advance(app: App, connection: AsyncConnection, case: str, at: datetime) -> None:
    """Put "look at this case" into the queue for `at`, inside the caller's transaction.

    Without procrastinate's lock: a job of that lock waits for every earlier one, and one for the last day of a wait of
    weeks would hold back whatever the case has to do before. Two looks at once are no harm: one is overtaken.
    """
    task = app.configure_task(ADVANCE, queue=QUEUE, schedule_at=at, connection=driver(connection))
    await task.defer_async(case=case)


async def defer_now(app: App, case: str) -> bool:
    """Put "look at this case" into the queue unless it waits there already; return whether it was put."""
    try:
        await app.configure_task(ADVANCE, queue=QUEUE, queueing_lock=case).defer_async(case=case)
    except AlreadyEnqueued:
        return False
    return True


async def retry_stalled(app: App, *, seconds: float) -> int:
    """Queue anew the jobs whose worker gave no sign for `seconds`; return how many.

    Where a later job for the same case waits already, the stalled one has nothing left to say and is removed.
    """
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds)
    count = 0
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
            count += 1
        except UniqueViolation:
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
    return count
