"""Personas: the demo's residents and bodies, whose keys follow from one secret and their number.

`DIR/personas` (mode 600) holds the secret; public keys are enrolled with the two authorities, in
`DIR/enrolment/<department>.sqlite`. Real people bring keys of their own: this is for a city that
nobody lives in.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mianzheng.credentials.keys import PrivateKey, refuse_if_shared, thumbprint, write_secret
from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import NotFound
from mianzheng.model.identity import Jwk

PERSONAS = "personas"
ENROLMENT = "enrolment"
_SALT = b"mianzheng demo persona 1"
_LEVEL = 3  # as if enrolled at a counter, design/trust.md Presence


class Personas(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `DIR/personas` holds: the secret of all keys, and how many residents and bodies have one."""

    secret: str
    residents: int
    bodies: int

    @classmethod
    def read(cls, path: Path) -> Personas:
        """Return what the file holds; `NotFound` when there is none, `BadKey` when others can read it."""
        try:
            refuse_if_shared(path)
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            raise NotFound(f"no city in {path.parent}", hint="build one with `mianzheng city build`") from None

    def key_of(self, number: str) -> PrivateKey:
        """Return the key of the resident or body with this number."""
        return persona_key(self.secret, number)

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"Personas(residents={self.residents}, bodies={self.bodies})"


def new_secret() -> str:
    """Return a secret of 32 random bytes: two cities of one seed have equal people and different keys."""
    return b64(secrets.token_bytes(32))


def write_personas(folder: Path, personas: Personas) -> None:
    """Write `DIR/personas`, mode 600."""
    write_secret(folder / PERSONAS, canonical(personas))


def persona_key(secret: str, number: str) -> PrivateKey:
    """Return the key of the resident or body with this number."""
    return PrivateKey.derive(_material(secret, number))


def persona_jwk(secret: str, number: str) -> Jwk:
    """Return the public key of a persona; a third of the cost of `persona_key`."""
    return INTL.write_public(INTL.public(INTL.derive(_material(secret, number))))


def _material(secret: str, number: str) -> bytes:
    """HKDF-SHA256 (RFC 5869) of secret and number, 48 bytes; written out because it runs for every resident."""
    extracted = hmac.digest(_SALT, unb64(secret), "sha256")
    info = number.encode("ascii")
    first = hmac.digest(extracted, info + b"\x01", "sha256")
    return first + hmac.digest(extracted, first + info + b"\x02", "sha256")[:16]


class Enrolment:
    """The file that an authority reads: who is enrolled, with which key."""

    def __init__(self, folder: Path, department: str, secret: str) -> None:
        """Make `folder/<department>.sqlite`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._secret = secret
        self._connection = sqlite3.connect(folder / f"{department}.sqlite", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(
            "CREATE TABLE enrolled "
            "(number TEXT PRIMARY KEY, name TEXT NOT NULL, thumbprint TEXT NOT NULL, kind TEXT NOT NULL, "
            "level INTEGER NOT NULL) WITHOUT ROWID"
        )
        self._connection.execute("BEGIN")

    def enrol(self, people: Iterable[tuple[str, str]]) -> None:
        """Enrol (number, name) with the software keys derived from the secret."""
        rows = (_row(self._secret, number, name) for number, name in people)
        self._connection.executemany("INSERT INTO enrolled VALUES (?, ?, ?, ?, ?)", rows)

    def enrol_keyless(self, people: Iterable[tuple[str, str]]) -> None:
        """Enrol (number, name) of whom the authority has a name and no key: they are served at a window."""
        rows = ((number, name, "", "none", 0) for number, name in people)
        self._connection.executemany("INSERT INTO enrolled VALUES (?, ?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Make the file lasting."""
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()


def enrol_more(folder: Path, department: str, secret: str, people: Iterable[tuple[str, str]]) -> None:
    """Enrol (number, name) in a file that is there already; who is in it stays as they are."""
    with sqlite3.connect(folder / f"{department}.sqlite") as connection:
        rows = [_row(secret, number, name) for number, name in people]
        connection.executemany("INSERT OR IGNORE INTO enrolled VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()


def _row(secret: str, number: str, name: str) -> tuple[str, str, str, str, int]:
    return number, name, thumbprint(persona_jwk(secret, number)), "software", _LEVEL
