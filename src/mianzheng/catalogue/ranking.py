"""How well entries fit the words of a query: each word as it was typed, or covered by what an entry is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mianzheng.catalogue.covering import Covering
from mianzheng.catalogue.everyday import ENGLISH
from mianzheng.catalogue.search_entry import Entry
from mianzheng.catalogue.sought import ABOUT, CHINESE, PLACE, UNASKED, bare
from mianzheng.catalogue.ways import ways_of

_CHINESE = re.compile(CHINESE)


class Ranking:
    """Ranks of entries, by their places among those given."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._covering = Covering([entry.names for entry in entries], [entry.said for entry in entries])

    def ranks(self, words: Sequence[str]) -> dict[int, int]:
        """Return the ranks of the entries in which each word is found; no words: every entry, at 0."""
        if not words:
            return dict.fromkeys(range(len(self._entries)), 0)
        found = [self._found(word) for word in words]
        places = set.intersection(*(set(ranks) for ranks in found))
        asked = frozenset(text for word in words for way in ways_of(word).all for text in way.texts)
        asked = asked.union(*(ENGLISH.get(word, ()) for word in words))
        sums = {place: sum(ranks[place] for ranks in found) for place in places}
        return {
            place: max(rank - (0 if self._meant(self._entries[place], asked, words) else UNASKED), 0)
            for place, rank in sums.items()
        }

    def _found(self, word: str) -> dict[int, int]:
        """Return the rank of each entry in which a word is found."""
        latin = not _CHINESE.search(word)
        spoken = _spoken(word)
        least = 0 if latin or ways_of(word).telling else ABOUT  # what says nothing is not looked for in papers
        ranks = {} if latin else self._covering.ranks(word)
        found = {place: rank + self._entries[place].close(word) for place, rank in ranks.items()}
        for place, entry in enumerate(self._entries):
            typed = max([entry.rank(one, latin) - PLACE * later for later, one in enumerate(spoken)])
            if typed > found.get(place, least):
                found[place] = typed
        return found

    @staticmethod
    def _meant(entry: Entry, asked: frozenset[str], words: Sequence[str]) -> bool:
        """Return whether a name's 补领, 变更 and the like is in the query too; where it has none, nothing is missed."""
        return not entry.later or any(one in text for one in entry.later for text in (*asked, *words))


def _spoken(word: str) -> tuple[str, ...]:
    """Return what is looked for as typed: the word, then the English it stands for, or as that orders the word."""
    meant = tuple(one for one in ENGLISH.get(word, ()) if not _CHINESE.search(one))
    return meant if word in meant else (bare(word), *meant)
