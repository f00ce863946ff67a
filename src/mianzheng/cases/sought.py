"""What somebody looks for in a list of cases: an item by its name, or a case by the beginning of its number."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.store.sought import NO_NUMBER, Sought

_NUMBER = re.compile(r"c[a-z2-7]{4,26}")  # fewer signs than five would begin too many


async def sought(hub: Hub, words: str) -> Sought | None:
    """Return which cases the words mean, None when nothing is looked for."""
    wanted = words.casefold().split()
    if not wanted:
        return None
    found: dict[str, None] = {}
    for row in await hub.library.rows():
        name = hub.library.item(row).name
        if all(word in f"{name.zh} {name.en} {row.item}".casefold() for word in wanted):
            found[row.item] = None
    return Sought(items=tuple(found), start=number_in(words))


def number_in(words: str) -> str:
    """Return the case number, or the beginning of one, that was typed; `NO_NUMBER` for anything else."""
    typed = words.strip().casefold()
    return typed if _NUMBER.fullmatch(typed) else NO_NUMBER


def among(found: Sought | None, items: Iterable[str]) -> Sought:
    """Return what is looked for among some items alone: all of theirs when nothing is."""
    if found is None:
        return Sought(items=tuple(items))
    here = set(items)
    return msgspec.structs.replace(found, items=tuple(one for one in found.items if one in here))
