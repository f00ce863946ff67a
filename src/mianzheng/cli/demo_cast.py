"""Who the demo's cases are about: found in the city's truth, so that each comes out as it must."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from mianzheng.city.calendar import shanghai_today
from mianzheng.city.people import Expect, find_people
from mianzheng.city.truth import PEOPLE, TRUTH
from mianzheng.cli.granted_here import GrantedHere
from mianzheng.model.errors import WrongUse

ITEM = "old-age-allowance"
DEPARTMENT = "civil-affairs"
SERVED_AGE = 83  # whom the village knows as the widow of 83; who comes nearest plays her
_HINT = (
    "the city is too small, or everybody in it was granted it: set MIANZHENG_RESIDENTS to 2000 or more in a new folder"
)
_PARENTS = f"""
SELECT parent.resident, parent.name, child.resident, child.name
FROM {PEOPLE} parent
JOIN kinship ON kinship.subject = parent.resident AND relation = '子女' AND status = '有效'
JOIN {PEOPLE} child ON child.resident = kinship.children AND child.kind = 'person'
WHERE list_contains($granted, parent.resident) AND child.resident[7:10]::INTEGER <= $grown_up
AND NOT list_contains($without, child.resident)
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
_GRANTED = 2  # cases of the narration in which somebody comes alone and is granted


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


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Who plays in the narration: each in one case, since a payment is granted once.

    `first` and `third` are granted, `refused` is not, `child` acts for `parent`, and one of `served` comes to a window.
    `overlaps`: some of them are those whom the pages offer, who are refused there from then on.
    """

    first: str
    refused: str
    third: str
    parent: Played
    child: Played
    served: tuple[Played, ...]
    overlaps: bool = False

    def __repr__(self) -> str:
        """Return a text without the people."""
        return "Cast()"


def narrated(data: Path, *, provided: Sequence[str], at_window: Sequence[str]) -> Cast:
    """Return the cast of the narration: others than those whom the provider and the window offer to a visitor.

    Where the city has nobody else, those whom the window does not offer first play too; and in a very small one
    (below some 2,000 residents) whoever is left, which `Cast.overlaps` tells. `WrongUse` when that is not enough.
    """
    offered = [*provided, *at_window]
    kept = len(provided) + 1
    for without in (offered, offered[:kept]):
        with contextlib.suppress(WrongUse):
            return _narrated(data, without, spare=offered)
    return msgspec.structs.replace(_narrated(data, (), spare=offered), overlaps=True)


def _narrated(data: Path, without: Sequence[str], *, spare: Sequence[str]) -> Cast:
    """Return a cast without some people, in which those to `spare` come last."""
    parent, child = parent_and_child(data, without=without)
    own = {*without, parent.number, child.number}
    granted = sorted((one for one in _plain(data, "granted") if one not in own), key=lambda one: one in spare)
    refused = [one for one in _plain(data, "refused") if one not in own]
    if len(granted) <= _GRANTED or not refused:
        raise WrongUse(f"not enough people in the city of {data} are to be granted and refused {ITEM}", hint=_HINT)
    first, third = granted[:_GRANTED]
    served = sorted(old_people(data, without=[*own, first, third]), key=lambda one: one.number in spare)
    return Cast(first=first, refused=refused[0], third=third, parent=parent, child=child, served=tuple(served))


def parent_and_child(data: Path, *, without: Sequence[str]) -> tuple[Played, Played]:
    """Return one who must be granted the allowance and a grown-up child of theirs, father and son if there are."""
    born = shanghai_today().year - _ADULT - 1
    bound = {"granted": _granted(data, without), "grown_up": born, "without": list(without)}
    rows = _ask(data, _PARENTS, bound)
    if not rows:
        raise WrongUse(f"nobody in the city of {data} has {ITEM} to come and a child to act for them", hint=_HINT)
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
    plain = [one.resident for one in find_people(data, ITEM, expect)]
    if expect != "granted":
        return plain
    granted = GrantedHere(data, DEPARTMENT)
    return [number for number in plain if not granted.holds(ITEM, number)]


def _ask(data: Path, query: str, bound: dict[str, object]) -> list[tuple[str, ...]]:
    with duckdb.connect(str(data / TRUTH), read_only=True) as connection:
        return connection.execute(query, bound).fetchall()
