"""A word of a query taken apart: the ways in which parts of it may stand in what an item is called.

Chinese puts no spaces, so nothing is cut: each two neighbouring signs that say something are a way (了要 is rare and
means nothing), and so is each word of everyday speech with what it stands for (`everyday.SPEECH`). A way covers signs;
what covers them rarely says more than what often does.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mianzheng.catalogue.everyday import DOING, LONGEST_SAID, SPEECH

_DOING = frozenset(DOING)


class Way(msgspec.Struct, frozen=True):
    """Signs `start` to `end` (exclusive) of a word, found where one of `texts` stands.

    `doing`: it says what is to be done, not with what.
    """

    start: int
    end: int
    texts: tuple[str, ...]
    doing: bool = False


class Ways(msgspec.Struct, frozen=True):
    """All ways of one word. `silent`: the places of signs that say nothing, as 怎么 does."""

    length: int
    all: tuple[Way, ...]
    silent: frozenset[int]

    @property
    def telling(self) -> int:
        """Return how many signs say something."""
        return self.length - len(self.silent)

    @property
    def only_doing(self) -> bool:
        """Return whether nothing is said but what is to be done."""
        doing = {place for way in self.all if way.doing for place in range(way.start, way.end)}
        return len(doing | self.silent) == self.length


def ways_of(word: str) -> Ways:
    """Return the ways of a word in one form (`sought.whole_words`)."""
    said = tuple(_said(word))
    silent = frozenset(place for way in said if not way.texts for place in range(way.start, way.end))
    read = {place for way in said if way.end - way.start > 1 for place in range(way.start, way.end)}
    pairs = (
        Way(start, start + 2, (word[start : start + 2],))
        for start in range(len(word) - 1)
        if not {start, start + 1} & (read | silent)
    )
    return Ways(len(word), (*(way for way in said if way.texts), *pairs), silent)


def _said(word: str) -> Iterator[Way]:
    """Yield the words of everyday speech from the left, the longest at each place."""
    start = 0
    while start < len(word):
        for end in range(min(len(word), start + LONGEST_SAID), start, -1):
            if (texts := SPEECH.get(word[start:end])) is not None:
                yield Way(start, end, texts, word[start:end] in _DOING)
                start = end - 1
                break
        start += 1
