"""Rows of presences: begun, passed or failed, bound to one case; failures that lock; notices to the person.

No number stands in any row: subjects are pseudonyms of this purpose, contents are encrypted.
"""

from __future__ import annotations

import sqlite3

import msgspec

from mianzheng.authority.ports import Secrets
from mianzheng.authority.typed import Form
from mianzheng.model.presence import PRESENCE_SECONDS

DAY = 86_400
LOCK_DAYS, LOCK_FAILURES = 30, 3
OPEN_SECONDS = 600  # to answer in

TABLES = (
    "CREATE TABLE IF NOT EXISTS presences (presence TEXT PRIMARY KEY, state TEXT NOT NULL, subject TEXT NOT NULL,"
    " staff TEXT NOT NULL, content BLOB NOT NULL, tries INTEGER NOT NULL, bound TEXT NOT NULL, at INTEGER NOT NULL,"
    " until INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS presences_staff ON presences (staff, at)",
    "CREATE INDEX IF NOT EXISTS presences_subject ON presences (subject, at)",
    "CREATE TABLE IF NOT EXISTS presence_failures (subject TEXT NOT NULL, at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS failures_subject ON presence_failures (subject, at)",
    "CREATE TABLE IF NOT EXISTS notices (notice INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL,"
    " content BLOB NOT NULL, at INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0)",
)


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What a row holds, encrypted: who is meant, who vouches, and what would be right."""

    number: str
    audience: str
    method: str  # window, call, face
    level: int
    clerk: str  # thumbprint
    staff: tuple[str, ...]
    forms: tuple[Form, ...] = ()
    accepted: tuple[tuple[str, ...], ...] = ()  # keyed digests


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it stands; `until`: to answer in, and once passed, to open a case in."""

    presence: str
    state: str
    subject: str
    content: Presence
    tries: int
    bound: str
    until: int


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this module where they are missing."""
    for statement in TABLES:
        connection.execute(statement)


def subject_of(secrets: Secrets, number: str) -> str:
    """Return the pseudonym under which presences of a number stand."""
    return secrets.pseudonym("presence", number)


def begin(connection: sqlite3.Connection, secrets: Secrets, presence: str, content: Presence, *, at: int) -> None:
    """Add a presence that waits for its answers."""
    shut = secrets.shut("presence", msgspec.json.encode(content), row=presence)
    subject = subject_of(secrets, content.number)
    values = (presence, "open", subject, content.staff[0], shut, 0, "", at, at + OPEN_SECONDS)
    connection.execute("INSERT INTO presences VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def find(connection: sqlite3.Connection, secrets: Secrets, presence: str) -> Row | None:
    """Return a presence, None when there is none of that id."""
    query = "SELECT state, subject, content, tries, bound, until FROM presences WHERE presence = ?"
    row = connection.execute(query, (presence,)).fetchone()
    if row is None:
        return None
    opened = secrets.open("presence", row[2], row=presence)
    content = msgspec.json.decode(opened, type=Presence)
    return Row(
        presence=presence, state=row[0], subject=row[1], content=content, tries=row[3], bound=row[4], until=row[5]
    )


def try_once(connection: sqlite3.Connection, presence: str, *, most: int, at: int) -> bool:
    """Count one try; False when the presence is no longer open."""
    query = "UPDATE presences SET tries = tries + 1 WHERE presence = ? AND state = 'open' AND until > ? AND tries < ?"
    return connection.execute(query, (presence, at, most)).rowcount == 1


def settle(connection: sqlite3.Connection, presence: str, state: str, *, at: int) -> None:
    """Let a presence pass, for a case within half an hour, or fail."""
    until = at + PRESENCE_SECONDS if state == "passed" else at
    connection.execute("UPDATE presences SET state = ?, until = ? WHERE presence = ?", (state, until, presence))


def bind(connection: sqlite3.Connection, presence: str, case: str, *, at: int) -> bool:
    """Bind a presence that passed to the one case it may open; False for a second case, or too late."""
    query = "UPDATE presences SET bound = ? WHERE presence = ? AND state = 'passed' AND until > ? AND bound IN ('', ?)"
    return connection.execute(query, (case, presence, at, case)).rowcount == 1


def fail(connection: sqlite3.Connection, subject: str, *, at: int) -> bool:
    """Count a failure; True when this one locks. One who is locked is not locked longer by trying."""
    if locked(connection, subject, at=at):
        return False
    connection.execute("INSERT INTO presence_failures VALUES (?, ?)", (subject, at))
    return locked(connection, subject, at=at)


def locked(connection: sqlite3.Connection, subject: str, *, at: int) -> bool:
    """Tell whether three failures lie within the last thirty days."""
    query = "SELECT count(*) FROM presence_failures WHERE subject = ? AND at > ?"
    (failures,) = connection.execute(query, (subject, at - LOCK_DAYS * DAY)).fetchone()
    return bool(failures >= LOCK_FAILURES)


def begun_by(connection: sqlite3.Connection, staff: str, *, at: int) -> int:
    """Return how many presences one member of staff began within a day."""
    query = "SELECT count(*) FROM presences WHERE staff = ? AND at > ?"
    return int(connection.execute(query, (staff, at - DAY)).fetchone()[0])


def begun_for(connection: sqlite3.Connection, subject: str, *, at: int) -> int:
    """Return how many presences of one person began within a day."""
    query = "SELECT count(*) FROM presences WHERE subject = ? AND at > ?"
    return int(connection.execute(query, (subject, at - DAY)).fetchone()[0])


def tell(connection: sqlite3.Connection, secrets: Secrets, number: str, words: str, *, at: int) -> int:
    """Add a notice for the person, to be brought by another channel than the window's; return its number."""
    subject = secrets.pseudonym("notice", number)
    shut = secrets.shut("notice", words.encode(), row=f"{subject} {at}")
    added = connection.execute("INSERT INTO notices (subject, content, at) VALUES (?, ?, ?)", (subject, shut, at))
    return int(added.lastrowid or 0)


def sent(connection: sqlite3.Connection, notice: int) -> None:
    """Keep that a notice left by another channel; the others stay for a letter."""
    connection.execute("UPDATE notices SET sent = 1 WHERE notice = ?", (notice,))


def notices_of(connection: sqlite3.Connection, secrets: Secrets, number: str) -> tuple[tuple[int, str], ...]:
    """Return time and words of every notice for a person, oldest first."""
    subject = secrets.pseudonym("notice", number)
    rows = connection.execute("SELECT content, at FROM notices WHERE subject = ? ORDER BY notice", (subject,))
    return tuple((at, secrets.open("notice", content, row=f"{subject} {at}").decode()) for content, at in rows)


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop presences a month old, failures that lock no more, notices of two years."""
    connection.execute("DELETE FROM presences WHERE at < ?", (at - LOCK_DAYS * DAY,))
    connection.execute("DELETE FROM presence_failures WHERE at < ?", (at - LOCK_DAYS * DAY,))
    connection.execute("DELETE FROM notices WHERE at < ?", (at - 2 * 365 * DAY,))
