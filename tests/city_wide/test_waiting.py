"""Registers and gateways that fail: the case waits, goes on by itself, falls back by itself, and never guesses.

A small city of its own, whose registers' deadline of 48 hours passes in eight seconds.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mianzheng.city.build import POSTGRES, REGISTERS
from mianzheng.store import embedded
from tests.city_wide.few_departments import ITEM, copy_packs
from tests.city_wide.running_city import RunningCity, running_city
from tests.city_wide.typed import at, told

DEADLINE = 8.0  # seconds
ELDER_CARE, INSURANCE = "elder_care", "social_insurance"
QUIET = 3.0  # longer than the first pauses between two tries


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    packs = copy_packs(tmp_path_factory.mktemp("packs"))
    scale = DEADLINE / (48 * 3600)
    with running_city(residents=500, packs=str(packs), clock_scale=scale, gateway_timeout=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def granted(own_city: RunningCity) -> Iterator[str]:
    """People to be granted, each used by one test."""
    return iter(own_city.people(ITEM, "granted", 20))


def run_case(city: RunningCity, number: str) -> Any:
    return told(city, "case", "run", ITEM, "--resident", number)


def statuses(view: Any, register: str) -> set[str]:
    return {answer["status"] for answer in view["answers"] if answer["register"] == register}


def until(city: RunningCity, case: str, good: Callable[[Any], bool], *, seconds: float = 60.0) -> Any:
    """Show a case again and again until it is as wanted: nobody does anything for it."""
    deadline = time.monotonic() + seconds
    while not good(view := told(city, "case", "show", case)):
        assert time.monotonic() < deadline, f"{case} is still {view['state']}"
        time.sleep(1.0)
    return view


def reasons_in_log(city: RunningCity, department: str, register: str) -> list[str]:
    """What the gateway's operator reads about a register."""
    lines = (city.data / "logs" / f"gateway-{department}.log").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [line["reason"] for line in found if line["event"] == "unavailable" and line.get("register") == register]


def sqlite_of(city: RunningCity, register: str) -> Path:
    return city.data / REGISTERS / f"{register}.sqlite"


def table_of(city: RunningCity, register: str) -> tuple[str, str]:
    """Return a register's table, and the column of its first fact."""
    facts = json.loads((city.data / "rulebook.json").read_bytes())["facts"]["registers"][register]["source"]
    return facts["table"], facts["columns"]["allowance_status"]["column"]


@contextmanager
def other_column(city: RunningCity, register: str) -> Iterator[str]:
    """Rename a mapped column, as a department's own upgrade might."""
    table, column = table_of(city, register)
    database = sqlite3.connect(sqlite_of(city, register), isolation_level=None)
    database.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "renamed"')
    try:
        yield column
    finally:
        database.execute(f'ALTER TABLE "{table}" RENAME COLUMN "renamed" TO "{column}"')
        database.close()


@contextmanager
def locked(city: RunningCity, register: str) -> Iterator[None]:
    """Hold a register's database as a long write does: every reader waits."""
    database = sqlite3.connect(sqlite_of(city, register), isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


def test_a_case_waits_for_a_gateway_that_is_killed_and_ends_by_itself_when_it_is_back(
    own_city: RunningCity, granted: Iterator[str]
) -> None:
    os.kill(own_city.pid("gateway-human-resources"), signal.SIGKILL)
    view = run_case(own_city, next(granted))
    assert (view["state"], view["decision"], view["decided_by"]) == ("waiting_register", "undecided", "")
    assert view["waits_until"] and view["next_step"] and view["credential"] is None
    assert statuses(view, INSURANCE) == {"unavailable"}
    assert statuses(view, "hukou") == {"value"}
    own_city.start_what_died()
    ended = until(own_city, view["case"], lambda seen: seen["state"] == "delivered")
    assert (ended["decision"], ended["decided_by"]) == ("granted", "machine")
    assert ended["questions_asked"] == len(ended["answers"]) and statuses(ended, INSURANCE) == {"value"}


def test_a_missing_column_is_unavailable_with_its_name_for_the_operator_and_never_an_answer(
    own_city: RunningCity, granted: Iterator[str]
) -> None:
    with other_column(own_city, ELDER_CARE) as column:
        view = run_case(own_city, next(granted))
        assert view["decision"] == "undecided" and statuses(view, ELDER_CARE) == {"unavailable"}
        assert any(column in reason for reason in reasons_in_log(own_city, "civil-affairs", ELDER_CARE))
        assert at(own_city, "gateway", "check", "--department", "civil-affairs").status == 1
    until(own_city, view["case"], lambda seen: seen["state"] == "delivered")


def test_a_locked_database_is_unavailable_in_time_and_never_an_answer(
    own_city: RunningCity, granted: Iterator[str]
) -> None:
    with locked(own_city, ELDER_CARE):
        began = time.monotonic()
        view = run_case(own_city, next(granted))
        assert time.monotonic() - began < 10
        assert view["decision"] == "undecided" and statuses(view, ELDER_CARE) == {"unavailable"}
        time.sleep(QUIET)
        assert told(own_city, "case", "show", view["case"])["decision"] == "undecided"
    until(own_city, view["case"], lambda seen: seen["state"] == "delivered")


def test_a_database_server_that_is_gone_is_unavailable_and_comes_back(
    own_city: RunningCity, granted: Iterator[str]
) -> None:
    embedded.stop(own_city.data / POSTGRES)
    try:
        view = run_case(own_city, next(granted))
        assert view["decision"] == "undecided" and statuses(view, "hukou") == {"unavailable"}
        assert reasons_in_log(own_city, "public-security", "hukou")
    finally:
        embedded.start(own_city.data / POSTGRES, REGISTERS)
    until(own_city, view["case"], lambda seen: seen["state"] == "delivered")


def test_after_a_load_that_lost_rows_nothing_of_the_register_is_answered(
    own_city: RunningCity, granted: Iterator[str]
) -> None:
    mark = ("gateway", "mark", "--department", "civil-affairs", "--register", ELDER_CARE)
    lost = at(own_city, *mark, "--canary", "110101199003070011")  # a number the register never held
    assert lost.status == 1 and "NOT SOUND" in lost.err
    view = run_case(own_city, next(granted))
    assert view["decision"] == "undecided" and statuses(view, ELDER_CARE) == {"unavailable"}
    assert any("not sound" in reason for reason in reasons_in_log(own_city, "civil-affairs", ELDER_CARE))
    good = next(granted)
    table, _ = table_of(own_city, ELDER_CARE)
    key = json.loads((own_city.data / "rulebook.json").read_bytes())["facts"]["registers"][ELDER_CARE]["source"]["key"]
    with sqlite3.connect(sqlite_of(own_city, ELDER_CARE)) as database:
        query = f'SELECT trim("{key["column"]}") FROM "{table}" WHERE length(trim("{key["column"]}")) = 18'
        (canary,) = database.execute(query).fetchone()
    database.close()
    assert at(own_city, *mark, "--canary", canary.upper()).status == 0
    until(own_city, view["case"], lambda seen: seen["state"] == "delivered")
    assert run_case(own_city, good)["state"] == "delivered"


def test_a_stale_mark_makes_absence_unavailable_but_leaves_rows_as_they_are(
    own_city: RunningCity, granted: Iterator[str]
) -> None:
    state = sqlite3.connect(own_city.data / "gateways" / "civil-affairs" / "state.sqlite", isolation_level=None)
    kept = state.execute("SELECT register, loaded_at, token, canaries FROM marks").fetchall()
    state.execute("DELETE FROM marks")
    try:
        views = [run_case(own_city, next(granted)) for _ in range(3)]
    finally:
        state.executemany("INSERT INTO marks VALUES (?, ?, ?, ?)", kept)
        state.close()
    for view in views:  # with a row: granted all the same; without one: nobody may say that there is none
        expected = {"granted": {"value"}, "undecided": {"unavailable"}}
        assert statuses(view, ELDER_CARE) == expected[view["decision"]]
        until(own_city, view["case"], lambda seen: seen["state"] == "delivered")


def test_past_the_deadline_the_lawful_fall_back_starts_by_itself(own_city: RunningCity, granted: Iterator[str]) -> None:
    with other_column(own_city, ELDER_CARE):
        view = run_case(own_city, next(granted))
        assert view["state"] == "waiting_register"
        fallen = until(own_city, view["case"], lambda seen: seen["state"] == "waiting_person", seconds=DEADLINE + 30)
        assert (fallen["decision"], fallen["credential"], fallen["waits_until"]) == ("undecided", None, None)
        assert fallen["next_step"]["zh"]
    # the register is still asked, in longer pauses: when it is back the person is relieved of the case
    until(own_city, view["case"], lambda seen: seen["state"] == "delivered", seconds=90)


def test_a_contested_answer_leaves_the_decision_to_a_person(own_city: RunningCity) -> None:
    view = run_case(own_city, own_city.people(ITEM, "refused", 1)[0])
    assert view["state"] == "proposed"
    question = next(answer["question"] for answer in view["answers"] if answer["value"] is False)
    contested = told(own_city, "case", "contest", view["case"], "--question", question)
    assert (contested["state"], contested["decision"]) == ("waiting_person", "undecided")
    assert "contested" in {a["status"] for a in contested["answers"] if a["question"] == question}
    time.sleep(QUIET)
    assert told(own_city, "case", "show", view["case"])["state"] == "waiting_person"


def test_a_withdrawn_case_asks_nothing_more(own_city: RunningCity, granted: Iterator[str]) -> None:
    with other_column(own_city, ELDER_CARE):
        view = run_case(own_city, next(granted))
        withdrawn = told(own_city, "case", "withdraw", view["case"])
        assert (withdrawn["state"], withdrawn["decision"], withdrawn["credential"]) == ("withdrawn", "undecided", None)
    asked = len(_asked(own_city, view["case"]))
    time.sleep(QUIET)
    assert len(_asked(own_city, view["case"])) == asked
    assert told(own_city, "case", "show", view["case"])["state"] == "withdrawn"


def _asked(city: RunningCity, case: str) -> list[Any]:
    entries = told(city, "ledger", "show", case)["entries"]
    return [entry for entry in entries if entry["entry"]["kind"] == "asked"]
