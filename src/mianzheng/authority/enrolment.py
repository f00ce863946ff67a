"""Who is enrolled: number, name and the keys they may sign with; a file that the department's own office writes.

Table `enrolled(number, name, thumbprint, kind, level)`: `kind` of the key is passkey or software,
`level` the presence (1 to 3) at which it was enrolled. Opened read-only.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

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
        query = "SELECT number, name, thumbprint, kind, level FROM enrolled WHERE number = ?"
        with self._lock:
            rows = self._connection.execute(query, (number,)).fetchall()
        return tuple(Enrolled(number=n, name=a, thumbprint=t, kind=k, level=v) for n, a, t, k, v in rows)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def masked(name: str) -> str:
    """Return what a screen may show of a name: 陈〇〇."""
    shown = name[:1] if len(name) <= 4 else name[:2]  # bodies have long names and begin with a place
    return shown + "〇" * min(max(len(name) - len(shown), 1), 4)
