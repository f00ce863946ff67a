"""Registers: read-only, stopped when late, and silent about what their rows hold."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from mianzheng.gateway.registers import RegisterDatabase, RegisterFault, Statement, open_registers
from mianzheng.gateway.watchdog import Watchdog
from mianzheng.model.errors import WrongUse
from tests.store.postgres import fresh_database, server

COUNT_FOREVER = (
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1000000000) SELECT sum(n) FROM t"
)


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RegisterDatabase]:
    path = tmp_path / f"register.{request.param}"
    if request.param == "sqlite":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE people (name TEXT)")
            connection.execute("INSERT INTO people VALUES ('陈阿婆')")
    else:
        with duckdb.connect(str(path)) as made:
            made.execute("CREATE TABLE people AS SELECT '陈阿婆' AS name")
    opened = RegisterDatabase("people", f"{request.param}:///{path}", pool=2, seconds=0.5)
    yield opened
    opened.close()


def fault(result: object) -> str:
    assert isinstance(result, RegisterFault)
    return result.message


def test_rows_come_back_by_name(database: RegisterDatabase) -> None:
    (rows,) = database.run([Statement(text("SELECT name AS n FROM people WHERE name = :n"), {"n": "陈阿婆"})])
    assert rows == [{"n": "陈阿婆"}]


def test_nothing_can_be_written(database: RegisterDatabase) -> None:
    results = database.run([Statement(text("INSERT INTO people VALUES ('x')"), {})])
    assert fault(results[0]).startswith("register people: ")
    (rows,) = database.run([Statement(text("SELECT count(*) AS n FROM people"), {})])
    assert rows == [{"n": 1}]


def test_a_missing_column_is_a_fault_of_its_question_only(database: RegisterDatabase) -> None:
    good = Statement(text("SELECT 1 AS one"), {})
    results = database.run([good, Statement(text("SELECT age FROM people"), {}), good])
    assert (results[0], results[2]) == ([{"one": 1}], [{"one": 1}])
    assert "age" in fault(results[1])


def test_a_slow_query_is_stopped_and_the_register_serves_again(database: RegisterDatabase) -> None:
    begun = time.monotonic()
    results = database.run([Statement(text(COUNT_FOREVER), {}), Statement(text("SELECT 1 AS one"), {})])
    assert time.monotonic() - begun < 3
    assert fault(results[0]) == fault(results[1]) == "register people did not answer within 0.5 s"
    assert database.run([Statement(text("SELECT 1 AS one"), {})]) == [[{"one": 1}]]


def test_a_fault_never_quotes_what_a_row_or_a_person_holds(database: RegisterDatabase) -> None:
    casting = Statement(
        text("SELECT CAST(name AS INTEGER) + CAST(:n AS DATE) FROM people"), {"n": "330102194001010011"}
    )
    (result,) = database.run([casting])
    if isinstance(result, RegisterFault):  # SQLite casts anything to something
        assert "陈" not in result.message
        assert "3301" not in result.message


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/x.sqlite", "duckdb:////nowhere/x.duckdb", "postgresql://127.0.0.1:9/x"]
)
def test_a_database_that_is_not_there_is_a_fault(url: str) -> None:
    gone = RegisterDatabase("people", url, pool=1, seconds=1)
    assert fault(gone.run([Statement(text("SELECT 1"), {})])[0]).startswith("register people: ")
    gone.close()


@pytest.fixture(scope="module")
def postgres() -> Iterator[RegisterDatabase]:
    opened = RegisterDatabase("people", fresh_database(server(), template="template1"), pool=2, seconds=0.5)
    yield opened
    opened.close()


ONE = Statement(text("SELECT 1 AS one"), {})


def test_postgresql_is_read_only_stopped_when_late_and_keeps_the_other_answers(
    postgres: RegisterDatabase,
) -> None:
    database = postgres
    results = database.run([ONE, Statement(text("SELECT no_column FROM pg_class"), {}), ONE])
    assert (results[0], results[2]) == ([{"one": 1}], [{"one": 1}])
    assert 'column "no_column" does not exist' in fault(results[1])
    assert "ReadOnly" in fault(database.run([Statement(text("CREATE TABLE x (a int)"), {})])[0])
    late = fault(database.run([Statement(text("SELECT pg_sleep(9)"), {})])[0])
    assert "did not answer within 0.5 s" in late or "statement timeout" in late  # whoever is first
    assert database.run([ONE]) == [[{"one": 1}]]


def test_a_frozen_postgresql_holds_up_nothing(postgres: RegisterDatabase) -> None:
    database = postgres
    (rows,) = database.run([Statement(text("SELECT pg_backend_pid() AS pid"), {})])
    assert isinstance(rows, list)
    os.kill(rows[0]["pid"], signal.SIGSTOP)
    begun = time.monotonic()
    try:
        assert "did not answer within 0.5 s" in fault(database.run([ONE])[0])
        assert time.monotonic() - begun < 3
        assert database.run([ONE]) == [[{"one": 1}]]
    finally:
        os.kill(rows[0]["pid"], signal.SIGCONT)


def test_a_postgresql_that_dropped_its_connections_serves_at_once(postgres: RegisterDatabase) -> None:
    database = postgres
    (rows,) = database.run([Statement(text("SELECT pg_backend_pid() AS pid"), {})])
    assert isinstance(rows, list)
    os.kill(rows[0]["pid"], signal.SIGTERM)
    time.sleep(0.2)
    assert database.run([ONE]) == [[{"one": 1}]]


def test_registers_run_side_by_side(database: RegisterDatabase) -> None:
    waiting = database.start([Statement(text("SELECT 1 AS one"), {})])
    assert database.run([Statement(text("SELECT 2 AS two"), {})]) == [[{"two": 2}]]
    assert waiting() == [[{"one": 1}]]


def test_the_watchdog_stops_what_is_late_and_leaves_what_is_over() -> None:
    watchdog, stopped = Watchdog(), threading.Event()
    with watchdog.limit(30, stopped.set) as early:
        pass
    with watchdog.limit(0.05, stopped.set) as late:
        assert stopped.wait(3)
    assert (early.tripped, late.tripped) == (False, True)
    early.trip()
    assert not early.tripped


def test_registers_of_one_database_share_its_connections_and_files_do_not(tmp_path: Path) -> None:
    one, other = "postgresql://gateway@localhost:1/registers", "postgresql://gateway@localhost:1/others"
    urls = {"a": one, "b": one, "c": other, "d": f"sqlite:///{tmp_path}/d", "e": f"sqlite:///{tmp_path}/d"}
    opened = open_registers(urls, pool=2, seconds=0.5)
    assert opened["a"].engine is opened["b"].engine
    assert len({id(register.engine) for register in opened.values()}) == 4
    for register in opened.values():
        register.close()


@pytest.mark.parametrize("url", ["nonsense", "foo://u:secret@h/x", "postgresql://u:secret@h:port/x", "sqlite+foo://"])
def test_a_url_of_no_known_database_is_wrong_use_that_names_the_register_and_no_password(url: str) -> None:
    with pytest.raises(WrongUse, match=r"^register homes: ") as told:
        open_registers({"people": "sqlite://", "homes": url, "cars": url}, pool=1, seconds=1)
    assert "mariadb" in told.value.hint and "secret" not in str(told.value)
