"""A hub's database filled with what a city leaves behind in years: other people's cases and ledger entries.

The rows are noise of the right shape and size: nobody can open them, nobody asks for them; they stand between a page
and the rows it wants. The tree is a true one, so that proofs have their real length. `crowd.fill` runs while nothing
folds the ledger (no worker).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg

from mianzheng.credentials.keys import KeyFolder
from mianzheng.ledger.heads import sign_head
from mianzheng.ledger.tree import fold, grow, peaks
from mianzheng.model.case import State

CHUNK = 50_000
ENTRY_BYTES = 300  # an encrypted entry of one answered question
PART_BYTES = 600
_ENDS = (State.DELIVERED, State.ENDED, State.REFUSED, State.WITHDRAWN)
_CASE_COLUMNS = (
    "id, owner, item, item_version, as_of, state, version, key_month, key_wrapped, opening, permission, outcome,"
    " authorisation, decision, decided_by, created_at, changed_at, settled_at, archived_at, handler"
)


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows are added."""

    cases: int = 200_000
    entries: int = 5_000_000
    people: int = 60_000


def fill(database_url: str, hub_keys: Path, crowd: Crowd) -> None:
    """Add the rows of a crowd to a hub's database and sign a head over the grown ledger."""
    with psycopg.connect(database_url) as connection:
        owners = [secrets.token_bytes(32) for _ in range(crowd.people)]
        _add_cases(connection, owners, crowd.cases)
        _add_entries(connection, owners, crowd.entries, hub_keys)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")


def _add_cases(connection: psycopg.Connection, owners: list[bytes], count: int) -> None:
    items = connection.execute("SELECT item, version FROM items WHERE status = 'published'").fetchall()
    begin = datetime.now(UTC) - timedelta(days=900)
    ids = [f"c{secrets.token_hex(12)}" for _ in range(count)]
    with connection.cursor().copy(f"COPY cases ({_CASE_COLUMNS}) FROM STDIN") as copy:
        for number, name in enumerate(ids):
            item, version = items[number % len(items)]
            state, made = _ENDS[number % len(_ENDS)], begin + timedelta(minutes=6 * number)
            noise = os.urandom(PART_BYTES)
            named = (name, owners[number % len(owners)], item, version, made.date(), state.value)
            sealed = (9, "2026-01", noise[:60], noise, noise, noise, secrets.token_hex(32))
            copy.write_row((*named, *sealed, "granted", "machine", made, made, made, made, ""))
    columns = "id, case_id, kind, party, wave, status, body, answer"
    with connection.cursor().copy(f"COPY requests ({columns}) FROM STDIN") as copy:
        for number, name in enumerate(ids):
            for _ in range(3):
                body = os.urandom(PART_BYTES)
                copy.write_row((f"r{secrets.token_hex(12)}", name, "answers", "gateway", 1, "answered", body, body))
            if number % 4 == 0:
                copy.write_row((f"d{secrets.token_hex(12)}", name, "decision", "gateway", 1, "answered", body, body))
    with connection.cursor().copy("COPY notices (case_id, kind, content, told_at) FROM STDIN") as copy:
        for number, name in enumerate(ids):
            copy.write_row((name, "delivered", os.urandom(200), begin + timedelta(minutes=6 * number)))
    with connection.cursor().copy("COPY participants (case_id, role, who, content) FROM STDIN") as copy:
        for number, name in enumerate(ids[::8]):
            copy.write_row((name, "spouse#1", owners[-number % len(owners)], os.urandom(200)))


def _add_entries(connection: psycopg.Connection, owners: list[bytes], count: int, hub_keys: Path) -> None:
    (start,) = connection.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM ledger_entries").fetchone() or (0,)
    frontier = _frontier(connection, start)
    for size in range(start, start + count, CHUNK):
        leaves = [os.urandom(32) for _ in range(min(CHUNK, start + count - size))]
        nodes = grow(frontier, size, leaves)
        _copy(
            connection,
            "ledger_entries (leaf, case_ref, subject, year, content, leaf_index)",
            _entries(leaves, size, owners),
        )
        _copy(connection, "tree_nodes (level, index, hash)", ((*at, node) for at, node in nodes.items()))
        known = frontier | nodes
        frontier = {at: known[at] for at in peaks(size + len(leaves))}
    root, now = fold([frontier[at] for at in peaks(start + count)]), datetime.now(UTC)
    signed = sign_head(
        "hub", size=start + count, root=root, at=int(now.timestamp()), key=KeyFolder(hub_keys).load("sign")
    )
    connection.execute(
        "INSERT INTO heads (size, root, signed, at) VALUES (%s, %s, %s, %s)", (start + count, root, signed, now)
    )


def _entries(leaves: list[bytes], start: int, owners: list[bytes]) -> Iterator[tuple[object, ...]]:
    for index, leaf in enumerate(leaves, start=start):
        yield leaf, os.urandom(32), owners[index % len(owners)], 2026, os.urandom(ENTRY_BYTES), index


def _frontier(connection: psycopg.Connection, size: int) -> dict[tuple[int, int], bytes]:
    found = {}
    for level, index in peaks(size):
        row = connection.execute(
            "SELECT hash FROM tree_nodes WHERE level = %s AND index = %s", (level, index)
        ).fetchone()
        assert row is not None, "a peak of the tree is missing"
        found[level, index] = row[0]
    return found


def _copy(connection: psycopg.Connection, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
