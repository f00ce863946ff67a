"""Keys that people have beside the enrolment file: passkeys they registered, remote keys that are kept for them.

No number stands in any row: subjects and credential ids are pseudonyms of this purpose, contents are encrypted. A
remote key (远程签名) is made for one person and one level of sign-in, and its private half lies only in its row. A
holder key is derived from this authority's secret, the number and a month, and is kept nowhere.
"""

from __future__ import annotations

import sqlite3
from datetime import date

import msgspec

from mianzheng.authority.ports import Secrets
from mianzheng.credentials.keys import PrivateJwk, PrivateKey, thumbprint
from mianzheng.model.canonical import unb64
from mianzheng.model.identity import Jwk, KeyKind, Passkey

TABLES = (
    "CREATE TABLE IF NOT EXISTS own_keys (thumbprint TEXT PRIMARY KEY, subject TEXT NOT NULL, kind TEXT NOT NULL,"
    " credential TEXT NOT NULL, content BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS own_keys_subject ON own_keys (subject)",
    "CREATE UNIQUE INDEX IF NOT EXISTS own_keys_credential ON own_keys (credential) WHERE credential <> ''",
)
HOLDER_MONTHS = 12 * 10  # how far back a result sealed to a holder key can be opened


class OwnKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a row holds, encrypted. `private` of a remote key, `credential` (base64url) and `name` of a passkey."""

    number: str
    kind: KeyKind
    level: int
    key: Jwk
    at: int
    credential: str = ""
    name: str = ""
    private: PrivateJwk | None = None

    def __repr__(self) -> str:
        """Return a text without person or secret."""
        return f"OwnKey(kind={self.kind!r})"


def thumbprint_of(key: OwnKey) -> str:
    """Return the thumbprint of a key."""
    return thumbprint(key.key)


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this module where they are missing."""
    for statement in TABLES:
        connection.execute(statement)


def subject_of(secrets: Secrets, number: str) -> str:
    """Return the pseudonym under which keys of a number stand."""
    return secrets.pseudonym("own-keys", number)


def add(connection: sqlite3.Connection, secrets: Secrets, key: OwnKey) -> bool:
    """Add a key; False when it, or its credential, is there already."""
    named = thumbprint_of(key)
    shut = secrets.shut("own-key", msgspec.json.encode(key), row=named)
    credential = key.credential and secrets.pseudonym("credential", key.credential)
    row = (named, subject_of(secrets, key.number), key.kind, credential, shut, key.at)
    added = connection.execute("INSERT OR IGNORE INTO own_keys VALUES (?, ?, ?, ?, ?, ?)", row)
    return added.rowcount == 1


def keys_of(connection: sqlite3.Connection, secrets: Secrets, number: str) -> tuple[OwnKey, ...]:
    """Return the keys of a number, oldest first; none for an unknown one."""
    query = "SELECT thumbprint, content FROM own_keys WHERE subject = ? ORDER BY at, thumbprint"
    rows = connection.execute(query, (subject_of(secrets, number),)).fetchall()
    return tuple(_opened(secrets, named, content) for named, content in rows)


def by_credential(connection: sqlite3.Connection, secrets: Secrets, credential: str) -> OwnKey | None:
    """Return the passkey of a credential id (base64url), None for an unknown one."""
    query = "SELECT thumbprint, content FROM own_keys WHERE credential = ?"
    row = connection.execute(query, (secrets.pseudonym("credential", credential),)).fetchone()
    return None if row is None or not credential else _opened(secrets, *row)


def remove(connection: sqlite3.Connection, secrets: Secrets, number: str, named: str) -> bool:
    """Remove the key of a number with this thumbprint; False when it is not that number's."""
    query = "DELETE FROM own_keys WHERE thumbprint = ? AND subject = ?"
    return connection.execute(query, (named, subject_of(secrets, number))).rowcount == 1


def remote_key(connection: sqlite3.Connection, secrets: Secrets, number: str, *, level: int, at: int) -> PrivateKey:
    """Return the remote key of a number at a level of sign-in, made in the caller's transaction if there is none."""
    for key in keys_of(connection, secrets, number):
        if key.kind == "remote" and key.level == level and key.private is not None:
            return PrivateKey.from_jwk(key.private)
    made = PrivateKey.generate()
    own = OwnKey(number=number, kind="remote", level=level, key=made.public.jwk, at=at, private=made.to_jwk())
    add(connection, secrets, own)
    return made


def passkeys_of(keys: tuple[OwnKey, ...]) -> tuple[Passkey, ...]:
    """Return the passkeys among keys as a page asks for them."""
    return tuple(Passkey(credential=key.credential, key=key.key) for key in keys if key.kind == "passkey")


def holder_key(secrets: Secrets, number: str, day: date) -> PrivateKey:
    """Return the key to which results of a number may be sealed in the month of `day`."""
    parts = (number, f"{day:%Y-%m}")
    return PrivateKey.derive(b"".join(unb64(secrets.pseudonym(f"holder-{half}", *parts)) for half in ("1", "2")))


def find_holder(secrets: Secrets, number: str, kid: str, today: date) -> PrivateKey | None:
    """Return the holder key of a number with this thumbprint, None when it is no key of the last ten years."""
    year, month = today.year, today.month
    for _ in range(HOLDER_MONTHS):
        key = holder_key(secrets, number, date(year, month, 1))
        if key.kid == kid:
            return key
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return None


def _opened(secrets: Secrets, named: str, content: bytes) -> OwnKey:
    return msgspec.json.decode(secrets.open("own-key", content, row=named), type=OwnKey)
