"""Who is enrolled: number, name and the keys they may sign with; a file that the department's own office writes.

Table `enrolled(number, name, thumbprint, kind, level)`: `kind` of the key is passkey or software,
`level` the presence (1 to 3) at which it was enrolled. Who has a name and no key has `kind` none.
Tables `phones(number, phone, held_since)` (days as YYYY-MM-DD; the row written last counts) and `faces(number,
template)` may be missing: then nobody is called back or matched; so may `phone_changes(number, old, old_at, at)`: when
the office entered that telephone, which one it took the place of ("" for none), and when it had entered that one
(seconds); and `protected(number, until)`: who has a protection order, to which day. Table `staff(thumbprint, number)`:
whose a department's staff key is, for avoidance 回避. Opened read-only.
"""

from __future__ import annotations

import sqlite3
import threading
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from mianzheng.model.errors import MianzhengError


class BadEnrolment(MianzhengError):
    """The enrolment file is missing or has another shape."""

    code = "bad-enrolment"


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """One enrolled key of a person or body."""

    number: str
    name: str
    thumbprint: str
    kind: str
    level: int

    def __repr__(self) -> str:
        """Return a text without the person."""
        return f"Enrolled(thumbprint={self.thumbprint!r})"


class EnteredPhone(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone as the office entered it at `at`, in place of `old` ("" for none) that it had entered at `old_at`.

    Times are seconds since the epoch, 0 where the file does not say.
    """

    phone: str
    since: date  # held by its person
    old: str
    old_at: int
    at: int

    def __repr__(self) -> str:
        """Return a text without the telephones."""
        return f"EnteredPhone(at={self.at})"


class Enrolment:
    """The open enrolment file; thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open the file read-only; `BadEnrolment` when it is missing or of another shape."""
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
            self._connection.execute("SELECT number, name, thumbprint, kind, level FROM enrolled LIMIT 0")
        except sqlite3.Error as error:
            raise BadEnrolment(f"{path}: {error}", hint="`mianzheng city build` writes it for the demo") from None

    def keys_of(self, number: str) -> tuple[Enrolled, ...]:
        """Return the enrolled keys of a number; none for an unknown one."""
        query = "SELECT number, name, thumbprint, kind, level FROM enrolled WHERE number = ? AND kind <> 'none'"
        return tuple(
            Enrolled(number=n, name=a, thumbprint=t, kind=k, level=v) for n, a, t, k, v in self._rows(query, number)
        )

    def name_of(self, number: str) -> str:
        """Return the name of a number, whether it has a key or not; "" for an unknown one."""
        return self._text("SELECT name FROM enrolled WHERE number = ?", number)

    def phone_of(self, number: str) -> EnteredPhone | None:
        """Return the telephone that the office entered last for a number, however long it is held; None for none."""
        found = self._found("SELECT phone, held_since FROM phones WHERE number = ? ORDER BY rowid DESC LIMIT 1", number)
        if not found:
            return None
        change = self._found("SELECT old, old_at, at FROM phone_changes WHERE number = ?", number)
        old, old_at, at = change[0] if change else ("", 0, 0)
        phone, since = found[0]
        return EnteredPhone(phone=str(phone), since=_day(str(since)), old=str(old), old_at=int(old_at), at=int(at))

    def phones_changed(self, *, since: int) -> tuple[tuple[str, int], ...]:
        """Return whose telephones the office entered at a time (seconds) or later, and when, oldest first."""
        query = "SELECT number, at FROM phone_changes WHERE at >= ? ORDER BY at"
        return tuple((str(number), int(at)) for number, at in self._found(query, since))

    def template_of(self, number: str) -> str:
        """Return the reference of a number's face template at the comparer, "" for none."""
        return self._text("SELECT template FROM faces WHERE number = ?", number)

    def is_protected(self, number: str, *, on: date) -> bool:
        """Tell whether a protection order of this number is in force on a day."""
        return self._text("SELECT number FROM protected WHERE number = ? AND until >= ?", number, on.isoformat()) != ""

    def _text(self, query: str, *values: str) -> str:
        rows = self._found(query, *values)
        return str(rows[0][0]) if rows else ""

    def _found(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            return self._rows(query, *values)
        except sqlite3.OperationalError:
            return []  # an office that enrols no telephones, faces or protection orders has no such table

    def _rows(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def staff_number(self, thumbprint: str) -> str | None:
        """Return the number of the member of staff whose key this is, None for one that was not enrolled."""
        return self._text("SELECT number FROM staff WHERE thumbprint = ?", thumbprint) or None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _day(text: str) -> date:
    """Return a day of the file; what is none is no time for which anything was held."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max


def masked(name: str) -> str:
    """Return what a screen may show of a name: 陈〇〇."""
    shown = name[:1] if len(name) <= 4 else name[:2]  # bodies have long names and begin with a place
    return shown + "〇" * min(max(len(name) - len(shown), 1), 4)
