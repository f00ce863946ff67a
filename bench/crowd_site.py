"""An authority's state filled with what other people leave there: known to the hub, keys, mandates, their own lists."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

DAY = 86_400
LINES = 20  # of each person's own list
_TABLES = {
    "pairwise": "(hub, pairwise, number) VALUES ('hub', ?, ?)",
    "own_keys": "(thumbprint, subject, kind, credential, content, at) VALUES (?, ?, 'passkey', ?, ?, ?)",
    "own_phones": "(subject, content) VALUES (?, ?)",
    "site_sessions": "(session, content, until) VALUES (?, ?, ?)",
    "mandates": "(mandate, content, status_index, agent, clerk, until) VALUES (?, ?, ?, ?, '', ?)",
    "mandate_parties": "(party, at, mandate) VALUES (?, ?, ?)",
    "mandate_cases": '(mandate, "case", content, until) VALUES (?, ?, ?, ?)',
    "notices": "(subject, content, at) VALUES (?, ?, ?)",
    "log": "(kind, at, request, entry, sheet, subject, salt, content, leaf) VALUES ('bundle', ?, ?, ?, '', ?, ?, ?, ?)",
}
Rows = Iterator[tuple[object, ...]]


def fill_site(state: Path, people: int) -> None:
    """Add the rows of so many people to a gateway's state file, while its process runs."""
    at = int(time.time())
    with sqlite3.connect(state, timeout=60) as connection:
        rows = {"pairwise": _pairwise(people), "own_keys": _keys(people, at), "own_phones": _pairs(people, 80)}
        rows |= {"site_sessions": _sessions(people, at), "notices": _notices(people, at), "log": _lines(people, at)}
        for table, found in rows.items():
            _add(connection, table, found)
        _mandates(connection, people, at)
        connection.execute("ANALYZE")
    connection.close()


def _add(connection: sqlite3.Connection, table: str, rows: Rows) -> None:
    connection.executemany(f"INSERT INTO {table} {_TABLES[table]}", rows)


def _mandates(connection: sqlite3.Connection, people: int, at: int) -> None:
    """One of each person's mandates in the lists of both its parties, with one case done on it."""
    (first,) = connection.execute("SELECT coalesce(max(status_index), 0) + 1 FROM mandates").fetchone()
    named = [secrets.token_urlsafe(32) for _ in range(people)]
    until = at + 90 * DAY
    rows = ((one, os.urandom(1500), first + n, _name(), until) for n, one in enumerate(named))
    _add(connection, "mandates", rows)
    _add(connection, "mandate_parties", ((_name(), at - n, one) for n, one in enumerate(named) for _ in range(2)))
    _add(connection, "mandate_cases", ((one, _name(), os.urandom(200), until) for one in named))


def _pairwise(people: int) -> Rows:
    yield from ((_name(), os.urandom(46)) for _ in range(people))


def _keys(people: int, at: int) -> Rows:
    yield from ((_name(), _name(), _name(), os.urandom(300), at) for _ in range(people))


def _pairs(people: int, size: int) -> Rows:
    yield from ((_name(), os.urandom(size)) for _ in range(people))


def _sessions(people: int, at: int) -> Rows:
    yield from ((_name(), os.urandom(120), at + DAY) for _ in range(people // 3))


def _notices(people: int, at: int) -> Rows:
    yield from ((_name(), os.urandom(200), at) for _ in range(people))


def _lines(people: int, at: int) -> Rows:
    named = [_name() for _ in range(people)]
    for number in range(LINES):
        yield from (
            (at - number, _name(), _name(), one, os.urandom(16), os.urandom(200), os.urandom(32)) for one in named
        )


def _name() -> str:
    return secrets.token_urlsafe(32)
