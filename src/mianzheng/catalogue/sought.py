"""What a search for an item goes by, shared by the hub's search and the script of the exported pages.

How a query is taken apart, what an item is called and what people say when it is meant, and what each place is worth.
The expressions mean the same in Python and in JavaScript: the pages carry them (`mianzheng.site.finding`).
"""

from __future__ import annotations

import re
import unicodedata

from mianzheng.model.guide import Guide
from mianzheng.model.item import Item

LONGEST = 100  # characters of a query that are read
CHINESE = "[\u4e00-\u9fff]"
SPLIT = r"[\s,.;:!?，。；：！？、（）()《》“”\"'/·—-]+"
POLITE = "^(我要|我想|想要|想|帮我|请问|怎么|如何|办理|申请|申领|办|领|查)+|(怎么办|怎么|如何|办理|了|吗|呢|的)+$"
ENOUGH = 0.4  # of a query's pairs of signs, where nothing stands there as it was typed
OTHER_NAME = 5  # an everyday name is worth this much less than the name itself
SAME, BEGINS, NAMED, SPELT, ELSEWHERE, ABOUT, ALIKE = 100, 90, 80, 60, 45, 30, 20
_SPLIT, _POLITE = re.compile(SPLIT), re.compile(POLITE)


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a query in one form: half-width, small letters, without what politeness puts around."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    words = [word for word in _SPLIT.split(plain) if word]
    return tuple(_POLITE.sub("", word) or word for word in words)


def called(item: Item, guide: Guide) -> tuple[str, ...]:
    """Return what an item is called beside its name, in small letters: everyday names, then what it gives."""
    names = (*guide.also_called.get(item.item, ()), item.outcome.credential.zh)
    return tuple(name.lower() for name in names)


def sayings(item: Item, guide: Guide) -> tuple[tuple[int, str], ...]:
    """Return how people say what happened, in small letters, by the item's place among what that opens."""
    happened = [one for one in guide.happenings if item.item in one.items]
    said = ((one.items.index(item.item), words.lower()) for one in happened for words in (one.name.zh, *one.words))
    return tuple(sorted(said))
