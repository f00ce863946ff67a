"""Items as a search gives them back (`GET /items/search`), and what happened to people, to begin from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from mianzheng.model.text import Text


class FoundItem(msgspec.Struct, frozen=True, kw_only=True):
    """One published item in force; `replaces`: the papers that nobody asks for any more."""

    item: str
    version: int
    name: Text
    department: str
    department_name: Text
    kind: str
    who: tuple[str, ...]
    promise_days: int  # working days; 0 = at once
    approval: Literal["automatic", "clerk", "departments"] = "automatic"  # who decides: the machine, or people who sign
    replaces: tuple[str, ...]
    happenings: tuple[str, ...]  # ids
    by_another: bool = True  # whether one may be mandated to do it
    in_rows: bool = False  # whether a body may file many of it at once, from a spreadsheet

    @property
    def decided_at_once(self) -> bool:
        """Whether the machine decides it at once; where people sign, somebody is waited for."""
        return self.promise_days == 0 and self.approval == "automatic"

    @property
    def of_bodies(self) -> bool:
        """Whether bodies apply for it; else people do."""
        return "自然人" not in self.who


class Looking(msgspec.Struct, frozen=True, kw_only=True):
    """What a form of many items shows of them: those that hold the words, and those that were ticked already."""

    words: str
    items: tuple[FoundItem, ...]
    more: int  # how many fit that are not shown

    @classmethod
    def among(cls, offered: Sequence[FoundItem], words: str, ticked: Collection[str], most: int = 40) -> Looking:
        """Return what to show: each word stands in an item's name, in either language, or in its department's."""
        wanted = words.casefold().split()
        fits = [one for one in offered if all(word in _said(one) for word in wanted)] if wanted else []
        kept = [one for one in offered if one.item in ticked]
        found = [one for one in fits if one.item not in ticked]
        return cls(words=words, items=(*kept, *found[:most]), more=max(len(found) - most, 0))


def looked_for(data: Mapping[str, object]) -> str | None:
    """Return what a form with such a search looks for, None when it goes on: Return in its field searches too."""
    words, before = (" ".join(str(data.get(name, "")).split())[:80] for name in ("look_for", "looked_for"))
    return words if "find" in data or words != before else None


def _said(one: FoundItem) -> str:
    return f"{one.name.zh} {one.name.en} {one.department_name.zh} {one.department_name.en}".casefold()


class FoundItems(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a search, best first; `next` leads on (`after=`), "" at the end; `total` of all pages."""

    items: tuple[FoundItem, ...]
    total: int
    next: str = ""


class HappeningLine(msgspec.Struct, frozen=True, kw_only=True):
    """What may have happened, with the published items it opens, in the order in which they are done."""

    id: str
    name: Text
    hint: Text
    items: tuple[str, ...]
    firms: bool = False  # happens to firms, not to people
