"""The connection pool of one process.

A step of a case is one statement (see `store.edges`), so the usual connection commits each
statement by itself; `transaction` is for the few steps that need several.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from mianzheng.model.errors import WrongUse

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
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            database_url(url),
            pool_size=pool,
            max_overflow=0,
            connect_args={"options": f"-c search_path=public,{JOBS_SCHEMA} -c timezone=UTC"},
        )
        self._each = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection on which each statement is its own transaction."""
        async with self._each.connect() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection inside one transaction, committed at the end."""
        async with self.engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
