"""Who the demo's cases are about: found in the city's truth, so that each comes out as it must."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import msgspec

from mianzheng.city.calendar import shanghai_today
from mianzheng.city.people import Expect, find_people
from mianzheng.city.truth import PEOPLE, TROUBLES, TRUTH
from mianzheng.credentials.keys import KeyFolder
from mianzheng.gateway.config import read_config
from mianzheng.gateway.grants import is_granted, pseudonym
from mianzheng.gateway.vault import Vault
from mianzheng.model.errors import WrongUse

ITEM = "old-age-allowance"
DEPARTMENT = "civil-affairs"
SERVED_AGE = 83  # whom the village knows as the widow of 83; who comes nearest plays her
_HINT = "it is too small: set MIANZHENG_RESIDENTS to 1000 or more"
_PARENTS = f"""
SELECT parent.resident, parent.name, child.resident, child.name
FROM {PEOPLE} parent
JOIN kinship ON kinship.subject = parent.resident AND relation = '子女' AND status = '有效'
JOIN {PEOPLE} child ON child.resident = kinship.children AND child.kind = 'person'
WHERE list_contains($granted, parent.resident) AND child.resident[7:10]::INTEGER <= $grown_up
ORDER BY parent.resident[17]::INTEGER % 2 + child.resident[17]::INTEGER % 2 DESC, md5(parent.resident), child.resident
LIMIT 1
"""
_OLD = f"""
SELECT person.resident, person.name, coalesce(hukou.marital_status = '丧偶', false) AS widowed
FROM {PEOPLE} person
JOIN hukou ON hukou.subject = person.resident
WHERE list_contains($granted, person.resident)
ORDER BY widowed AND person.resident[17]::INTEGER % 2 = 0 DESC,
  abs(date_diff('year', hukou.birth_date, $today::DATE) - $age), md5(person.resident)
"""
_ADULT = 18


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A resident of the demo city who plays a part in it."""

    number: str
    name: str
    widowed: bool = False

    @property
    def is_male(self) -> bool:
        """Whether the number's order code (GB 11643) is a man's."""
        return int(self.number[16]) % 2 == 1

    @property
    def age(self) -> int:
        """Completed years today, by the number."""
        today = shanghai_today()
        born = int(self.number[6:10])
        return today.year - born - (f"{today:%m%d}" < self.number[10:14])


def resident(data: Path, expect: Expect, place: int) -> str:
    """Return the number of one who is to be granted or refused the allowance, the first at place 0."""
    found = _plain(data, expect)
    if len(found) <= place:
        raise WrongUse(f"nobody in the city of {data} is to be {expect} {ITEM}", hint=_HINT)
    return found[place]


def parent_and_child(data: Path, *, without: Sequence[str]) -> tuple[Played, Played]:
    """Return one who must be granted the allowance and a grown-up child of theirs, father and son if there are."""
    born = shanghai_today().year - _ADULT - 1
    rows = _ask(data, _PARENTS, {"granted": _granted(data, without), "grown_up": born})
    if not rows:
        raise WrongUse(f"nobody in the city of {data} has a child to act for them", hint=_HINT)
    parent, parent_name, child, child_name = rows[0]
    return Played(number=parent, name=parent_name), Played(number=child, name=child_name)


def old_people(data: Path, *, without: Sequence[str]) -> tuple[Played, ...]:
    """Return those who must be granted the allowance, widows next to `SERVED_AGE` first."""
    bound = {"granted": _granted(data, without), "today": shanghai_today().isoformat(), "age": SERVED_AGE}
    rows = _ask(data, _OLD, bound)
    return tuple(Played(number=number, name=name, widowed=bool(widowed)) for number, name, widowed in rows)


def _granted(data: Path, without: Sequence[str]) -> list[str]:
    return [number for number in _plain(data, "granted") if number not in without]


def _plain(data: Path, expect: Expect) -> list[str]:
    """Return those whose rows are as a textbook has them: of others a person decides, which is another story."""
    troubled = {number for number, *_ in _ask(data, f"SELECT subject FROM {TROUBLES}", {})}
    plain = [one.resident for one in find_people(data, ITEM, expect) if one.resident not in troubled]
    return _not_granted_yet(data, plain) if expect == "granted" else plain


def _not_granted_yet(data: Path, numbers: Sequence[str]) -> list[str]:
    """Leave out whom the department granted the allowance here before: it grants nobody twice."""
    config = read_config(data / "gateways" / DEPARTMENT)
    if not Path(config.state).exists():
        return list(numbers)
    vault = Vault(KeyFolder(Path(config.keys)).load("log"))
    at = int(time.time())
    with closing(sqlite3.connect(f"file:{config.state}?mode=ro", uri=True)) as state:
        return [one for one in numbers if not is_granted(state, pseudonym(vault, ITEM, one), case="", at=at)]


def _ask(data: Path, query: str, bound: dict[str, object]) -> list[tuple[str, ...]]:
    with duckdb.connect(str(data / TRUTH), read_only=True) as connection:
        return connection.execute(query, bound).fetchall()
