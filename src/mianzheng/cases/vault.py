"""What is encrypted for the database, and under which names people and cases stand in it.

Three purposes, three pseudonyms: `cases` (the person's own list), `ledger` (the subject of
entries), `ledger-case` (the case in the ledger). Without the key store nobody can join them.
"""

from __future__ import annotations

import os
from functools import lru_cache

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.memory import Recent
from mianzheng.credentials.at_rest import ContentKey, KeyStore, WrappedKey
from mianzheng.ledger.entry import Entry, leaf_hash
from mianzheng.model.canonical import b64, canonical
from mianzheng.store import ledger as stored
from mianzheng.store.edges import NewEntry, Whose

SALT_BYTES = 16
_KEYS_KEPT = 4096  # ledger keys in memory


class LedgerKey(msgspec.Struct, frozen=True, kw_only=True):
    """Under which names a case's entries stand, and the key of its (subject, year)."""

    whose: Whose
    key: ContentKey


class Vault:
    """The key store as cases use it."""

    def __init__(self, keys: KeyStore) -> None:
        self.keys = keys
        self._derive = lru_cache(maxsize=_KEYS_KEPT)(keys.derive)  # the store reads its key file each time
        self._ledger_keys: Recent[tuple[bytes, int], ContentKey] = Recent(_KEYS_KEPT)

    def pseudonym(self, purpose: str, id: str) -> bytes:
        """Return the name under which `id` stands in the rows of one purpose."""
        return self._derive(purpose, id)

    async def ledger_key(self, connection: AsyncConnection, case: str, pairwise: str, year: int) -> LedgerKey:
        """Return the key of a person's ledger entries of a year, made when first needed."""
        subject = self.pseudonym("ledger", pairwise)
        key = await self.subject_key(connection, subject, year)
        whose = Whose(case_ref=self.pseudonym("ledger-case", case), subject=subject, year=year)
        return LedgerKey(whose=whose, key=key)

    async def subject_key(self, connection: AsyncConnection, subject: bytes, year: int) -> ContentKey:
        """Return the key of one subject's year; of two processes that make it, one's stays."""
        if (key := self._ledger_keys.get((subject, year))) is not None:
            return key
        wrapped = await stored.find_key(connection, subject, year)
        if wrapped is None:
            _, fresh = self.keys.new_ledger_key(subject, year)
            wrapped = await stored.add_key(connection, subject, year, (fresh.period, fresh.wrapped))
        key = self.keys.ledger_key(subject, year, WrappedKey(period=wrapped[0], wrapped=wrapped[1]))
        self._ledger_keys.put((subject, year), key)
        return key

    def entry(self, ledger_key: LedgerKey, entry: Entry) -> tuple[str, NewEntry]:
        """Return an entry's leaf hash (b64) and its row: salt and content encrypted, neither can be guessed."""
        salt, content = os.urandom(SALT_BYTES), canonical(entry)
        leaf = leaf_hash(salt, content)
        named = b64(leaf)
        return named, NewEntry(leaf=leaf, content=ledger_key.key.encrypt(salt + content, context=_context(named)))

    def open_entry(self, key: ContentKey, leaf: bytes, content: bytes) -> tuple[bytes, bytes]:
        """Return salt and canonical content of an entry's row."""
        opened = key.decrypt(content, context=_context(b64(leaf)))
        return opened[:SALT_BYTES], opened[SALT_BYTES:]


def _context(leaf: str) -> str:
    return f"ledger_entries:{leaf}"
