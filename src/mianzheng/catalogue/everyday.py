"""Words of everyday speech and the official words they stand for: `everyday.toml`, one small dated vocabulary.

A word that is said counts as found where itself or a word it stands for stands in what an item is called. Longer words
are read before shorter ones; a word of one sign stands for itself only where the table says so, since 车 also stands in
停车. The exported pages carry the same table (`mianzheng.site.finding`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec


class Everyday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: words with spaces between them; in the tables what is said → what it stands for."""

    as_of: date
    nothing: str
    english_nothing: str
    later: str
    doing: dict[str, str]
    matters: dict[str, str]
    papers: dict[str, str]
    people: dict[str, str]
    things: dict[str, str]
    english: dict[str, str]


def _meant(tables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return what each word of a table stands for."""
    return {word: tuple(official.split()) for said, official in tables.items() for word in said.split()}


def _with_itself(word: str, official: tuple[str, ...]) -> tuple[str, ...]:
    return official if len(word) == 1 or word in official else (word, *official)


EVERYDAY = msgspec.convert(tomllib.loads((Path(__file__).parent / "everyday.toml").read_text("utf-8")), Everyday)
_SAID = _meant(EVERYDAY.doing | EVERYDAY.matters | EVERYDAY.papers | EVERYDAY.people | EVERYDAY.things)
DOING = tuple(_meant(EVERYDAY.doing))  # 补办, 注销: finds nothing where it alone is found of what is said
SPEECH = {word: _with_itself(word, official) for word, official in _SAID.items()} | _meant({EVERYDAY.nothing: ""})
ENGLISH = _meant(EVERYDAY.english) | _meant({EVERYDAY.english_nothing: ""})
LATER = tuple(EVERYDAY.later.split())  # what is done to what one has: not meant where nothing in a query says so
LONGEST_SAID = max(len(word) for word in SPEECH)
