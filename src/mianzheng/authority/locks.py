"""The lock 锁: while it is on nobody acts for its person, on no mandate and by no proof of anybody else's.

It stands where the number is known. Turning it on takes power away from others, so anybody seen as that person may,
at once; turning it off gives power back, so it needs level 3 and waits while a changed telephone or device freezes.
"""

from __future__ import annotations

import sqlite3

from mianzheng.authority import telephones
from mianzheng.authority.ports import Secrets
from mianzheng.mandates.refusals import MandateRefused

TABLE = "CREATE TABLE IF NOT EXISTS locks (subject TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID"


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the table of this module where it is missing."""
    connection.execute(TABLE)


def turn_on(connection: sqlite3.Connection, secrets: Secrets, number: str, *, at: int) -> bool:
    """Lock a number; False when it was locked already."""
    row = (_subject(secrets, number), at)
    return connection.execute("INSERT OR IGNORE INTO locks VALUES (?, ?)", row).rowcount == 1


def turn_off(connection: sqlite3.Connection, secrets: Secrets, number: str, *, at: int) -> bool:
    """Unlock a number; False when it was not locked, `MandateRefused` while it is frozen."""
    telephones.refuse_frozen(connection, secrets, number, at=at)
    return connection.execute("DELETE FROM locks WHERE subject = ?", (_subject(secrets, number),)).rowcount == 1


def locked_since(connection: sqlite3.Connection, secrets: Secrets, number: str) -> int:
    """Return when a number was locked (seconds since the epoch), 0 when it is not."""
    row = connection.execute("SELECT at FROM locks WHERE subject = ?", (_subject(secrets, number),)).fetchone()
    return 0 if row is None else int(row[0])


def refuse_locked(connection: sqlite3.Connection, secrets: Secrets, number: str) -> None:
    """Raise `MandateRefused` while nobody may act for a number."""
    if locked_since(connection, secrets, number):
        raise MandateRefused("mandate-locked", "this person has it locked that others act for them")


def _subject(secrets: Secrets, number: str) -> str:
    return secrets.pseudonym("lock", number)
