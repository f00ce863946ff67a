"""What items there are and what they are called: read from the hub's public list, and kept for an hour."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Protocol

import msgspec

from mianzheng.model.errors import Unavailable
from mianzheng.model.found_items import FoundItem, FoundItems

SECONDS = 5.0
KEPT_SECONDS = 3600.0
MOST_BYTES = 4_194_304
MOST_PAGES = 50


class Offered(Protocol):
    """The items of a hub."""

    def items(self, hub: str) -> tuple[FoundItem, ...]:
        """Return the items in force at a hub; `Unavailable` while it does not answer."""


class HubItems:
    """The items of the hubs of this site; thread-safe."""

    def __init__(self, hubs: Mapping[str, str]) -> None:
        """`hubs`: their origins by party."""
        self._hubs = hubs
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, tuple[FoundItem, ...]]] = {}

    def items(self, hub: str) -> tuple[FoundItem, ...]:
        """Return the items in force at a hub; `Unavailable` while it does not answer."""
        with self._lock:
            at, found = self._kept.get(hub, (0.0, ()))
            if not found or time.monotonic() - at > KEPT_SECONDS:
                found = _fetch(self._hubs[hub])
                self._kept[hub] = (time.monotonic(), found)
            return found


def _fetch(origin: str) -> tuple[FoundItem, ...]:
    found: list[FoundItem] = []
    after = ""
    for _ in range(MOST_PAGES):
        page = _page(f"{origin}/api/items/search?" + urllib.parse.urlencode({"limit": 100, "after": after}))
        found += page.items
        after = page.next
        if not after:
            return tuple(found)
    return tuple(found)


def _page(url: str) -> FoundItems:
    if not url.startswith(("https://", "http://localhost:", "http://127.0.0.1:")):
        raise Unavailable("the hub's address is neither https nor of this very machine")
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return msgspec.json.decode(answer.read(MOST_BYTES), type=FoundItems)
    except (urllib.error.URLError, OSError, msgspec.MsgspecError):
        raise Unavailable("the list of services cannot be read now", hint="try again in a moment") from None
