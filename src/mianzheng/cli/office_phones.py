"""Telephones as the enrolment office enters them: a new one takes the place of the one before, which is told of it.

`phones` holds the telephone on record alone; `phone_changes` when it was entered and what it took the place of, so that
the authority tells the old one (`authority.phone_changes`). A telephone that was given up is forgotten after a month.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from mianzheng.authority.telephones import FROZEN_SECONDS

TABLES = (
    "CREATE TABLE IF NOT EXISTS phones (number TEXT NOT NULL, phone TEXT NOT NULL, held_since TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS phone_changes (number TEXT PRIMARY KEY, old TEXT NOT NULL, old_at INTEGER NOT NULL,"
    " at INTEGER NOT NULL)",
)
KEPT_SECONDS = 30 * 86_400  # what was given up


def enter(enrolment: sqlite3.Connection, number: str, phone: str, *, held_since: date, at: int) -> str:
    """Put a telephone on record at `at` (seconds); return the one whose place it took, "" for none.

    Entered again, a telephone that took another's place within three days keeps that one in mind.
    """
    before = _first(enrolment, "SELECT phone FROM phones WHERE number = ? ORDER BY rowid DESC LIMIT 1", number)
    change = _first(enrolment, "SELECT old, old_at, at FROM phone_changes WHERE number = ?", number) or ("", 0, 0)
    old, old_at = (str(before[0]) if before else ""), int(change[2])
    if old == phone:
        recent = at - int(change[2]) < FROZEN_SECONDS
        old, old_at = (str(change[0]), int(change[1])) if recent else ("", int(change[2]))
    enrolment.execute("DELETE FROM phones WHERE number = ?", (number,))
    enrolment.execute("INSERT INTO phones VALUES (?, ?, ?)", (number, phone, held_since.isoformat()))
    enrolment.execute("INSERT OR REPLACE INTO phone_changes VALUES (?, ?, ?, ?)", (number, old, old_at, at))
    enrolment.execute("UPDATE phone_changes SET old = '' WHERE at < ?", (at - KEPT_SECONDS,))
    return old


def _first(enrolment: sqlite3.Connection, query: str, number: str) -> tuple[Any, ...] | None:
    found: tuple[Any, ...] | None = enrolment.execute(query, (number,)).fetchone()
    return found
