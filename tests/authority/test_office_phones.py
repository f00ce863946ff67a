"""A telephone entered at the office's counter: it takes another's place, counts once held, and the old one hears."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from mianzheng.authority import calls, telephones
from mianzheng.authority.phone_changes import take_up
from mianzheng.authority.telephones import FROZEN_SECONDS, OwnPhone
from mianzheng.cli import device, office_phones
from mianzheng.cli.main import main
from tests.authority.presence_world import Window
from tests.gateway.world import World

DAY = 86_400
GIVEN_UP, NEW, THIRD = "13800001111", "13900002222", "13700003333"
LONG_AGO = date(2020, 1, 1)


class Office(Window):
    """A window's authority, and the office's counter beside it."""

    def enter(self, number: str, phone: str, *, ago: int = 0, held: date | None = None) -> str:
        """Put a telephone on record, `ago` seconds before now; held from that day unless told."""
        at = self.at() - ago
        with closing(sqlite3.connect(self.enrolment)) as connection, connection:
            for statement in office_phones.TABLES:
                connection.execute(statement)
            since = held or calls.day_of(at)
            return office_phones.enter(connection, number, phone, held_since=since, at=at)

    def own(self, number: str, phone: str, *, ago: int) -> None:
        """Let a person have set a telephone at the site."""
        at = self.at() - ago
        kept = OwnPhone(phone=phone, old="", since=calls.day_of(at), at=at)
        self.authority.journal.commit(lambda open_: telephones.keep(open_, self.authority.secrets, number, kept))

    def at(self) -> int:
        return int(self.world.now())

    def rung(self, number: str, *, later: int = 0) -> str:
        return calls.phone_of(self.authority, number, self.at() + later)

    def told(self, number: str, *, later: int = 0) -> tuple[str, ...]:
        return calls.reached_at(self.authority, number, self.at() + later)

    def frozen(self, number: str) -> bool:
        reader = self.authority.journal.reader()
        return bool(telephones.frozen_until(reader, self.authority.secrets, number, at=self.at()))


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    made = Office(world, tmp_path)
    yield made
    # the person may have been drawn before: nothing of theirs is left for another test
    made.authority.journal.commit(lambda open_: open_.execute("DELETE FROM phones_taken_up"))
    made.authority.journal.commit(lambda open_: open_.execute("DELETE FROM freezes"))
    made.authority.journal.commit(lambda open_: open_.execute("DELETE FROM own_phones"))


def test_a_new_telephone_is_the_one_used_once_held_and_never_an_older_one(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    assert office.rung(widow) == GIVEN_UP
    assert office.enter(widow, NEW) == GIVEN_UP
    assert office.rung(widow) == ""
    assert office.rung(widow, later=29 * DAY) == ""
    assert office.rung(widow, later=31 * DAY) == NEW


def test_one_that_was_held_before_it_was_entered_counts_at_once(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO + timedelta(days=900))
    office.enter(widow, NEW, held=LONG_AGO)
    assert office.rung(widow) == NEW


def test_of_a_file_that_holds_several_the_one_written_last_counts(office: Office) -> None:
    widow = office.person()
    office.phone(widow, GIVEN_UP, LONG_AGO.isoformat())
    office.phone(widow, NEW, LONG_AGO.isoformat())
    assert (office.rung(widow), office.told(widow)) == (NEW, (NEW,))
    office.enter(widow, THIRD)
    assert (office.rung(widow), office.told(widow)) == ("", (NEW,))


@pytest.mark.parametrize("typed", ["", "soon", "2020-13-01"])
def test_a_telephone_held_since_no_day_counts_never(office: Office, typed: str) -> None:
    widow = office.person()
    office.phone(widow, NEW, typed)
    assert office.rung(widow, later=3650 * DAY) == ""


def test_the_old_one_is_told_for_three_days_and_then_only_the_new_one_once_held(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    office.enter(widow, NEW)
    assert office.told(widow) == (GIVEN_UP,)
    assert office.told(widow, later=FROZEN_SECONDS) == ()
    assert office.told(widow, later=31 * DAY) == (NEW,)


def test_the_old_telephone_hears_of_the_offices_change_and_its_person_reads_of_it_once(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    office.enter(widow, NEW, ago=60)
    for _ in range(2):
        take_up(office.authority, office.at())
    assert office.devices.told.wait(30)
    assert all(office.sent(widow))
    ((to, words),) = office.devices.messages
    assert to == GIVEN_UP and "139****2222" in words and NEW not in words and widow not in words
    assert office.kinds(widow).count("telephone-changed") == 1
    assert office.frozen(widow)


def test_a_papers_code_goes_to_no_telephone_that_was_given_up_nor_to_one_not_held(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    office.enter(widow, NEW)
    calls.send(office.authority, widow, "回执码 12345678", notice=0, at=office.at(), code=True)
    assert not office.devices.messages
    calls.send(office.authority, widow, "回执码 12345678", notice=0, at=office.at() + 31 * DAY, code=True)
    assert office.devices.told.wait(30)
    assert [to for to, _ in office.devices.messages] == [NEW]


def test_a_first_telephone_is_told_to_nobody_and_freezes_nothing(office: Office) -> None:
    widow = office.person()
    office.enter(widow, NEW, held=LONG_AGO)
    take_up(office.authority, office.at())
    assert not office.frozen(widow) and "telephone-changed" not in office.kinds(widow)


def test_what_the_office_entered_after_a_persons_own_change_counts_and_tells_that_one(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    office.own(widow, NEW, ago=50 * DAY)
    assert office.rung(widow) == NEW
    office.enter(widow, THIRD)
    assert (office.rung(widow), office.told(widow)) == ("", (NEW,))
    assert office.rung(widow, later=31 * DAY) == THIRD


def test_a_persons_own_change_after_the_offices_counts(office: Office) -> None:
    widow = office.person()
    office.enter(widow, NEW, ago=50 * DAY, held=LONG_AGO)
    office.own(widow, THIRD, ago=DAY)
    assert (office.rung(widow), office.told(widow)) == ("", (THIRD,))


def test_entered_again_with_another_day_the_change_is_told_all_the_same(office: Office) -> None:
    widow = office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    office.enter(widow, NEW, ago=60)
    assert office.enter(widow, NEW, held=LONG_AGO) == GIVEN_UP
    assert office.told(widow) == (NEW, GIVEN_UP)


def test_a_telephone_that_was_given_up_is_forgotten_after_a_month(office: Office) -> None:
    widow, other = office.person(), office.person()
    office.enter(widow, GIVEN_UP, ago=100 * DAY, held=LONG_AGO)
    office.enter(widow, NEW, ago=40 * DAY)
    office.enter(other, THIRD)
    with closing(sqlite3.connect(office.enrolment)) as connection:
        held = repr(connection.execute("SELECT * FROM phones").fetchall())
        changes = repr(connection.execute("SELECT * FROM phone_changes").fetchall())
    assert GIVEN_UP not in held + changes


def test_enrol_says_what_was_enrolled_and_from_when_it_counts(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    widow = office.person("331082193603020015")
    monkeypatch.setattr(device, "_data", lambda args: tmp_path)
    monkeypatch.setattr(device, "_office", lambda data: office.enrolment)
    enrol = ("device", "enrol", "--resident", widow)
    assert main([*enrol, "--phone", GIVEN_UP, "--held-since", "2020-01-01"]) == 0
    assert f"{GIVEN_UP} · 持有自 held since 2020-01-01 · 起用 counts from 2020-01-31" in capsys.readouterr().out
    assert main([*enrol, "--phone", NEW, "--protected-until", "2099-12-31"]) == 0
    said = capsys.readouterr().out
    assert NEW in said and "138****1111" in said and "protection order until 2099-12-31" in said
    assert office.rung(widow) == ""  # undated, it is held from today
