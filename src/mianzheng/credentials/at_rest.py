"""Personal data at rest: keys in a folder outside database and backups, ciphertexts in the database.

1. A period's key (a month's, or a ledger year's) is a file of the key store, made when first needed.
2. A case, or one subject's ledger content of one year, has a random key of its own. The database
   keeps it wrapped by the period's key and bound to its owner; deleting that row erases the content,
   and the period's file goes when its last owner has ended (a backup's rows die with it).
3. A ciphertext names suite and key, and is bound to the row it stands in: moved to another row, or
   under another key, it does not open.
4. A case that is closed gets a new key, wrapped by that of the month in which its term of keeping ends; an
   erased one is named in the store besides, so that no backup opens it here before that month is over.
5. Ids are derived for one purpose each, so that the tables of one dump do not join.

A PKCS#11 store would offer the same methods; it is not built in.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import msgspec

from mianzheng.credentials.keys import BadKey, refuse_if_shared, write_secret
from mianzheng.credentials.suites import INTL, KEY_BYTES, BadSeal
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.errors import WrongUse

KEPT_FOR_GOOD = "kept-always"
_KEY_ID_BYTES = 9


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True):
    """What the database keeps of a content key: whose file wraps it, and the wrapped bytes."""

    period: str  # "2026-11" of cases, "kept-2036-11" of closed ones, "ledger-2026" of ledger contents
    wrapped: bytes


class ContentKey:
    """The key of one owner's contents; it is never stored as it is."""

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes) -> None:
        """Hold 32 secret bytes; the id is a digest of them and says nothing about them."""
        self._secret = secret
        self.id = b64(INTL.mac(secret, b"mianzheng key id")[:_KEY_ID_BYTES])

    def encrypt(self, plaintext: bytes, *, context: str) -> bytes:
        """Return the ciphertext, bound to `context`: the table, row and column it will stand in."""
        prefix = self._prefix()
        return prefix + INTL.wrap(self._secret, plaintext, context=canonical([prefix.decode("ascii"), context]))

    def decrypt(self, ciphertext: bytes, *, context: str) -> bytes:
        """Return the plaintext; `BadSeal` for another key, suite or context, or changed bytes."""
        prefix = self._prefix()
        if not ciphertext.startswith(prefix):
            raise BadSeal("the ciphertext names another suite or key")
        return INTL.unwrap(
            self._secret, ciphertext[len(prefix) :], context=canonical([prefix.decode("ascii"), context])
        )

    def _prefix(self) -> bytes:
        return f"{INTL.name}.{self.id}.".encode("ascii")


class KeyStore:
    """The folder of period keys, mode 700. Several processes of one party may share it."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, which is made if need be; `BadKey` when it is open to others."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_if_shared(folder)
        self.folder = folder

    def new_case_key(self, case: str, *, month: date) -> tuple[ContentKey, WrappedKey]:
        """Return a new key for a case, and what the database keeps of it."""
        return self._new(f"{month:%Y-%m}", owner=f"case {case}")

    def case_key(self, case: str, wrapped: WrappedKey) -> ContentKey:
        """Return a case's key; `BadSeal` when it is another case's, `BadKey` when its month is erased."""
        return self._unwrap(wrapped, owner=f"case {case}")

    def new_kept_key(self, case: str, *, until: date | None) -> tuple[ContentKey, WrappedKey]:
        """Return a new key for a closed case that is kept until a day (None: for good)."""
        return self._new(KEPT_FOR_GOOD if until is None else f"kept-{until:%Y-%m}", owner=f"case {case}")

    def erase_case(self, case: str, wrapped: WrappedKey) -> None:
        """Let a case's key never open again, wherever its wrapped bytes are still found; others of its period do.

        The note goes with the period's own key. Erasing twice is no error.
        """
        line = self._note(f"case {case}")
        notes = self._notes_of(wrapped.period)
        if self._load(wrapped.period) is None or line in _lines(notes):
            return
        descriptor = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def new_ledger_key(self, subject: bytes, year: int) -> tuple[ContentKey, WrappedKey]:
        """Return a new key for one subject's ledger contents of one year, and what the database keeps of it."""
        return self._new(f"ledger-{year}", owner=f"ledger {b64(subject)} {year}")

    def ledger_key(self, subject: bytes, year: int, wrapped: WrappedKey) -> ContentKey:
        """Return the key of a subject's year; `BadSeal` when it is another's, `BadKey` when the year is erased."""
        return self._unwrap(wrapped, owner=f"ledger {b64(subject)} {year}")

    def derive(self, purpose: str, id: str) -> bytes:
        """Return the 32-byte pseudonym of `id` for one purpose; only this store can go from id to it."""
        key = self._load("derive") or self._make("derive")
        return INTL.mac(INTL.mac(key, purpose.encode()), id.encode())

    def periods(self) -> tuple[str, ...]:
        """Return the periods whose keys still exist."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.key") if path.stem != "derive"))

    def erase(self, period: str) -> None:
        """Erase a period's key: nothing it wrapped will open again. Erasing twice is no error."""
        if period == "derive":
            raise WrongUse("the derivation key is no period")
        path = self._path(period)
        if path.exists():
            path.write_bytes(os.urandom(KEY_BYTES))  # against undelete; a worn flash block may keep the old one
            path.unlink()
        self._notes_of(period).unlink(missing_ok=True)

    def _notes_of(self, period: str) -> Path:
        return self._path(period).with_suffix(".erased")

    def _note(self, owner: str) -> str:
        """Return how an erased owner is noted: the store alone could say who it was."""
        return b64(self.derive("erased", owner))

    def _new(self, period: str, *, owner: str) -> tuple[ContentKey, WrappedKey]:
        secret = os.urandom(KEY_BYTES)
        wrapping = self._load(period) or self._make(period)
        wrapped = INTL.wrap(wrapping, secret, context=_context(period, owner))
        return ContentKey(secret), WrappedKey(period=period, wrapped=wrapped)

    def _unwrap(self, wrapped: WrappedKey, *, owner: str) -> ContentKey:
        wrapping = self._load(wrapped.period)
        if wrapping is None:
            raise BadKey(f"the key of {wrapped.period} is erased", hint="its contents are gone by rule", code="erased")
        if (notes := self._notes_of(wrapped.period)).exists() and self._note(owner) in _lines(notes):
            raise BadKey("this key was erased", hint="its contents are gone by rule", code="erased")
        return ContentKey(INTL.unwrap(wrapping, wrapped.wrapped, context=_context(wrapped.period, owner)))

    def _load(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            refuse_if_shared(path)
            key = path.read_bytes()
        except FileNotFoundError:
            return None
        if len(key) != KEY_BYTES:
            raise BadKey(f"{path} holds no key", hint="restore it from the key store's own backup")
        return key

    def _make(self, name: str) -> bytes:
        """Make a key that is whole before it has its name; of two processes that try, one's key stays."""
        path = self._path(name)
        beside = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}")
        write_secret(beside, os.urandom(KEY_BYTES))
        try:
            os.link(beside, path)
        except FileExistsError:
            pass  # the other process's key is the key
        finally:
            beside.unlink()
        made = self._load(name)
        if made is None:
            raise BadKey(f"{path} was erased while it was made")
        return made

    def _path(self, name: str) -> Path:
        if not name or not set(name) <= _NAME_LETTERS:
            raise WrongUse(f"{name!r} cannot name a key of the store")
        return self.folder / f"{name}.key"


def _lines(path: Path) -> set[str]:
    return set(path.read_text(encoding="ascii").splitlines()) if path.exists() else set()


def _context(period: str, owner: str) -> bytes:
    return canonical([INTL.name, period, owner])


_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
