"""Who else reads a line of the own log, and how much of it: views that an item gives its linked roles.

`full`: as it stands. `masked`: department and kind of item only. `after_date`: nothing until half a year has
passed, then all; how many entries are hidden so is published with the log. Where the one who applied has a protection
order, the same ` protected`: what that view lets through says neither item nor place nor time.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mianzheng.model.item import Item, base_of
from mianzheng.model.witnessing import MineEntry

FULL, MASKED, AFTER_DATE = "full", "masked", "after_date"
PROTECTED = " protected"  # after a view
HIDDEN_SECONDS = 183 * 86_400


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Someone a line speaks of: their pseudonym, the role they stand in, and the view of that role."""

    subject: str
    role: str
    view: str = FULL


def view_of(item: Item, role: str) -> str:
    """Return how the one in a role (`spouse#1`) reads lines of a case."""
    declared = item.roles.get(base_of(role))
    return declared.view if declared is not None and declared.link else FULL


def in_view(entries: Sequence[MineEntry], view: str | None, *, at: int) -> tuple[MineEntry, ...]:
    """Return the entries of one line as a reader sees them; None: the line is theirs alone."""
    if view is None:
        return tuple(entries)
    if view.endswith(PROTECTED):
        return tuple(_protected(one) for one in in_view(entries, view.removesuffix(PROTECTED), at=at)[:1])
    if view == AFTER_DATE:
        shown = [one for one in entries if one.at + HIDDEN_SECONDS <= at]
        return tuple(msgspec.structs.replace(one, linked=True, view=view) for one in shown)
    if view == MASKED:
        return tuple(_masked(one) for one in entries[:1])
    return tuple(msgspec.structs.replace(one, linked=True) for one in entries)


def _masked(entry: MineEntry) -> MineEntry:
    """Return an entry without item and question: not even how many were asked."""
    return msgspec.structs.replace(
        entry, item="", purpose="", basis=None, question="", sentence=None, code="", linked=True, view=MASKED
    )


def _protected(entry: MineEntry) -> MineEntry:
    """Return an entry of which nothing leads to item, place or time: by its leaves the public trees would tell when."""
    return msgspec.structs.replace(
        _masked(entry), seq=0, at=0, hub="", item_kind="", mandate="", entry="", leaf="", view=PROTECTED.strip()
    )
