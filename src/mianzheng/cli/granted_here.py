"""Whom a department of this city has granted a payment already: it grants nobody twice (docs/decisions/0031).

The grants stand in the gateway's own state under pseudonyms. Only who runs the city, and so holds the gateway's key,
can tell whose they are.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from mianzheng.city.people import Expected
from mianzheng.credentials.keys import KeyFolder
from mianzheng.gateway.config import FILE, read_config
from mianzheng.gateway.grants import pseudonym, standing
from mianzheng.gateway.vault import Vault
from mianzheng.model.item import Item


class GrantedHere:
    """The payments that a department's gateway granted and that stand: none in a city that has no gateways yet."""

    def __init__(self, data: Path, department: str) -> None:
        """Read the grants that stand now."""
        folder = data / "gateways" / department
        self._standing: frozenset[str] = frozenset()
        if not (folder / FILE).exists():
            return
        config = read_config(folder)
        if not Path(config.state).exists():
            return
        with closing(sqlite3.connect(f"file:{config.state}?mode=ro", uri=True)) as state:
            self._standing = standing(state, at=int(time.time()))
        if self._standing:
            self._vault = Vault(KeyFolder(Path(config.keys)).load("log"))

    def __len__(self) -> int:
        """Return how many stand, of all items of the department."""
        return len(self._standing)

    def holds(self, item: str, *numbers: str) -> bool:
        """Tell whether the payment of this item for these people and things was granted."""
        return bool(self._standing) and pseudonym(self._vault, item, *numbers) in self._standing

    def left(self, item: Item, people: Iterable[Expected]) -> tuple[Expected, ...]:
        """Return the people without those who are to be granted what was granted already."""
        return tuple(
            one for one in people if one.expect != "granted" or not self.holds(item.item, *_paid_for(item, one))
        )


def _paid_for(item: Item, one: Expected) -> tuple[str, ...]:
    """Return for whom it is paid, as the gateway reckons it (`gateway.grants.benefit`)."""
    whose = item.outcome.pay.whose if item.outcome.pay else ""
    if whose:
        return (one.choose.get(whose, one.resident),)
    return (one.resident, *one.choose.values())
