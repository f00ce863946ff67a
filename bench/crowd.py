"""A hub's database filled with what a city leaves behind in years: other people's cases and ledger entries.

The rows are noise of the right shape and size: nobody can open them, nobody asks for them; they stand between a page
and the rows it wants. The tree is a true one, so that proofs have their real length. `fill` runs while nothing folds
the ledger (no worker).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg

from bench.copying import copy_rows, without_indexes
from bench.crowd_cases import add_cases
from bench.crowd_people import add_people
from mianzheng.credentials.keys import KeyFolder
from mianzheng.ledger.heads import sign_head
from mianzheng.ledger.tree import fold, grow, peaks

CHUNK = 50_000
ENTRY_BYTES = 300  # an encrypted entry of one answered question
YEARS = (2024, 2025, 2026)


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows are added."""

    cases: int = 200_000
    entries: int = 5_000_000
    people: int = 60_000


SMALL = Crowd(cases=20_000, entries=500_000, people=6_000)


def is_full(database_url: str, crowd: Crowd) -> bool:
    """Tell whether a crowd was added to this database before."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM ledger_entries").fetchone()
    return row is not None and int(row[0]) >= crowd.entries


def is_witnessed(database_url: str, crowd: Crowd) -> bool:
    """Tell whether a witness has signed a head over the crowd's entries."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT coalesce(max(size), 0) FROM cosignatures").fetchone()
    return row is not None and int(row[0]) >= crowd.entries


def fill(database_url: str, hub_keys: Path, crowd: Crowd) -> None:
    """Add the rows of a crowd to a hub's database and sign a head over the grown ledger."""
    with psycopg.connect(database_url) as connection:
        owners = [secrets.token_bytes(32) for _ in range(crowd.people)]
        add_cases(connection, owners, crowd.cases)
        add_people(connection, owners, YEARS)
        with without_indexes(connection, "ledger_entries"):
            _add_entries(connection, owners, crowd.entries, hub_keys)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")


def _add_entries(connection: psycopg.Connection, owners: list[bytes], count: int, hub_keys: Path) -> None:
    (start,) = connection.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM ledger_entries").fetchone() or (0,)
    frontier = _frontier(connection, start)
    for size in range(start, start + count, CHUNK):
        leaves = [os.urandom(32) for _ in range(min(CHUNK, start + count - size))]
        nodes = grow(frontier, size, leaves)
        columns = "ledger_entries (leaf, case_ref, subject, year, content, leaf_index)"
        copy_rows(connection, columns, _entries(leaves, size, owners))
        copy_rows(connection, "tree_nodes (level, index, hash)", ((*at, node) for at, node in nodes.items()))
        known = frontier | nodes
        frontier = {at: known[at] for at in peaks(size + len(leaves))}
    root, now = fold([frontier[at] for at in peaks(start + count)]), datetime.now(UTC)
    key = KeyFolder(hub_keys).load("sign")
    signed = sign_head("hub", size=start + count, root=root, at=int(now.timestamp()), key=key)
    connection.execute(
        "INSERT INTO heads (size, root, signed, at) VALUES (%s, %s, %s, %s)", (start + count, root, signed, now)
    )


def _entries(leaves: list[bytes], start: int, owners: list[bytes]) -> Iterator[tuple[object, ...]]:
    for index, leaf in enumerate(leaves, start=start):
        yield leaf, os.urandom(32), owners[index % len(owners)], YEARS[-1], os.urandom(ENTRY_BYTES), index


def _frontier(connection: psycopg.Connection, size: int) -> dict[tuple[int, int], bytes]:
    found = {}
    for level, index in peaks(size):
        row = connection.execute(
            "SELECT hash FROM tree_nodes WHERE level = %s AND index = %s", (level, index)
        ).fetchone()
        assert row is not None, "a peak of the tree is missing"
        found[level, index] = row[0]
    return found
