"""The department's own databases, opened read-only, one pool of threads and connections for each.

A register that is slow, gone or of another shape is a `RegisterFault`, whose reason is for the
operator and holds no value of any row: database messages may quote what they choke on, so only
known harmless forms of them are passed on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Executable, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from mianzheng.model.errors import Unavailable

_ROW_LIMIT = 1000  # an approved question answers in one row; more is a fault of the register
_HARMLESS = re.compile(
    r"no such (?:column|table): [\w.]{1,80}|(?:column|relation) \"?[\w.]{1,80}\"? does not exist"
    r"|Referenced column \"[\w.]{1,80}\" not found|Table with name \w{1,80} does not exist"
    r"|unable to open database file|database is locked|interrupted|statement timeout|connection refused",
    re.IGNORECASE,
)


class RegisterFault(Unavailable):
    """A register did not answer a question; the message is the operator's reason."""

    code = "register-fault"


class Statement(msgspec.Struct, frozen=True):
    """One approved query and the values bound to it."""

    clause: Executable
    values: Mapping[str, Any]


Rows = list[dict[str, Any]]


class RegisterDatabase:
    """One register's database."""

    def __init__(self, register: str, url: str, *, pool: int, seconds: float) -> None:
        """Name the database; nothing is opened until something is asked."""
        self.register = register
        self.url = make_url(url)
        self.seconds = seconds
        self.engine = _engine(self.url, pool=pool, seconds=seconds)
        self._threads = ThreadPoolExecutor(max_workers=pool, thread_name_prefix=f"register-{register}")

    @property
    def dialect(self) -> str:
        """Which SQL the register speaks: postgresql, mysql, sqlite or duckdb."""
        name = self.url.get_backend_name()
        return "mysql" if name == "mariadb" else name

    def run(self, statements: Sequence[Statement]) -> list[Rows | RegisterFault]:
        """Return each statement's rows or its fault; never longer than the register's seconds."""
        return self.start(statements)()

    def start(self, statements: Sequence[Statement]) -> Callable[[], list[Rows | RegisterFault]]:
        """Begin to ask; the function returned waits for the rows, never longer than the register's seconds."""
        batch = _Batch(self.engine, self.register, statements)
        future = self._threads.submit(batch.run)
        deadline = time.monotonic() + self.seconds

        def finish() -> list[Rows | RegisterFault]:
            try:
                return future.result(timeout=max(0.0, deadline - time.monotonic()))
            except FutureTimeout:
                future.cancel()
                batch.interrupt()
                late = RegisterFault(f"register {self.register} did not answer within {self.seconds:g} s")
                done = list(batch.results)
                return done + [late] * (len(statements) - len(done))

        return finish

    def close(self) -> None:
        """Give up threads and connections; a thread that still waits ends with its query."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()


class _Batch:
    def __init__(self, engine: Engine, register: str, statements: Sequence[Statement]) -> None:
        self.engine = engine
        self.register = register
        self.statements = statements
        self.results: list[Rows | RegisterFault] = []
        self._driver: Any = None

    def run(self) -> list[Rows | RegisterFault]:
        try:
            with self.engine.connect() as connection:
                self._driver = connection.connection.driver_connection
                for statement in self.statements:
                    self.results.append(self._one(connection, statement))
                self._driver = None
        except (SQLAlchemyError, OSError) as error:
            fault = RegisterFault(_reason(self.register, error))
            self.results.extend([fault] * (len(self.statements) - len(self.results)))
        return self.results

    def interrupt(self) -> None:
        """Ask the driver to end what it does; drivers that cannot are ended by their own timeout."""
        interrupt = getattr(self._driver, "interrupt", None)
        if interrupt is not None:
            interrupt()

    def _one(self, connection: Connection, statement: Statement) -> Rows | RegisterFault:
        try:
            result = connection.execute(statement.clause, dict(statement.values))
            return [dict(row) for row in result.mappings().fetchmany(_ROW_LIMIT)]
        except SQLAlchemyError as error:
            connection.rollback()
            return RegisterFault(_reason(self.register, error))


def _engine(url: URL, *, pool: int, seconds: float) -> Engine:
    url, arguments = _READ_ONLY[url.get_backend_name()](url, seconds)
    return create_engine(
        url,
        connect_args=arguments,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=seconds,
        pool_pre_ping=url.get_backend_name() in ("postgresql", "mysql", "mariadb"),
        isolation_level="AUTOCOMMIT" if url.get_backend_name() != "duckdb" else None,
        hide_parameters=True,
    )


def _postgresql(url: URL, seconds: float) -> tuple[URL, dict[str, Any]]:
    timeout = int(seconds * 1000)
    options = f"-c default_transaction_read_only=on -c statement_timeout={timeout} -c lock_timeout={timeout}"
    arguments = {"options": options, "connect_timeout": max(2, round(seconds)), "application_name": "mianzheng gateway"}
    return url.set(drivername="postgresql+psycopg"), arguments


def _mysql(url: URL, seconds: float) -> tuple[URL, dict[str, Any]]:
    whole = max(1, round(seconds))
    arguments = {
        "init_command": "SET SESSION TRANSACTION READ ONLY",
        "connect_timeout": whole,
        "read_timeout": whole,
        "charset": "utf8mb4",
    }
    return url.set(drivername=f"{url.get_backend_name()}+pymysql"), arguments


def _sqlite(url: URL, seconds: float) -> tuple[URL, dict[str, Any]]:
    read_only = url.set(database=f"file:{url.database}", query={**url.query, "mode": "ro", "uri": "true"})
    return read_only, {"timeout": seconds, "check_same_thread": False}


def _duckdb(url: URL, seconds: float) -> tuple[URL, dict[str, Any]]:
    return url, {"read_only": True, "config": {"threads": 1}}  # one subject a query: more threads only cost


_READ_ONLY = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}


def _reason(register: str, error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    known = _HARMLESS.search(str(cause))
    detail = f": {known.group(0)}" if known else ""
    return f"register {register}: {type(cause).__name__}{detail}"
