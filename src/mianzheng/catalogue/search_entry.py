"""An item made ready to be searched: what it is called, spelt and said, and how well one word of a query fits it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
from pypinyin import Style, lazy_pinyin

from mianzheng.catalogue.everyday import LATER
from mianzheng.catalogue.sought import (
    ABOUT,
    BEGINS,
    ELSEWHERE,
    FAMILIAR,
    NAMED,
    OTHER_NAME,
    PLACE,
    SAID_SO,
    SAME,
    SHORT,
    SPELT,
    WITHIN,
    called,
    sayings,
)
from mianzheng.model.facts import Department
from mianzheng.model.found_items import FoundItem
from mianzheng.model.guide import Guide
from mianzheng.model.item import Item

_IN_WORDS = re.compile(r"[^a-z0-9]+")


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A name as it is written, spelt (`gaolingjintie`, and where its syllables begin) and cut to initials (`gljt`)."""

    written: str
    spelt: str
    starts: frozenset[int]
    initials: str

    def rank(self, word: str, latin: bool) -> int:
        """Return how well a word fits, 0 where it does not stand here; among the like, the shorter name is better."""
        if word == self.written:
            return SAME
        if word in self.written:
            return (BEGINS if self.written.startswith(word) else NAMED) + SHORT * len(word) // len(self.written)
        return self._spelt(word) if latin else 0

    def _spelt(self, word: str) -> int:
        if word in (self.initials, self.spelt):
            return SPELT + 150
        if self.initials.startswith(word) or self.spelt.startswith(word):
            return SPELT + 100
        found = self.spelt.find(word)
        while found > 0:
            if found in self.starts:
                return SPELT
            found = self.spelt.find(word, found + 1)
        return SPELT - 50 if len(word) > 1 and word in self.initials else 0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One item."""

    found: FoundItem
    name: Name
    others: tuple[Name, ...]  # everyday names, the credential
    english: str  # the English name, then what else is English of it; in words, a line each, a space around each word
    sayings: tuple[tuple[int, str], ...]  # how people say what happened, by this item's place among what it opens
    about: str  # papers, department, kind
    order: tuple[str, str]
    names: str  # the name and the others, a line each
    latin: str  # the names, their spellings and initials, a line each
    said: str  # the sayings, a line each
    later: tuple[str, ...]  # what is done to what one has, as far as the name says it: 补领

    def rank(self, word: str, latin: bool) -> int:
        """Return how well a word fits as it was typed, 0 where it stands nowhere."""
        if named := self._named(word, latin):
            return named
        if latin and f" {word}" in self.english:
            return ELSEWHERE + self._english(word) + self.familiar
        if word in self.said:
            return max(_said(word, place, said) for place, said in self.sayings if word in said)
        return ABOUT if len(word) > 1 and word in self.about else 0

    def _english(self, word: str) -> int:
        name = self.english.partition("\n")[0]
        return 50 + (50 + SHORT * len(word) // len(name) if f" {word}" in name else 0) + 30 * (f" {word} " in name)

    @property
    def familiar(self) -> int:
        """What is added because people have names for it."""
        return FAMILIAR * min(len(self.others) - 1, 4)

    def close(self, word: str) -> int:
        """Return what is added where a word is covered here: for a short name, for a name that stands in the word."""
        short = SHORT * min(len(word), len(self.name.written)) // len(self.name.written)
        within = max((len(name) for name in self.names.split("\n") if len(name) > 1 and name in word), default=0)
        return short + WITHIN * within // len(word) + self.familiar

    def _named(self, word: str, latin: bool) -> int:
        if word not in (self.latin if latin else self.names):
            return 0
        return max(self.name.rank(word, latin), *(one.rank(word, latin) - OTHER_NAME for one in self.others), 0)


def _said(word: str, place: int, said: str) -> int:
    return (SAID_SO if word == said else ELSEWHERE) - PLACE * min(place, 9)


def entry_of(item: Item, departments: Mapping[str, Department], guide: Guide) -> Entry:
    """Return an item's entry; `guide` as in force on the day."""
    department = departments[item.department]
    happenings = [one for one in guide.happenings if item.item in one.items]
    names, said = called(item, guide), sayings(item, guide)
    english = (
        item.name.en,
        item.item.replace("-", " "),
        item.outcome.credential.en,
        *(one.name.en for one in happenings),
    )
    written, others = name_of(item.name.zh), tuple(name_of(name) for name in names)
    return Entry(
        found=_found(item, department, [one.id for one in happenings]),
        name=written,
        others=others,
        english="\n".join(f" {_IN_WORDS.sub(' ', text.lower()).strip()} " for text in english),
        sayings=said,
        about=" ".join((*item.replaces, item.kind, department.name.zh, department.short.zh, *item.who)).lower(),
        order=(written.spelt, item.item),
        names="\n".join((written.written, *names)),
        latin="\n".join(text for one in (written, *others) for text in (one.written, one.spelt, one.initials)),
        said="\n".join(words for _, words in said),
        later=tuple(word for word in LATER if word in written.written),
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
        approval=item.approval,
        replaces=tuple(item.replaces),
        happenings=tuple(happenings),
        by_another=not (item.in_person or item.agent_not_beneficiary),
        in_rows=item.in_rows,
    )


def name_of(text: str) -> Name:
    """Return a Chinese name in the forms it is looked for in."""
    syllables = [one.lower() for one in lazy_pinyin(text, style=Style.NORMAL)]
    syllables = [re.sub(r"[^a-z0-9]", "", one) for one in syllables]
    starts, spelt = set(), ""
    for one in syllables:
        starts.add(len(spelt))
        spelt += one
    initials = "".join(one[:1] for one in syllables)
    return Name(written=text.lower(), spelt=spelt, starts=frozenset(starts), initials=initials)
