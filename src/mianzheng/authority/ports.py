"""What the authority needs of the process it runs in: durable rows, secrets, a log. `app.py` gives them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Journal(Protocol):
    """Durable rows; tables `pairwise`, `nonces_used` and `bundles` are the authority's."""

    def commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction, synced before it returns."""

    def reader(self) -> sqlite3.Connection:
        """Return a connection for reading."""


class Secrets(Protocol):
    """Pseudonyms and encryption by purpose."""

    def pseudonym(self, purpose: str, *parts: str) -> str:
        """Return the id that stands for `parts`."""

    def shut(self, purpose: str, plaintext: bytes, *, row: str) -> bytes:
        """Return `plaintext` encrypted for one row."""

    def open(self, purpose: str, ciphertext: bytes, *, row: str) -> bytes:
        """Return what `shut` took."""


class Book(Protocol):
    """The process's own log, which the person named can read."""

    def note(
        self,
        connection: sqlite3.Connection,
        kind: str,
        *,
        at: int,
        hub: str,
        number: str,
        case: str = "",
        role: str = "",
        request: str = "",
    ) -> None:
        """Append one line about `number`, in the caller's transaction."""
