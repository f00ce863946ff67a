"""The department's own databases, opened read-only, one pool of connections for each.

A register that is slow, gone or of another shape is a `RegisterFault`, whose reason is for the
operator and holds no value of any row: database messages may quote what they choke on, so only
known harmless forms of them are passed on.
"""

from __future__ import annotations

import os
import re
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from mianzheng.gateway.watchdog import Limit, Watchdog
from mianzheng.model.errors import Unavailable, WrongUse

_ROW_LIMIT = 1000  # an approved question answers in one row; more is a fault of the register
_HARMLESS = re.compile(
    r"no such (?:column|table): [\w.]{1,80}"
    r"|(?:column|relation) \"?[\w.]{1,80}\"? does not exist"
    r"|Unknown column '[\w.]{1,80}'|Table '[\w.]{1,80}' doesn't exist"
    r"|Referenced column \"[\w.]{1,80}\" not found|Table with name \w{1,80} does not exist"
    r"|unable to open database file|database is locked|interrupted|statement timeout|connection refused"
    r"|too many clients already|remaining connection slots",
    re.IGNORECASE,
)
_FILES = ("sqlite", "duckdb")  # each opened by this process alone
_OPTIMISERS = ("filter_pushdown", "expression_rewriter")  # of DuckDB
_WATCHDOG = Watchdog()


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

    def __init__(self, register: str, url: str, *, pool: int, seconds: float, engine: Engine | None = None) -> None:
        """Name the database; nothing is opened until something is asked. `engine`: connections shared with others.

        `WrongUse` when the URL names no database of a known kind.
        """
        self.register = register
        self.url = _url(register, url)
        self.seconds = seconds
        self.engine = engine or _engine(self.url, pool=pool, seconds=seconds)
        self._threads = ThreadPoolExecutor(max_workers=pool, thread_name_prefix=f"register-{register}")

    @property
    def dialect(self) -> str:
        """Which SQL the register speaks: postgresql, mysql, sqlite or duckdb."""
        name = self.url.get_backend_name()
        return "mysql" if name == "mariadb" else name

    def run(self, statements: Sequence[Statement]) -> list[Rows | RegisterFault]:
        """Return each statement's rows or its fault; hardly longer than the register's seconds."""
        results: list[Rows | RegisterFault] = []
        try:
            self._run(statements, results)
        except (SQLAlchemyError, OSError) as error:
            results += [_fault(self.register, error)] * (len(statements) - len(results))
        return results

    def start(self, statements: Sequence[Statement]) -> Callable[[], list[Rows | RegisterFault]]:
        """Run on a thread beside others; the function returned waits for the rows."""
        return self._threads.submit(self.run, statements).result

    def close(self) -> None:
        """Give up threads and connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()

    def _run(self, statements: Sequence[Statement], results: list[Rows | RegisterFault]) -> None:
        with self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            with _WATCHDOG.limit(self.seconds, lambda: _stop(driver)) as limit:
                for statement in statements:
                    results.append(self._late() if limit.tripped else self._one(connection, statement, limit))

    def _one(self, connection: Connection, statement: Statement, limit: Limit) -> Rows | RegisterFault:
        try:
            result = connection.execute(statement.clause, dict(statement.values))
            return [dict(row) for row in result.mappings().fetchmany(_ROW_LIMIT)]
        except SQLAlchemyError as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated and not limit.tripped:
                # the database was restarted since: the pool is emptied, and a fresh connection may do
                return self._again(statement)
            connection.rollback()
            return self._late() if limit.tripped else _fault(self.register, error)

    def _again(self, statement: Statement) -> Rows | RegisterFault:
        try:
            with self.engine.connect() as connection:
                result = connection.execute(statement.clause, dict(statement.values))
                return [dict(row) for row in result.mappings().fetchmany(_ROW_LIMIT)]
        except (SQLAlchemyError, OSError) as error:
            return _fault(self.register, error)

    def _late(self) -> RegisterFault:
        return RegisterFault(f"register {self.register} did not answer within {self.seconds:g} s")


def open_registers(urls: Mapping[str, str], *, pool: int, seconds: float) -> dict[str, RegisterDatabase]:
    """Return the database of each register by its URL; registers of one server's database share its connections.

    A server has a hundred or so for everybody: of forty departments each may keep a few, not a few for each register.
    Twice the threads of one register, so that one that hangs does not hold up the others.
    """
    shared: dict[str, Engine] = {}
    parsed = {url: _url(name, url) for name, url in urls.items()}
    for url, count in Counter(urls.values()).items():
        if count > 1 and parsed[url].get_backend_name() not in _FILES:
            shared[url] = _engine(parsed[url], pool=2 * pool, seconds=seconds)
    return {
        name: RegisterDatabase(name, url, pool=pool, seconds=seconds, engine=shared.get(url))
        for name, url in urls.items()
    }


def _stop(driver: Any) -> None:
    """End what a driver is doing, from another thread: by its own interrupt, else by shutting its socket.

    PyMySQL has neither; its read timeout ends it.
    """
    if hasattr(driver, "interrupt"):
        driver.interrupt()
    elif hasattr(driver, "fileno"):
        with socket.socket(fileno=os.dup(driver.fileno())) as held:
            held.shutdown(socket.SHUT_RDWR)


def _url(register: str, text: str) -> URL:
    """Return the parsed URL of a register; `WrongUse`, which quotes its kind alone: the rest may hold a password."""
    try:
        url = make_url(text)
        if url.get_backend_name() in _READ_ONLY:
            url.get_dialect()  # loads its driver's part: `sqlite+nonsense` has none
            return url
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise WrongUse(f"register {register}: the URL of its database cannot be read", hint=_KINDS) from None
    raise WrongUse(f"register {register}: no database of kind {url.get_backend_name()!r} is known", hint=_KINDS)


def _engine(url: URL, *, pool: int, seconds: float) -> Engine:
    backend = url.get_backend_name()
    url, arguments = _READ_ONLY[backend](url, seconds)
    engine = create_engine(
        url,
        connect_args=arguments,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=seconds,
        isolation_level="AUTOCOMMIT" if backend != "duckdb" else None,
        hide_parameters=True,
    )
    if backend == "duckdb":
        event.listen(engine, "connect", lambda driver, _: _for_one_row(driver))
    return engine


def _for_one_row(driver: Any) -> None:
    """Make DuckDB plan for one subject: more threads only cost, and its optimisers take twice as long as the query.

    The two that are kept carry the key to the index (measured: 3.5 ms instead of 5.2, and no slower on 600,000 rows).
    """
    known = [name for (name,) in driver.execute("SELECT name FROM duckdb_optimizers()").fetchall()]
    useless = [name for name in known if name not in _OPTIMISERS]
    driver.execute(f"SET disabled_optimizers = '{','.join(useless)}'")
    driver.execute("SET threads TO 1")


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
    return url, {"read_only": True}


_READ_ONLY = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}
_KINDS = f"KIND://USER:PASSWORD@HOST:PORT/NAME, or KIND:////path/of/a/file; KIND is one of {', '.join(_READ_ONLY)}"


def _fault(register: str, error: Exception) -> RegisterFault:
    cause = getattr(error, "orig", None) or error
    known = _HARMLESS.search(str(cause))
    detail = f": {known.group(0)}" if known else ""
    return RegisterFault(f"register {register}: {type(cause).__name__}{detail}")
