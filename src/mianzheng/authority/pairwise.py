"""Pairwise ids: each hub knows a person by an id of its own, and only the authority can go back."""

from __future__ import annotations

import sqlite3

from mianzheng.authority.ports import Secrets


def pairwise_id(secrets: Secrets, audience: str, number: str) -> str:
    """Return the id under which one audience knows a number; another audience gets another."""
    return secrets.pseudonym(f"pairwise:{audience}", number)


def remember_pairwise(
    connection: sqlite3.Connection, secrets: Secrets, audience: str, pairwise: str, number: str
) -> None:
    """Keep the way back from id to number, encrypted."""
    row = (audience, pairwise, secrets.shut("pairwise", number.encode(), row=f"{audience} {pairwise}"))
    connection.execute("INSERT OR IGNORE INTO pairwise VALUES (?, ?, ?)", row)


def number_behind(connection: sqlite3.Connection, secrets: Secrets, audience: str, pairwise: str) -> str | None:
    """Return the number behind an audience's id, None when it never signed in there."""
    query = "SELECT number FROM pairwise WHERE hub = ? AND pairwise = ?"
    row = connection.execute(query, (audience, pairwise)).fetchone()
    return None if row is None else secrets.open("pairwise", row[0], row=f"{audience} {pairwise}").decode()
