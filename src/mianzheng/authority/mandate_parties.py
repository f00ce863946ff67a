"""Whose mandates are whose: for a party's own list. Parties are pseudonyms, of principals and agents apart."""

from __future__ import annotations

import sqlite3
from typing import Literal

import msgspec

from mianzheng.authority.ports import Secrets

Side = Literal["granted", "received"]
TABLES = (
    "CREATE TABLE IF NOT EXISTS mandate_parties (party TEXT NOT NULL, at INTEGER NOT NULL, mandate TEXT NOT NULL,"
    " PRIMARY KEY (party, at, mandate)) WITHOUT ROWID",
)
Place = tuple[int, str]  # when, and which mandate
NEWEST: Place = (2**62, "")


class _Parties(msgspec.Struct, frozen=True):
    principal: str
    agent: str


def create_tables(connection: sqlite3.Connection, secrets: Secrets) -> None:
    """Make the table where it is missing, with the mandates that were issued before it was there."""
    for statement in TABLES:
        connection.execute(statement)
    if connection.execute("SELECT 1 FROM mandate_parties LIMIT 1").fetchone() is not None:
        return
    for mandate, content in connection.execute("SELECT mandate, content FROM mandates").fetchall():
        kept = msgspec.json.decode(secrets.open("mandate", content, row=mandate), type=_Parties)
        add(connection, secrets, mandate, principal=kept.principal, agent=kept.agent, at=0)


def add(connection: sqlite3.Connection, secrets: Secrets, mandate: str, *, principal: str, agent: str, at: int) -> None:
    """Put a mandate into the lists of both its parties."""
    for side, number in (("granted", principal), ("received", agent)):
        row = (secrets.pseudonym(f"mandates-{side}", number), at, mandate)
        connection.execute("INSERT OR IGNORE INTO mandate_parties VALUES (?, ?, ?)", row)


def page_of(
    connection: sqlite3.Connection, secrets: Secrets, number: str, side: Side, *, before: Place = NEWEST, limit: int
) -> list[Place]:
    """Return a number's mandates on one side, newest first, each with when it was issued (seconds)."""
    query = (
        "SELECT at, mandate FROM mandate_parties WHERE party = ? AND (at, mandate) < (?, ?)"
        " ORDER BY at DESC, mandate DESC LIMIT ?"
    )
    values = (secrets.pseudonym(f"mandates-{side}", number), *before, limit)
    return [(int(at), str(mandate)) for at, mandate in connection.execute(query, values)]
