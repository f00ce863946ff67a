"""What an attempt leaves behind in a running city: lines of a department's own log, refusals in the hub's log."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mianzheng.credentials.keys import KeyFolder
from mianzheng.gateway.log import Line
from mianzheng.gateway.vault import Vault
from mianzheng.model.canonical import b64

_REFUSED = re.compile(r" refused (\S+) at (\S+) by (.+)$", re.MULTILINE)


class Traces:
    """The logs of one city, read as an inspector reads them."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def rows(self, party: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds in a department's state file."""
        folder = self.data / "gateways" / party.removeprefix("gateway-")
        with closing(sqlite3.connect(f"file:{folder / 'state.sqlite'}?mode=ro", uri=True)) as state:
            return state.execute(query, values).fetchall()

    def count(self, party: str) -> int:
        """How many lines a department's own log has."""
        return int(self.rows(party, "SELECT max(seq) FROM log")[0][0])

    def lines(self, party: str, *, after: int) -> list[Line]:
        """The lines of a department's own log after the first `after`, opened with its own key."""
        vault = Vault(KeyFolder(self.data / "keys" / party).load("log"))
        rows = self.rows(party, "SELECT content, leaf FROM log WHERE seq > ? ORDER BY seq", after)
        return [msgspec.json.decode(vault.open("log", content, row=b64(leaf)), type=Line) for content, leaf in rows]

    @contextmanager
    def at_hub(self, code: str, *handlers: str, known: bool = True) -> Iterator[None]:
        """Say that what is tried meanwhile leaves a refusal in the hub's log at each of these handlers, in order.

        `known`: whoever tried it was signed in, and so the lines are one somebody's.
        """
        log = self.data / "logs" / "hub.log"
        before = log.stat().st_size
        yield
        found = _REFUSED.findall(log.read_bytes()[before:].decode("utf-8"))
        assert [where for what, where, _ in found if what == code] == list(handlers), found
        who = {by for what, _, by in found if what == code}
        assert len(who) == 1 and (who != {"nobody"}) == known, found
