"""Items as a search gives them back (`GET /items/search`), and what happened to people, to begin from."""

from __future__ import annotations

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
    replaces: tuple[str, ...]
    happenings: tuple[str, ...]  # ids
    by_another: bool = True  # whether one may be mandated to do it
    in_rows: bool = False  # whether a body may file many of it at once, from a spreadsheet

    @property
    def of_bodies(self) -> bool:
        """Whether bodies apply for it; else people do."""
        return "自然人" not in self.who


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
