"""The connections of one process.

A step of a case is one statement (see `store.edges`), so the usual connection commits each
statement by itself, and stays with the process between statements: handing it back to the pool
and taking it again, with a rollback of nothing, took half of a statement's processor time
(1.2 against 0.7 ms). `transaction` is for the few steps that need several statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from mianzheng.model.errors import WrongUse
from mianzheng.store.embedded import DatabaseFailed

JOBS_SCHEMA = "jobs"  # procrastinate's tables live in a schema of their own


def database_url(text: str) -> URL:
    """Return the SQLAlchemy URL of a `postgresql://…` setting; `WrongUse` for another database."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise WrongUse("the database URL cannot be read", hint="write postgresql://user@host/database") from None
    if url.get_backend_name() != "postgresql":
        raise WrongUse(f"the hub needs PostgreSQL, not {url.get_backend_name()}", hint="write postgresql://…")
    return url.set(drivername="postgresql+psycopg")


class Store:
    """The database of the hub as one process sees it."""

    def __init__(self, url: str, *, pool: int = 8) -> None:
        """`pool`: connections for single statements; half as many more for transactions."""
        self.url = url
        arguments = {"options": f"-c search_path=public,{JOBS_SCHEMA} -c timezone=UTC"}
        self._single: AsyncEngine = create_async_engine(
            database_url(url),
            pool_size=pool,
            max_overflow=0,
            connect_args=arguments,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        event.listen(self._single.sync_engine, "connect", _send_lists_as_bytes)
        self._several: AsyncEngine = create_async_engine(
            database_url(url), pool_size=max(1, pool // 2), max_overflow=0, connect_args=arguments
        )
        self._idle: list[AsyncConnection] = []
        self._places = asyncio.Semaphore(pool)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection on which each statement is its own transaction."""
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._single.connect()
            try:
                yield connection
            except BaseException as error:
                if _harmless(error):
                    self._idle.append(connection)
                else:
                    await self._discard(connection)
                raise
            self._idle.append(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection inside one transaction, committed at the end."""
        async with self._several.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._idle.pop().close()
        await self._single.dispose()
        await self._several.dispose()

    async def _discard(self, connection: AsyncConnection) -> None:
        """Close a connection whose statement failed or was given up; if the server went away, the idle ones too."""
        gone = connection.invalidated
        await asyncio.shield(connection.invalidate())
        await asyncio.shield(connection.close())
        while gone and self._idle:
            await self._idle.pop().close()


def _harmless(error: BaseException) -> bool:
    """Tell whether an error left the connection as it was: it came from the caller, not from a statement."""
    return isinstance(error, Exception) and not isinstance(error, (DBAPIError, psycopg.Error, OSError))


def driver(connection: AsyncConnection) -> psycopg.AsyncConnection[TupleRow]:
    """Return psycopg's own connection under one of SQLAlchemy, inside the same transaction."""
    sync = connection.sync_connection
    if sync is None or not isinstance(found := sync.connection.driver_connection, psycopg.AsyncConnection):
        raise DatabaseFailed("the connection is closed", hint="try again")
    return found


def _send_lists_as_bytes(connection: Any, record: object) -> None:
    """Send arrays in PostgreSQL's binary form: as text, each request body would be written out in hex and escaped."""
    connection.driver_connection.adapters.register_dumper(list, ListBinaryDumper)
