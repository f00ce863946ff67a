"""JSON of signed texts, read strictly: a member named twice could mean two things to two readers.

msgspec and the standard library both keep the last of two members of one name. Canonical bytes
cannot hold such a pair, so the quick check is to write the value again and compare; only text
that is not canonical (another issuer's, a browser's) is read a second time with the slow check.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec

from mianzheng.model.canonical import canonical

T = TypeVar("T")


def parse(data: bytes, *, type: type[T]) -> T:
    """Return JSON bytes as `type`; `ValueError` for malformed text, another shape or a member named twice."""
    try:
        value: T = _decoder(cast(Hashable, type)).decode(data)
        if not _is_canonical(value, data):
            json.loads(data, object_pairs_hook=_without_duplicates)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def parse_object(data: bytes) -> dict[str, object]:
    """Return the members of a JSON object; `ValueError` for anything else."""
    return parse(data, type=dict[str, object])


@lru_cache(maxsize=256)
def _decoder(type: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type)  # making one costs three times what using it does


def _is_canonical(value: object, data: bytes) -> bool:
    try:
        return canonical(value) == data
    except OverflowError:  # msgspec reads integers past 64 bits but does not write them
        return False


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members
