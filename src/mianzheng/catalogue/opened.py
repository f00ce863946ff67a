"""What a happening opens, in the order in which the city names it, where nobody asks for words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mianzheng.catalogue.search import Index, Wanted
from mianzheng.model.found_items import FoundItems, HappeningLine


def find_opened(index: Index, wanted: Wanted, happenings: Sequence[HappeningLine]) -> FoundItems:
    """Return a page of what fits: of a happening alone in its own order, the most wanted first; else as `Index.find`.

    `happenings`: those in force on the day of the index. An `after` that no page named begins anew.
    """
    happened = next((one for one in happenings if one.id == wanted.happening), None)
    if happened is None or wanted.words.strip():
        return index.find(wanted)
    places = {item: place for place, item in enumerate(happened.items)}
    every = index.find(msgspec.structs.replace(wanted, after="", limit=len(index.all()))).items
    fitting = tuple(sorted(every, key=lambda one: places.get(one.item, len(places))))
    start = 1 + next((place for place, one in enumerate(fitting) if one.item == wanted.after), -1)
    page = fitting[start : start + wanted.limit]
    more = start + wanted.limit < len(fitting)
    return FoundItems(items=page, total=len(fitting), next=page[-1].item if more else "")
