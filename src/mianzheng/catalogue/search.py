"""Finding an item by the words people use: its name, everyday names, pinyin and initials, English, what happened.

`高龄津贴` is found by 高龄, 老人津贴, gaoling, glj, gljt, "old", 爸爸满80. Pure: an index is built once for a set
of items, a search reads it. Each word of a query must be found in an item: as it was typed, or covered by what the item
is called in everyday or official words (docs/decisions/0040-everyday-words-find-official-names.md).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping

import msgspec

from mianzheng.catalogue.ranking import Ranking
from mianzheng.catalogue.search_entry import Entry, entry_of
from mianzheng.catalogue.sought import sentences, whole_words
from mianzheng.model.facts import Department
from mianzheng.model.found_items import FoundItem, FoundItems
from mianzheng.model.guide import Guide
from mianzheng.model.item import Item


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: words, and what every hit must be ("": anything). `after`: `next` of the page before."""

    words: str = ""
    department: str = ""
    kind: str = ""
    who: str = ""
    happening: str = ""
    of_bodies: bool = False  # only those for which bodies apply
    after: str = ""
    limit: int = 20


class Index:
    """Items made ready to be searched."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: entry.order)
        self._ranking = Ranking(self._entries)
        self._orders = {entry.found.item: entry.order for entry in self._entries}

    def find(self, wanted: Wanted) -> FoundItems:
        """Return one page of what fits, best first and then by name; nothing fits: an empty page."""
        words = whole_words(wanted.words)
        if wanted.words.strip() and not words:  # signs alone, as a lone quote is, are no wish for everything
            return FoundItems(items=(), total=0, next="")
        ranks = self._ranking.ranks(words) or self._ranking.ranks(sentences(wanted.words))
        ranked = ((rank, self._entries[place]) for place, rank in ranks.items())
        hits = [(-rank, entry.order, entry) for rank, entry in ranked if _stated(entry.found, wanted)]
        hits.sort(key=lambda hit: hit[:2])
        start = bisect_right(hits, self._place(wanted.after), key=lambda hit: hit[:2]) if wanted.after else 0
        if start == len(hits):  # a place that is none, or was one in another catalogue: what is found is shown
            start = 0
        page = hits[start : start + wanted.limit]
        more = start + wanted.limit < len(hits)
        return FoundItems(
            items=tuple(entry.found for _, _, entry in page),
            total=len(hits),
            next=f"{-page[-1][0]}.{page[-1][2].found.item}" if more else "",
        )

    def all(self) -> tuple[FoundItem, ...]:
        """Return every item, by name."""
        return tuple(entry.found for entry in self._entries)

    def of(self, items: Iterable[str]) -> tuple[FoundItem, ...]:
        """Return those of the named items that are here, in the order given."""
        known = {entry.found.item: entry.found for entry in self._entries}
        return tuple(known[item] for item in items if item in known)

    def _place(self, after: str) -> tuple[int, tuple[str, str]]:
        rank, _, item = after.partition(".")
        number = int(rank) if re.fullmatch(r"[0-9]{1,6}", rank) else 0
        return -number, self._orders.get(item, ("", ""))


def index_of(items: Iterable[Item], departments: Mapping[str, Department], guide: Guide) -> Index:
    """Return the index of items; `guide` as in force on the day."""
    return Index(entry_of(item, departments, guide) for item in items)


def _stated(found: FoundItem, wanted: Wanted) -> bool:
    stated: tuple[tuple[str, tuple[str, ...]], ...] = (
        (wanted.department, (found.department,)),
        (wanted.kind, (found.kind,)),
        (wanted.who, found.who),
        (wanted.happening, found.happenings),
    )
    return all(not value or value in having for value, having in stated) and (found.of_bodies or not wanted.of_bodies)
