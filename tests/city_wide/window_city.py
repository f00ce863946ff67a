"""A small city with a window in it: staff, devices as processes, and what only a person would know."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from mianzheng.catalogue.load import load
from mianzheng.gateway.config import read_config
from mianzheng.gateway.person_rows import PersonRows
from mianzheng.gateway.registers import RegisterDatabase
from tests.city_wide.few_departments import ITEM
from tests.city_wide.running_city import RunningCity

QUESTIONS = {
    "是哪一年立户": ("household", "established_on"),
    "同户的家人": ("household", "link:members"),
    "领取身份证": ("id_card", "issued_on"),
    "乡镇或街道": ("hukou", "town_code"),
    "迁入本市": ("hukou", "moved_in_on"),
    "号牌的最后": ("vehicle", "plate_no"),
    "居住登记": ("residence_permit", "registered_on"),
}
BY_MONTH = ("moved_in_on", "registered_on")


class WindowCity:
    """The running city, and who stands at the window."""

    def __init__(self, city: RunningCity) -> None:
        self.city = city
        self.data = city.data
        config = read_config(city.data / "gateways" / "public-security")
        self._facts = load(Path(config.packs)).facts
        self._databases = {
            name: RegisterDatabase(name, url, pool=1, seconds=5) for name, url in config.registers.items()
        }
        self.rows = PersonRows(self._facts, self._databases)
        self._people = iter(city.people(ITEM, "granted", 100))
        self._widows = iter(city.people(ITEM, "granted", 20, "--trap", "no_key"))

    def close(self) -> None:
        """Close the connections to registers."""
        for database in self._databases.values():
            database.close()

    def key(self, role: str, department: str = "civil-affairs") -> str:
        """The key file of a member of staff."""
        return str(self.data / "keys" / "staff" / department / f"{role}.jwk.json")

    def someone(self, *more: str) -> str:
        """Another resident of eighty or more; `more`: what the enrolment office does with them first."""
        number = next(self._people)
        if more:
            self.city.mianzheng("device", "enrol", "--resident", number, *more)
        return number

    def name_of(self, number: str) -> str:
        """The name under which somebody is enrolled."""
        with closing(sqlite3.connect(self.data / "enrolment" / "public-security.sqlite")) as enrolment:
            (name,) = enrolment.execute("SELECT name FROM enrolled WHERE number = ?", (number,)).fetchone()
        return str(name)

    def keyless(self) -> str:
        """Another resident of eighty or more, whose key was taken away."""
        return self.someone("--no-key")

    def widow(self) -> str:
        """A widow of 83 whom the city planted without key, telephone or card; the allowance is due to her."""
        return next(self._widows)

    def knows(self, number: str, questions: list[dict[str, str]]) -> list[str]:
        """What the person says to these questions."""
        words = []
        for question in questions:
            register, fact = next(found for word, found in QUESTIONS.items() if word in question["zh"])
            held = self.rows.values(register, fact, number)
            assert held, (register, fact)
            words.append(self._spoken(fact, held[0]))
        return words

    def presence(self, number: str, *words: str, clerk: str = "", **how: Any) -> Any:
        """Run `mianzheng presence` as the window's machine does."""
        staff = ["--clerk", clerk or self.key("clerk")]
        staff += [] if "--method" in words else ["--witness", self.key("witness")]
        return self.city.json("presence", "--resident", number, *staff, *words, **how)

    def passed(self, number: str) -> Any:
        """Begin and pass a presence at the window."""
        asked = self.presence(number)
        answers = [word for said in self.knows(number, asked["questions"]) for word in ("--answer", said)]
        return self.presence(number, *answers)

    def _spoken(self, fact: str, stored: str) -> str:
        if fact == "town_code":
            folder = self.data / "gateways" / "public-security" / "packs" / "public-security"
            text = (folder / "presence.yaml").read_text()
            return text.partition(f'"{stored}": ')[2].partition("\n")[0]
        if fact in BY_MONTH:
            return f"{stored[:4]}年{int(stored[5:7])}月"
        return f"{stored[:4]}年" if fact.endswith("_on") else stored
