"""What a gateway must not forget: one SQLite file, write-ahead log, synced in full at each commit.

Callers on many threads hand in their work; whoever holds the writer's lock runs all work that
waits in ONE transaction, each piece in its own savepoint, and commits once: under load a sync
is shared, alone it costs nothing more. Work that raises takes back only its own rows.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar, cast

from mianzheng.gateway.schema import SCHEMA, VERSION
from mianzheng.model.errors import MianzhengError

T = TypeVar("T")
_BUSY_SECONDS = 10.0


class BadState(MianzhengError):
    """The state file is of another version or cannot be used."""

    code = "bad-state"


class _Work(Generic[T]):
    __slots__ = ("done", "error", "result", "run")

    def __init__(self, run: Callable[[sqlite3.Connection], T]) -> None:
        self.run = run
        self.done = False
        self.result: T | None = None
        self.error: Exception | None = None


class State:
    """The open state file; thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; `BadState` when its schema is not this program's."""
        self.path = path
        self._all: list[sqlite3.Connection] = []
        self._all_lock = threading.Lock()
        self._local = threading.local()
        self._queue: list[_Work[object]] = []
        self._queue_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._writer = self._connect()
        _prepare(self._writer)

    def commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction, sync it to disk and return its result; what it raises undoes it."""
        mine = _Work(work)
        with self._queue_lock:
            self._queue.append(cast("_Work[object]", mine))
        with self._write_lock:
            if not mine.done:
                with self._queue_lock:
                    batch, self._queue = self._queue, []
                self._run(batch)
        if mine.error is not None:
            raise mine.error
        return cast("T", mine.result)

    def reader(self) -> sqlite3.Connection:
        """Return this thread's own connection for reading committed rows."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            connection.execute("PRAGMA query_only = 1")
        return connection

    def close(self) -> None:
        """Close every connection; work that still runs fails."""
        with self._write_lock, self._all_lock:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        with self._all_lock:
            self._all.append(connection)
        return connection

    def _run(self, batch: list[_Work[object]]) -> None:
        writer, failure = self._writer, "interrupted"
        try:
            writer.execute("BEGIN IMMEDIATE")
            for work in batch:
                writer.execute("SAVEPOINT one")
                try:
                    work.result = work.run(writer)
                except Exception as error:  # the top of the writer's loop: each caller gets its own error back
                    writer.execute("ROLLBACK TO one")
                    work.error = error
                writer.execute("RELEASE one")
            writer.execute("COMMIT")
            failure = ""
        except sqlite3.Error as error:
            failure = str(error)
        finally:
            if writer.in_transaction:  # a lock held too long, a full disk, an interrupt: nothing of the batch holds
                writer.execute("ROLLBACK")
            for work in batch:
                work.done = True
                if failure:
                    work.error = work.error or BadState(f"the state file cannot be written: {failure}")


def _prepare(writer: sqlite3.Connection) -> None:
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("BEGIN IMMEDIATE")  # two processes may open a new file at once
    (found,) = writer.execute("PRAGMA user_version").fetchone()
    if found < VERSION:  # every statement says "if not exists": an older file gets the tables it lacks
        for statement in SCHEMA.split(";"):
            writer.execute(statement)
        writer.execute(f"PRAGMA user_version = {VERSION}")
    writer.execute("COMMIT")
    if found > VERSION:
        raise BadState(
            f"the state file has schema version {found}, this program knows {VERSION}",
            hint="run the gateway version that wrote it, or move the file away",
        )
