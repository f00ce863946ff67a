"""Finding an item by the words people use: its name, everyday names, pinyin and initials, English, what happened.

`高龄津贴` is found by 高龄, 老人津贴, gaoling, glj, gljt, "old", 爸爸满80. Pure: an index is built once for a set
of items, a search reads it. Each word of a query must be found in an item; the best place it stands in gives its rank.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec
from pypinyin import Style, lazy_pinyin

from mianzheng.catalogue.sought import (
    ABOUT,
    ALIKE,
    BEGINS,
    CHINESE,
    ELSEWHERE,
    ENOUGH,
    NAMED,
    OTHER_NAME,
    SAME,
    SPELT,
    called,
    sayings,
    split_words,
)
from mianzheng.model.facts import Department
from mianzheng.model.found_items import FoundItem, FoundItems
from mianzheng.model.guide import Guide
from mianzheng.model.item import Item

_CHINESE = re.compile(CHINESE)


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


class _Name(msgspec.Struct, frozen=True, kw_only=True):
    """A name as it is written, spelt (`gaolingjintie`, and where its syllables begin) and cut to initials (`gljt`)."""

    written: str
    spelt: str
    starts: frozenset[int]
    initials: str

    def rank(self, word: str, latin: bool) -> int:
        if word == self.written:
            return SAME
        if self.written.startswith(word):
            return BEGINS
        if word in self.written:
            return NAMED
        return self._spelt(word) if latin else 0

    def _spelt(self, word: str) -> int:
        if word in (self.initials, self.spelt):
            return SPELT + 15
        if self.initials.startswith(word) or self.spelt.startswith(word):
            return SPELT + 10
        found = self.spelt.find(word)
        while found > 0:
            if found in self.starts:
                return SPELT
            found = self.spelt.find(word, found + 1)
        return SPELT - 5 if len(word) > 1 and word in self.initials else 0


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    found: FoundItem
    name: _Name
    others: tuple[_Name, ...]  # everyday names, the credential
    english: str
    sayings: tuple[tuple[int, str], ...]  # how people say what happened, by this item's place among what it opens
    about: str  # papers, department, kind
    order: tuple[str, str]
    pairs: frozenset[str]

    def rank(self, word: str) -> int:
        latin = not _CHINESE.search(word)
        found = self.name.rank(word, latin)
        found = max(found, *(one.rank(word, latin) - OTHER_NAME for one in self.others)) if self.others else found
        if found > 0:
            return found
        if latin and re.search(rf"\b{re.escape(word)}", self.english):
            return ELSEWHERE + 5
        for place, said in self.sayings:
            if word in said or (len(said) > 1 and said in word):
                return ELSEWHERE - min(place, 9)
        if len(word) > 1 and word in self.about:
            return ABOUT
        return 0 if latin else self._alike(word)

    def _alike(self, word: str) -> int:
        asked = _pairs(word)
        share = len(asked & self.pairs) / len(asked) if asked else 0.0
        return round(ALIKE * share) if share >= ENOUGH else 0


class Index:
    """Items made ready to be searched."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: entry.order)
        self._orders = {entry.found.item: entry.order for entry in self._entries}

    def find(self, wanted: Wanted) -> FoundItems:
        """Return one page of what fits, best first and then by name; nothing fits: an empty page."""
        words = split_words(wanted.words)
        if wanted.words.strip() and not words:  # signs alone, as a lone quote is, are no wish for everything
            return FoundItems(items=(), total=0, next="")
        hits = [(-rank, entry.order, entry) for entry in self._entries if (rank := _fit(entry, wanted, words)) >= 0]
        hits.sort(key=lambda hit: hit[:2])
        start = bisect_right(hits, self._place(wanted.after), key=lambda hit: hit[:2]) if wanted.after else 0
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
    return Index(_entry(item, departments, guide) for item in items)


def _fit(entry: _Entry, wanted: Wanted, words: tuple[str, ...]) -> int:
    """Return the rank of an entry, -1 when it does not fit."""
    found = entry.found
    stated: tuple[tuple[str, tuple[str, ...]], ...] = (
        (wanted.department, (found.department,)),
        (wanted.kind, (found.kind,)),
        (wanted.who, found.who),
        (wanted.happening, found.happenings),
    )
    if any(value and value not in having for value, having in stated) or (wanted.of_bodies and not found.of_bodies):
        return -1
    ranks = [entry.rank(word) for word in words]
    return -1 if 0 in ranks else sum(ranks)


def _entry(item: Item, departments: Mapping[str, Department], guide: Guide) -> _Entry:
    department = departments[item.department]
    happenings = [one for one in guide.happenings if item.item in one.items]
    names = called(item, guide)
    said = sayings(item, guide)
    english = (
        item.name.en,
        item.item.replace("-", " "),
        item.outcome.credential.en,
        *(one.name.en for one in happenings),
    )
    written = _name(item.name.zh)
    return _Entry(
        found=_found(item, department, [one.id for one in happenings]),
        name=written,
        others=tuple(_name(name) for name in names),
        english=" ".join(english).lower(),
        sayings=said,
        about=" ".join((*item.replaces, item.kind, department.name.zh, department.short.zh, *item.who)).lower(),
        order=(written.spelt, item.item),
        pairs=frozenset().union(*(_pairs(text) for text in (item.name.zh, *names, *(words for _, words in said)))),
    )


def _found(item: Item, department: Department, happenings: Iterable[str]) -> FoundItem:
    return FoundItem(
        item=item.item,
        version=item.version,
        name=item.name,
        department=item.department,
        department_name=department.name,
        kind=item.kind,
        who=item.who,
        promise_days=item.promise_days,
        replaces=tuple(item.replaces),
        happenings=tuple(happenings),
        by_another=not (item.in_person or item.agent_not_beneficiary),
        in_rows=item.in_rows,
    )


def _name(text: str) -> _Name:
    syllables = [one.lower() for one in lazy_pinyin(text, style=Style.NORMAL)]
    syllables = [re.sub(r"[^a-z0-9]", "", one) for one in syllables]
    starts, spelt = set(), ""
    for one in syllables:
        starts.add(len(spelt))
        spelt += one
    initials = "".join(one[:1] for one in syllables)
    return _Name(written=text.lower(), spelt=spelt, starts=frozenset(starts), initials=initials)


def _pairs(text: str) -> frozenset[str]:
    signs = [sign for sign in text.lower() if sign.isalnum()]
    return frozenset(first + second for first, second in pairwise(signs))
