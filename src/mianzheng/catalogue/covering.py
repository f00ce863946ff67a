"""How much of a word stands in what each item is called, where the word as a whole stands nowhere.

Each sign of the word weighs as much as the rarest way over it (`ways`): 驾照 stands in few items, 办 in hundreds. An
item is worth the weight of what is covered in it by the weight of the word; what only sayings cover counts less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

from mianzheng.catalogue.sought import BESIDE, COVERED, ENOUGH, FEW, MOST, SAID, UNSEEN
from mianzheng.catalogue.ways import Ways, ways_of


class Texts:
    """The texts of all entries, by the single signs and the pairs of signs that stand in them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._at: dict[str, set[int]] = {}
        for place, text in enumerate(texts):
            for gram in {text[start : start + size] for size in (1, 2) for start in range(len(text) - size + 1)}:
                self._at.setdefault(gram, set()).add(place)

    def having(self, part: str) -> set[int]:
        """Return the places of the texts in which a part stands."""
        if len(part) <= 2:
            return self._at.get(part, set())
        pairs = [self._at.get(part[start : start + 2], set()) for start in range(len(part) - 1)]
        return {place for place in set.intersection(*pairs) if part in self._texts[place]}


class Covering:
    """Scores entries, given by what they are called and by what people say then; one of each for an entry."""

    def __init__(self, names: Sequence[str], said: Sequence[str]) -> None:
        self._names, self._said = Texts(names), Texts(said)
        self._count = len(names)

    def ranks(self, word: str) -> dict[int, int]:
        """Return what the entries in which enough of a word stands are worth, by their places."""
        ways = ways_of(word)
        having = [(self._having(self._names, way.texts), self._having(self._said, way.texts)) for way in ways.all]
        weights, whole = self._weigh(ways, [len(named | said) for named, said in having])
        covered: dict[int, list[float]] = {}
        told: set[int] = set()
        for way, weight, (named, said) in zip(ways.all, weights, having, strict=True):
            told |= set() if way.doing else named | said
            for places, worth in ((named, 1.0), (said, SAID)):
                for place in places:
                    signs = covered.setdefault(place, [0.0] * ways.length)
                    for sign in range(way.start, way.end):
                        signs[sign] = max(signs[sign], weight * worth)
        meant = covered.keys() if ways.only_doing else told
        shares = {place: sum(covered[place]) / whole for place in meant}
        least = max(MOST if ways.telling <= FEW else ENOUGH, BESIDE * max(shares.values(), default=0.0))
        return {place: round(COVERED * share) for place, share in shares.items() if share >= least}

    def _weigh(self, ways: Ways, seen: Sequence[int]) -> tuple[list[float], float]:
        """Return the weight of each way, by in how many entries it is seen, and of the word."""
        unseen = UNSEEN * log(self._count + 1)
        weights = [log((self._count + 1) / (count + 0.5)) if count else 0.0 for count in seen]
        signs = [0.0] * ways.length
        for way, weight in zip(ways.all, weights, strict=True):
            for sign in range(way.start, way.end):
                signs[sign] = max(signs[sign], weight)
        whole = sum(one or (0.0 if place in ways.silent else unseen) for place, one in enumerate(signs))
        return weights, whole

    @staticmethod
    def _having(texts: Texts, parts: Iterable[str]) -> set[int]:
        return set().union(*(texts.having(part) for part in parts))
