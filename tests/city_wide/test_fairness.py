"""Fairness before real gateways: another name, ethnic group, clerk or channel, and the case comes to the same.

The pure half, over every example of every pack, is tests/conformance/test_fairness.py.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mianzheng.city.build import POSTGRES, REGISTERS
from mianzheng.cli.keys import COMPARER, READER
from mianzheng.credentials.keys import KeyFolder, PrivateKey
from mianzheng.credentials.trust import Certificate, certify
from mianzheng.store import embedded
from tests.city_wide.few_departments import ITEM
from tests.city_wide.window_city import WindowCity

pytestmark = pytest.mark.process
DEPARTMENT = "civil-affairs"
EXPECTED = ("granted", "refused", "undecided")
ASKED = (("id_card", "issued_on"), ("household", "established_on"), ("hukou", "town_code"))
SLOT = "slot.json"
OTHER = ("欧阳𠮷〇", "03")  # name and ethnic group in the police's own table


def came(view: Any) -> Any:
    """Return all of a case that a person could call its treatment: what was asked, answered, decided, paid."""
    answers = sorted((one["question"], one["status"], one["value"], one["wave"]) for one in view["answers"])
    reasons = [(one["condition"], one["department"]) for one in view["reasons"]]
    return view["decision"], view["state"], view["amount"], reasons, view["not_examined"], answers


def run(window: WindowCity, number: str) -> Any:
    return came(window.city.json("case", "run", ITEM, "--resident", number))


class Police:
    """The police's own table of registered residents."""

    def __init__(self, window: WindowCity) -> None:
        self.url = embedded.start(window.data / POSTGRES, REGISTERS)
        with psycopg.connect(self.url) as connection:
            query = "SELECT table_schema FROM information_schema.tables WHERE table_name = 't_hjrk'"
            (schema,) = connection.execute(query).fetchall()[0]
        self.table = f'"{schema}".t_hjrk'

    def held(self, number: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(f"SELECT xm, mzdm FROM {self.table} WHERE gmsfhm = %s", [number]).fetchall()

    def hold(self, number: str, name: str, ethnic_group: str) -> None:
        with psycopg.connect(self.url) as connection:
            change = f"UPDATE {self.table} SET xm = %s, mzdm = %s WHERE gmsfhm = %s"
            connection.execute(change, [name, ethnic_group, number])


@contextmanager
def another_name(police: Police, number: str) -> Iterator[None]:
    """Let the police hold another name and ethnic group of somebody for a while."""
    (before,) = police.held(number)
    assert before != OTHER
    police.hold(number, *OTHER)
    try:
        yield
    finally:
        police.hold(number, *before)


def served(window: WindowCity, number: str, clerk: str) -> Any:
    """Run the case at the window, with a presence before this clerk."""
    asked = window.presence(number, clerk=clerk)
    words = [word for said in window.knows(number, asked["questions"]) for word in ("--answer", said)]
    passed = window.presence(number, *words, clerk=clerk)
    return came(window.city.json("case", "run", ITEM, "--presence", passed["file"], "--clerk", clerk))


def second_clerk(window: WindowCity, folder: Path) -> str:
    """Return the key file of a colleague whom the department certifies."""
    key, now = PrivateKey.generate(), int(time.time())
    colleague = Certificate(
        department=DEPARTMENT,
        staff=f"{DEPARTMENT}-clerk-two",
        role="clerk",
        key=key.public.jwk,
        valid_from=now - 60,
        valid_to=now + 86_400,
    )
    token = certify(colleague, key=KeyFolder(window.data / "keys" / f"gateway-{DEPARTMENT}").load("sign"))
    key.to_file(folder / "clerk.jwk.json")
    (folder / "clerk.certificate").write_text(token, encoding="ascii")
    for name in ("trust.json", "roots.json"):
        shutil.copy(window.data / "keys" / "staff" / DEPARTMENT / name, folder / name)
    return str(folder / "clerk.jwk.json")


@pytest.mark.parametrize("expect", EXPECTED)
def test_another_name_and_ethnic_group_change_nothing(window: WindowCity, expect: str) -> None:
    police = Police(window)
    people = iter(window.someone, "") if expect == "granted" else iter(window.city.people(ITEM, expect, 40))
    number = next(one for one in people if police.held(one))
    before = run(window, number)
    with another_name(police, number):
        assert run(window, number) == before
    assert before[0] == expect


def somebody(window: WindowCity, expect: str) -> str:
    """Return somebody whom every channel can serve: of whom the window can ask, and who has a card."""
    people = iter(window.someone, "") if expect == "granted" else iter(window.city.people(ITEM, expect, 60))
    return next(one for one in people if all(window.rows.values(*asked, one) for asked in ASKED))


def by_mandate(window: WindowCity, number: str, files: Path) -> Any:
    """An agent does the case; the principal reads what came of it."""
    agent = window.someone()
    file = str(files / f"mandate-{number}.json")
    terms = ("--agent", agent, "--named", window.name_of(agent), "--item", ITEM, "--out", file)
    window.city.mianzheng("mandate", "grant", "--resident", number, *terms)
    case = window.city.json("case", "run", ITEM, "--resident", agent, "--mandate", file)["case"]
    return window.city.json("case", "show", case, "--resident", number)


def by_card(window: WindowCity, number: str, files: Path) -> Any:
    """The card lies in the reader."""
    (issued,) = window.rows.values("id_card", "issued_on", number)[:1]
    card = ("--card", str(files / SLOT), "--issued-on", issued)
    window.city.mianzheng("device", "enrol", "--resident", number, *card)
    return window.city.json("case", "run", ITEM, "--reader")


def by_face(window: WindowCity, number: str, files: Path) -> Any:
    """The comparer knows the face; the clerk signs beside it."""
    image = files / f"face-{number}"
    image.write_bytes(number.encode() * 9)
    window.city.mianzheng("device", "enrol", "--resident", number, "--face", str(image))
    passed = window.presence(number, "--method", "face", "--image", str(image))
    return window.city.json("case", "run", ITEM, "--presence", passed["file"], "--clerk", window.key("clerk"))


@pytest.fixture(scope="module")
def files(window: WindowCity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose `SLOT` is that of a running reader; a comparer runs too."""
    folder = tmp_path_factory.mktemp("channels")
    with (
        window.city.device("reader", READER, "--slot", str(folder / SLOT)),
        window.city.device("comparer", COMPARER),
    ):
        yield folder


@pytest.mark.parametrize("expect", EXPECTED)
def test_every_channel_comes_to_the_same(window: WindowCity, files: Path, expect: str) -> None:
    number = somebody(window, expect)
    own = run(window, number)
    assert own[0] == expect
    assert served(window, number, window.key("clerk")) == own
    for channel in (by_mandate, by_card, by_face):
        assert came(channel(window, number, files)) == own, channel.__name__


@pytest.mark.parametrize("expect", EXPECTED)
def test_another_clerk_comes_to_the_same(window: WindowCity, tmp_path: Path, expect: str) -> None:
    number = somebody(window, expect)
    assert served(window, number, second_clerk(window, tmp_path)) == served(window, number, window.key("clerk"))
