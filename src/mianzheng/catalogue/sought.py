"""What a search for an item goes by, shared by the hub's search and the script of the exported pages.

How a query is taken apart, what an item is called and what people say when it is meant, and what each place is worth.
The expressions mean the same in Python and in JavaScript: the pages carry them (`mianzheng.site.finding`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from mianzheng.catalogue.everyday import ENGLISH
from mianzheng.model.guide import Guide
from mianzheng.model.item import Item

LONGEST = 100  # characters of a query that are read
CHINESE = "[\u4e00-\u9fff]"
SPLIT = r"[\s,.;:!?，。；：！？、（）()《》“”\"'/·—-]+"
POLITE = "^(我要|我想|想要|想|帮我|请问|怎么|如何|办理|申请|申领|办|领|查)+|(怎么办|怎么|如何|办理|了|吗|呢|的)+$"
ENOUGH = 0.25  # of a word's weight, where nothing stands there as it was typed (`covering`)
FEW, MOST = 4, 0.5  # of a word of so few telling signs so much must stand there
BESIDE = 0.5  # of what is best covered counts still beside it
WITHIN = 80  # more for a whole name that stands within the word, by its share of it
FAMILIAR = 8  # more for each everyday name, four at most: people ask for what they have names for
UNSEEN = 0.6  # of the weight of what stands in one entry weighs what stands in none
OTHER_NAME = 40  # an everyday name is worth this much less than the name itself
SAME, BEGINS, NAMED, COVERED, SPELT, ELSEWHERE, ABOUT = 1000, 840, 800, 740, 600, 450, 100
SAID = 0.45  # of what is covered in a name is worth what people say then
SAID_SO = 700  # what people say then, word for word
PLACE = 10  # less for each place among what a happening opens
SHORT = 30  # more for a name that says little else
UNASKED = 90  # less where the name says 补领, 变更 and the like, and the query does not
_SPLIT, _POLITE = re.compile(SPLIT), re.compile(POLITE)


def whole_words(text: str) -> tuple[str, ...]:
    """Return the words of a query in one form: half-width, small letters; of English without what says nothing."""
    return _telling(_SPLIT.split(_plain(text)))


def sentences(text: str) -> tuple[str, ...]:
    """Return what a query says between spaces, signs left out; read where no item has each word of 当兵回来，想创业."""
    return _telling(_SPLIT.sub("", one) for one in _plain(text).split())


def bare(word: str) -> str:
    """Return a word without what politeness puts around, itself where nothing else is in it."""
    return _POLITE.sub("", word) or word


def _plain(text: str) -> str:
    seen = "".join(sign for sign in text[:LONGEST] if unicodedata.category(sign) != "Cf")  # copied along, unseen
    return unicodedata.normalize("NFKC", seen).lower()


def _telling(parts: Iterable[str]) -> tuple[str, ...]:
    words = tuple(word for word in parts if word)
    return tuple(word for word in words if ENGLISH.get(word) != ()) or words


def called(item: Item, guide: Guide) -> tuple[str, ...]:
    """Return what an item is called beside its name, in small letters: everyday names, then what it gives."""
    names = (*guide.also_called.get(item.item, ()), item.outcome.credential.zh)
    return tuple(name.lower() for name in names)


def sayings(item: Item, guide: Guide) -> tuple[tuple[int, str], ...]:
    """Return how people say what happened, in small letters, by the item's place among what that opens."""
    happened = [one for one in guide.happenings if item.item in one.items]
    said = ((one.items.index(item.item), words.lower()) for one in happened for words in (one.name.zh, *one.words))
    return tuple(sorted(said))
