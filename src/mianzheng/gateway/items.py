"""Signed item versions and figures: the only rules this gateway decides and answers by.

The steward of the handling department signed the whole version (conditions, outcome, needs), the
owner of a figure its table; so no hub can drop a condition or move a threshold. The gateway
compiles the text itself, against its own copy of the fact catalogue.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import msgspec

from mianzheng.catalogue.publication import item_digest
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PublicKey
from mianzheng.credentials.trust import TrustStore, verify_certificate
from mianzheng.gateway.hiding import NotCountersigned, check_hiding, keep_hiding, kept_hiding
from mianzheng.gateway.state import State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.publishing import Certified
from mianzheng.rules.compile import CompiledItem, compile_item

T = TypeVar("T")
GENERATION = "approved"  # counter that rises whenever items, figures or approvals change


class BadItem(MianzhengError):
    """A signed item version or figure is not what this gateway can load."""

    code = "bad-item"


class LoadedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A verified item version; `digest` names the text and the facts it speaks of.

    `retired_on`: cases of a later date are not served by it any more.
    """

    item: Item
    digest: str
    compiled: CompiledItem
    facts: FactCatalogue  # this gateway's, with the labels of the signed figures: sentences name them
    retired_on: date | None = None

    def in_force(self, as_of: date) -> bool:
        """Tell whether a case of this date is decided by this version."""
        begun = self.item.effective <= as_of and (self.item.until is None or as_of < self.item.until)
        return begun and (self.retired_on is None or as_of <= self.retired_on)


class SignedItems:
    """The item versions and figures in the state file, verified and compiled once; thread-safe."""

    def __init__(self, state: State, facts: FactCatalogue, trust: TrustStore) -> None:
        """Read from `state`, against this gateway's own copy of the fact catalogue."""
        self._state = state
        self._facts = facts
        self._trust = trust
        self._lock = threading.Lock()
        self._generation = -1
        self._items: dict[str, LoadedItem | None] = {}
        self._params: Mapping[str, ParamTable] = {}

    def get(self, digest: str) -> LoadedItem | None:
        """Return the loaded version of that digest, or None."""
        with self._lock:
            self._refresh()
            if digest not in self._items:
                self._items[digest] = self._load(digest)
            return self._items[digest]

    def params(self) -> Mapping[str, ParamTable]:
        """Return every signed figure."""
        with self._lock:
            self._refresh()
            return self._params

    def every(self) -> tuple[LoadedItem, ...]:
        """Return all loaded versions."""
        digests = [digest for (digest,) in self._state.reader().execute("SELECT digest FROM items ORDER BY digest")]
        return tuple(item for digest in digests if (item := self.get(digest)) is not None)

    def read_item(self, certified: Certified, *, at: int) -> LoadedItem:
        """Return a signed item version verified and compiled; `BadItem`, `Untrusted`, `BadToken` otherwise."""
        item = read_signed(certified, typ="mz-item", type=Item, department_of=_handler, trust=self._trust, at=at)
        check_hiding(item, certified, trust=self._trust, at=at)
        params = self.params()
        compiled = compile_item(item, self._facts, params)
        named = _named(self._facts, params)
        return LoadedItem(item=item, digest=item_digest(compiled, self._facts), compiled=compiled, facts=named)

    def read_params(self, certified: Certified, *, at: int) -> ParamTable:
        """Return a signed figure verified."""
        return read_signed(certified, typ="mz-params", type=ParamTable, department_of=_owner, trust=self._trust, at=at)

    def _refresh(self) -> None:
        reader = self._state.reader()
        generation = generation_of(reader)
        if generation == self._generation:
            return
        rows = reader.execute("SELECT token, certificate, loaded_at FROM params").fetchall()
        tables = [self.read_params(Certified(token=t, certificate=c), at=at) for t, c, at in rows]
        self._params = {table.param: table for table in tables}
        self._items = {}
        self._generation = generation

    def _load(self, digest: str) -> LoadedItem | None:
        query = "SELECT token, certificate, loaded_at, retired_on FROM items WHERE digest = ?"
        row = self._state.reader().execute(query, (digest,)).fetchone()
        if row is None:
            return None
        certified = Certified(token=row[0], certificate=row[1], auditor=kept_hiding(self._state.reader(), digest))
        item = read_signed(certified, typ="mz-item", type=Item, department_of=_handler, trust=self._trust, at=row[2])
        try:
            check_hiding(item, certified, trust=self._trust, at=row[2])
        except NotCountersigned:
            return None
        compiled = compile_item(item, self._facts, self._params)
        found = item_digest(compiled, self._facts)
        # another digest: the facts changed since, and the version that was signed is not this one any more
        retired_on = date.fromisoformat(row[3]) if row[3] else None
        named = _named(self._facts, self._params)
        loaded = LoadedItem(item=item, digest=digest, compiled=compiled, facts=named, retired_on=retired_on)
        return loaded if found == digest else None


def read_signed(
    certified: Certified, *, typ: str, type: type[T], department_of: Callable[[T], str], trust: TrustStore, at: int
) -> T:
    """Return a payload that the steward of its own department signed, or that department's key itself."""
    unverified = jws.payload_as(jws.unverified_payload(certified.token), type=type)
    key = staff_key(certified, department=department_of(unverified), trust=trust, at=at)
    return jws.verify_as(certified.token, typ=typ, key=key, type=type)


def staff_key(certified: Certified, *, department: str, trust: TrustStore, at: int) -> PublicKey:
    """Return the steward's key by its certificate, or the department's own key where there is none."""
    if certified.certificate:
        return verify_certificate(certified.certificate, trust=trust, department=department, role="steward", at=at)[1]
    party, key = trust.signer(certified.token, role="gateway", at=at)
    if party.department != department:
        raise BadItem(f"signed by {party.department}, not by {department}")
    return key


def keep_item(connection: sqlite3.Connection, loaded: LoadedItem, certified: Certified, *, at: int) -> None:
    """Store a verified item version, in the caller's transaction."""
    row = (loaded.digest, loaded.item.item, loaded.item.version, certified.token, certified.certificate, at)
    connection.execute(
        "INSERT INTO items (digest, item, version, token, certificate, loaded_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET token = excluded.token, certificate = excluded.certificate,"
        " loaded_at = excluded.loaded_at",
        row,
    )
    keep_hiding(connection, loaded.digest, certified)
    raise_generation(connection)


def retire_item(connection: sqlite3.Connection, digest: str, *, last: date) -> None:
    """Serve cases of a date after `last` no more by this version, in the caller's transaction."""
    connection.execute("UPDATE items SET retired_on = ? WHERE digest = ?", (last.isoformat(), digest))
    raise_generation(connection)


def keep_params(connection: sqlite3.Connection, table: ParamTable, certified: Certified, *, at: int) -> None:
    """Store a verified figure, in the caller's transaction."""
    row = (table.param, certified.token, certified.certificate, at)
    connection.execute("INSERT OR REPLACE INTO params VALUES (?, ?, ?, ?)", row)
    raise_generation(connection)


def generation_of(connection: sqlite3.Connection) -> int:
    """Return how often items, figures or approvals have changed."""
    row = connection.execute("SELECT value FROM counters WHERE name = ?", (GENERATION,)).fetchone()
    return 0 if row is None else int(row[0])


def raise_generation(connection: sqlite3.Connection) -> None:
    """Tell running processes that items, figures or approvals changed."""
    connection.execute("INSERT INTO counters VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1", (GENERATION,))


def _named(facts: FactCatalogue, params: Mapping[str, ParamTable]) -> FactCatalogue:
    """Return the catalogue with the figures' labels as their owners signed them, never as the hub has them."""
    return msgspec.structs.replace(facts, figures={name: table.label for name, table in params.items()})


def _handler(item: Item) -> str:
    return item.department


def _owner(table: ParamTable) -> str:
    return table.owner
