"""Completeness marks: what a missing row proves, and when it proves nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from mianzheng.credentials import jws
from mianzheng.gateway.marking import mark_register
from mianzheng.gateway.marks import Freshness, judge, with_mark
from mianzheng.gateway.registers import RegisterFault
from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.publishing import Mark
from tests.gateway.world import ABSENT, OLD, Case, World

HERE = "civil-affairs"
LATER = 86_400 * 3


@contextmanager
def rows_changed(world: World, statement: str, back: str) -> Iterator[None]:
    database = world.gateways[HERE].registers["elder_care"].url.database
    assert database is not None
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)
    try:
        yield
    finally:
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(back)


@contextmanager
def ahead(world: World, seconds: float) -> Iterator[None]:
    world.ahead = seconds
    try:
        yield
    finally:
        world.ahead = 0


def test_without_a_fresh_mark_a_missing_row_is_unavailable(world: World) -> None:
    with ahead(world, LATER):
        _, answers = Case(world, number=ABSENT).ask(HERE)
    (answer,) = answers.values()
    assert (answer.status, answer.value) == (Status.UNAVAILABLE, None)
    assert "elder_care: the completeness mark is older than 36 hours" in answer.reason


def test_without_a_fresh_mark_a_row_that_is_there_still_answers(world: World) -> None:
    with ahead(world, LATER):
        _, answers = Case(world, number=OLD).ask(HERE)
    (answer,) = answers.values()
    assert (answer.status, answer.value, answer.rests_on) == (Status.VALUE, True, RestsOn.ROW)


def test_without_a_fresh_mark_a_count_over_many_rows_is_unavailable(world: World) -> None:
    with ahead(world, LATER):
        _, answers = Case(world, "care-aid", forms={"town": "331082001"}).ask("human-resources")
    assert {answer.status for answer in answers.values()} == {Status.UNAVAILABLE}


def test_after_a_load_without_a_canary_nothing_is_answered(world: World) -> None:
    gateway = world.gateways[HERE]
    away = f"UPDATE elder_care SET id_number = 'x' || id_number WHERE id_number = '{OLD}'"
    back = f"UPDATE elder_care SET id_number = '{OLD}' WHERE id_number = 'x{OLD}'"
    with rows_changed(world, away, back):
        marked = mark_register(gateway, "elder_care", canaries=(OLD,))
        assert (marked.mark.sound, marked.mark.reason) == (False, "1 of 1 canary rows are missing")
        _, answers = Case(world, number=ABSENT).ask(HERE)
    (answer,) = answers.values()
    assert answer.status is Status.UNAVAILABLE
    with ahead(world, 5):
        assert mark_register(gateway, "elder_care").mark.sound
        _, answers = Case(world, number=ABSENT).ask(HERE)
    assert [answer.value for answer in answers.values()] == [True]


def test_the_first_mark_chooses_canaries_and_keeps_them_unreadable(world: World) -> None:
    gateway = world.gateways[HERE]
    numbers = gateway.marks.canaries(gateway.state.reader(), "elder_care")
    assert OLD in numbers
    rows = gateway.state.reader().execute("SELECT canaries FROM marks").fetchall()
    assert not any(OLD.encode() in blob for (blob,) in rows)


def test_a_mark_is_signed_by_the_department_and_another_counts_for_nothing(world: World) -> None:
    gateway = world.gateways["human-resources"]
    marked = mark_register(gateway, "paid_month")
    mark = jws.verify_as(marked.token, typ="mz-mark", key=world.key("human-resources").public, type=Mark)
    assert (mark.register, mark.rows, mark.sound) == ("paid_month", 3, True)
    forged = jws.sign(msgspec.structs.replace(mark, loaded_at=mark.loaded_at + 9), key=world.key("hub"), typ="mz-mark")
    gateway.state.commit(
        lambda connection: connection.execute(
            "INSERT INTO marks VALUES ('paid_month', ?, ?, x'')", (mark.loaded_at + 9, forged)
        )
    )
    try:
        register = gateway.facts.registers["paid_month"]
        assert gateway.marks.freshness(gateway.state.reader(), register, gateway.now()).state == "none"
    finally:
        gateway.state.commit(lambda connection: connection.execute("DELETE FROM marks WHERE token = ?", (forged,)))


def test_a_register_that_does_not_answer_gets_no_mark(world: World) -> None:
    with (
        rows_changed(world, "ALTER TABLE elder_care RENAME TO gone", "ALTER TABLE gone RENAME TO elder_care"),
        pytest.raises(RegisterFault, match="no such table"),
    ):
        mark_register(world.gateways[HERE], "elder_care")


def one(**changes: object) -> Mark:
    fields = {"rows": 100, "missing": 0, "canaries": 3, "last": None, "may_be_empty": False, "at": 1}
    return judge("r", **(fields | changes))  # type: ignore[arg-type]


def test_a_load_is_sound_when_its_rows_are_near_the_last_ones() -> None:
    assert one(last=one()).sound
    assert one(rows=91, last=one()).sound
    assert one(rows=89, last=one()).reason == "89 rows after 100"
    assert one(rows=0).reason == "no rows"
    assert one(rows=0, may_be_empty=True).sound


@pytest.mark.parametrize("state", ["stale", "none", "unsound"])
def test_an_absent_row_proves_nothing_under_any_other_mark_than_a_fresh_one(world: World, state: str) -> None:
    freshness = Freshness(state=state, loaded_at=1, reason="why")  # type: ignore[arg-type]
    register = world.catalogue.facts.registers["elder_care"]
    for rests_on in (RestsOn.ABSENT, RestsOn.MISSING):
        answer = Answer(status=Status.VALUE, value=True, rests_on=rests_on)
        assert with_mark(answer, register, freshness) == Answer(status=Status.UNAVAILABLE, reason="why")


def test_an_answer_is_dated_by_the_load_it_rests_on(world: World) -> None:
    freshness = Freshness(state="fresh", loaded_at=86_400, reason="")
    answer = Answer(status=Status.VALUE, value=True, rests_on=RestsOn.ROW)
    dated = with_mark(answer, world.catalogue.facts.registers["elder_care"], freshness)
    assert dated.as_of == datetime(1970, 1, 2, tzinfo=UTC)
