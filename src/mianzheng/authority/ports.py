"""What the authority needs of the process it runs in: durable rows, secrets, a log. `app.py` gives them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Journal(Protocol):
    """Durable rows; tables `pairwise`, `nonces_used`, `bundles`, `named` and those of mandates are the authority's."""

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
        code: str = "",
    ) -> None:
        """Append one line about `number`, in the caller's transaction."""


class Registers(Protocol):
    """The department's own registers, read-only."""

    def values(self, register: str, fact: str, number: str) -> tuple[str, ...] | None:
        """Return a fact's texts in a number's rows; None when the register is not here or does not answer."""


class Devices(Protocol):
    """Programs of others that the authority asks; their parties stand in the trust list."""

    @property
    def comparer(self) -> str:
        """The party of the face comparer, "" for none."""

    @property
    def call_line(self) -> str:
        """The party of the call line, "" for none."""

    def post(self, party: str, path: str, body: bytes) -> bytes | None:
        """Return what a party answers, unverified; None when it does not."""


class Records(Protocol):
    """The department's own registers, asked for the authority's own duty; `Unavailable` when one does not answer."""

    def is_dead(self, person: str) -> bool:
        """Tell whether a person died."""

    def lost_capacity(self, person: str) -> bool:
        """Tell whether a court gave a person a guardian."""

    def are_related(self, one: str, other: str) -> bool:
        """Tell whether marriage or kinship links two people, by one link or by two."""

    def representative(self, body: str) -> str | None:
        """Return the number of a body's legal representative, None when the register names none."""

    def holds_share(self, person: str, body: str) -> bool:
        """Tell whether a person holds a share in a body or speaks for it."""
