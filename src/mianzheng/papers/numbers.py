"""Document numbers 发文字号: one running number for each department and year; in addresses and as it is printed."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from mianzheng.papers.templates import shipped

_NUMBER = re.compile(r"([a-z][a-z-]{0,39})-([0-9]{4})-([1-9][0-9]{0,8})")


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A document number: civil-affairs, 2026, 12."""

    department: str
    year: int
    running: int

    @property
    def text(self) -> str:
        """The number as it stands in addresses: civil-affairs-2026-12."""
        return f"{self.department}-{self.year}-{self.running}"

    @property
    def display(self) -> str:
        """The number as it is printed: 临民〔2026〕12号."""
        known = _departments()
        return f"{known.city}{known.abbreviations.get(self.department, '政')}〔{self.year}〕{self.running}号"


class _Departments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    city: str
    abbreviations: dict[str, str]


def read_number(text: str) -> Number | None:
    """Return the number that an address holds, None for anything else."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    return Number(department=found[1], year=int(found[2]), running=int(found[3]))


@cache
def _departments() -> _Departments:
    return shipped("departments.toml", _Departments)
