"""Connections are kept between statements, and dropped when a statement failed on them."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mianzheng.store.engine import Store, driver
from tests.store.postgres import database, postgres  # noqa: F401  (fixtures)


def test_a_connection_is_used_again_after_an_error_of_the_caller_and_not_after_one_of_the_database(
    database: str,  # noqa: F811
) -> None:
    async def work() -> None:
        store = Store(database, pool=1)
        seen = []
        for statement in ("select 1", "raise", "select 1", "select nonsense", "select 1"):
            try:
                async with store.connection() as connection:
                    seen.append(id(driver(connection)))
                    if statement == "raise":
                        raise KeyError("the caller's own")
                    await connection.execute(text(statement))
            except (KeyError, DBAPIError):
                continue
        assert seen[0] == seen[1] == seen[2] == seen[3]
        async with store.connection() as connection:
            assert (await connection.execute(text("select 1"))).scalar_one() == 1
        await store.close()

    asyncio.run(work())


def test_no_more_connections_are_open_than_the_pool_allows(database: str) -> None:  # noqa: F811
    async def work() -> None:
        store = Store(database, pool=2)
        most = now = 0

        async def one() -> None:
            nonlocal most, now
            async with store.connection() as connection:
                now += 1
                most = max(most, now)
                await connection.execute(text("select pg_sleep(0.01)"))
                now -= 1

        await asyncio.gather(*(one() for _ in range(10)))
        assert most == 2
        await store.close()

    asyncio.run(work())


def test_a_statement_that_was_given_up_leaves_no_broken_connection(database: str) -> None:  # noqa: F811
    async def work() -> None:
        store = Store(database, pool=1)

        async def slow() -> None:
            async with store.connection() as connection:
                await connection.execute(text("select pg_sleep(30)"))

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slow(), timeout=0.2)
        async with store.connection() as connection:
            assert (await connection.execute(text("select 2"))).scalar_one() == 2
        await store.close()

    asyncio.run(work())


def test_a_server_that_went_away_and_came_back_is_used_again(database: str) -> None:  # noqa: F811
    async def work() -> None:
        store, other = Store(database, pool=2), Store(database, pool=1)
        async with store.connection() as one, store.connection() as two:
            for connection in (one, two):
                await connection.execute(text("select 1"))
        async with other.connection() as connection:
            await connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
            )
        failures = 0
        for _ in range(3):
            try:
                async with store.connection() as connection:
                    await connection.execute(text("select 1"))
            except DBAPIError:
                failures += 1
        assert failures == 1  # the first failure drops every idle connection of the server that went away
        await store.close()
        await other.close()

    asyncio.run(work())
