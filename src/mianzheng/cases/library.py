"""The item versions of this hub, compiled once and kept in memory.

A published version never changes, so what was compiled stays right; only the statuses are read
again when the items' mark in the database has grown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.catalogue.publication import concerned, item_digest
from mianzheng.catalogue.search import Index, index_of
from mianzheng.credentials import jws
from mianzheng.model.errors import NotFound
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.found_items import HappeningLine
from mianzheng.model.guide import Guide
from mianzheng.model.item import Item, ParamTable, base_of
from mianzheng.model.plan import Plan
from mianzheng.plan.full import full_plan
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.question import Placed
from mianzheng.store import items as stored
from mianzheng.store.engine import Store
from mianzheng.store.items import ItemRow

REFRESH_SECONDS = 1.0
SEALED = ("need", "operand")  # kinds of questions whose values the hub never reads


Asked = Mapping[str, tuple[frozenset[str], ...]]  # item -> of each condition: the questions about who applies


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled item version. `types`: of each question's value; None for one that is sealed."""

    item: Item
    compiled: CompiledItem
    digest: str
    departments: tuple[str, ...]
    types: Mapping[str, Type | None]
    placed: Mapping[QuestionAt, Placed]

    def at(self, at: QuestionAt) -> Placed:
        """Return what a question about a person (`spouse#1`) asks."""
        return self.placed[at[0], base_of(at[1])]

    @property
    def handling(self) -> str:
        """The department that decides."""
        return self.item.department


class Library:
    """Every item version the database holds, by name and version."""

    def __init__(
        self, store: Store, facts: FactCatalogue, params: Mapping[str, ParamTable], guide: Guide | None = None
    ) -> None:
        self._store = store
        self.facts = facts
        self.params = params
        self.guide = guide or Guide()
        self._rows: dict[tuple[str, int], ItemRow] = {}
        self._numbers: dict[str, list[int]] = {}  # versions of an item, the newest first
        self._versions: dict[str, Version] = {}  # by signed token: a replaced draft is another
        self._items: dict[str, Item] = {}  # as they were signed, by signed token
        self._signed: dict[str, str] = {}  # digest -> signed token, of what was compiled
        self._mark = -1
        self._looked = float("-inf")
        self.plan = lru_cache(maxsize=4096)(self._plan)
        self._index: tuple[tuple[int, date], Index] | None = None
        self._asked: tuple[tuple[int, date], Asked] | None = None
        self._asking = asyncio.Lock()
        self._approved: tuple[int, dict[str, tuple[str, ...]]] = (-1, {})

    async def refresh(self, *, now: bool = False) -> None:
        """Read the items again if any changed; looks at most once a second unless `now`."""
        if not now and time.monotonic() - self._looked < REFRESH_SECONDS:
            return
        async with self._store.connection() as connection:
            await self._read(connection)
        self._looked = time.monotonic()

    async def current(self, item: str, on: date) -> Version:
        """Return the newest published version in force on a day; `NotFound` when there is none."""
        await self.refresh()
        row = self._current(item, on)
        if row is None:
            raise NotFound(f"no published item {item!r}", hint="`mianzheng catalogue list` lists the items")
        return self._compiled(row)

    def _current(self, item: str, on: date) -> ItemRow | None:
        rows = (self._rows[item, number] for number in self._numbers.get(item, ()))
        return next((row for row in rows if row.status == "published" and in_force(self.item(row), on)), None)

    def item(self, row: ItemRow) -> Item:
        """Return the item that a row holds, decoded once; for what many need and few compile."""
        if row.signed not in self._items:
            self._items[row.signed] = read_item(row.signed)
        return self._items[row.signed]

    async def index(self, on: date) -> Index:
        """Return what searches read: the items in force on a day; made once for a day and a set of versions."""
        await self.refresh()
        key = (self._mark, on)
        if self._index is None or self._index[0] != key:
            items, guide = self._in_force(on), self.guide.on(on)
            made = await asyncio.to_thread(index_of, items.values(), self.facts.departments, guide)
            self._index = (key, made)
        return self._index[1]

    async def asked(self, on: date) -> Asked:
        """Return what the conditions of each item in force on a day ask about who applies, by the items' ids.

        Made once for a day and a set of versions, beside other requests: every item is compiled for it. A condition
        that asks nothing stands for nothing; one that asks only about others has no question here.
        """
        await self.refresh()
        async with self._asking:
            key = (self._mark, on)
            if self._asked is None or self._asked[0] != key:
                rows = [row for name in sorted(self._numbers) if (row := self._current(name, on)) is not None]
                made = await asyncio.to_thread(lambda: {row.item: _asked(self._compiled(row), on) for row in rows})
                self._asked = (key, made)
            return self._asked[1]

    async def happenings(self, on: date) -> tuple[HappeningLine, ...]:
        """Return what may have happened to somebody, with the items in force that each opens; none opens nothing."""
        index = await self.index(on)
        lines = (
            HappeningLine(
                id=one.id,
                name=one.name,
                hint=one.hint,
                items=tuple(found.item for found in index.of(one.items)),
                firms=one.firms,
            )
            for one in self.guide.on(on).happenings
        )
        return tuple(line for line in lines if line.items)

    def _in_force(self, on: date) -> dict[str, Item]:
        """Return the newest published version in force on a day of every item; not compiled, for many are."""
        rows = {name: self._current(name, on) for name in sorted(self._numbers, reverse=True)}
        return {name: self.item(row) for name, row in rows.items() if row is not None}

    @property
    def mark(self) -> int:
        """Grows with every change of the items' versions, as last read."""
        return self._mark

    async def version(self, item: str, version: int) -> Version:
        """Return one version whatever its status: running cases keep theirs."""
        row = self._rows.get((item, version))
        if row is None:
            await self.refresh(now=True)
            row = self._rows.get((item, version))
        if row is None:
            raise NotFound(f"no item {item!r} version {version}")
        return self._compiled(row)

    def signed(self, item: str, version: int) -> ItemRow:
        """Return the row of a version that was read before: as its steward signed it."""
        return self._rows[item, version]

    async def rows(self) -> tuple[ItemRow, ...]:
        """Return the rows of all versions, as last read."""
        await self.refresh()
        return tuple(row for _, row in sorted(self._rows.items()))

    def approved_by(self, department: str) -> tuple[str, ...]:
        """Return the items that a department's officers approve beside the handling one."""
        if self._approved[0] != self._mark:
            found: dict[str, dict[str, None]] = {}
            for row in self._rows.values():
                if row.status == "published":
                    for approver in self.item(row).approvers:
                        found.setdefault(approver, {})[row.item] = None
            self._approved = (self._mark, {name: tuple(items) for name, items in found.items()})
        return self._approved[1].get(department, ())

    def compile(self, item: Item) -> Version:
        """Return an item compiled against the fact catalogue; `RuleFaults` with all faults."""
        compiled = compile_item(item, self.facts, self.params)
        placed = {(one.question.id, one.role): one for one in reversed(compiled.asked())}
        return Version(
            item=item,
            compiled=compiled,
            digest=item_digest(compiled, self.facts),
            departments=concerned(compiled, self.facts),
            types={
                found.question.id: None if found.question.kind in SEALED else found.question.type
                for found in placed.values()
            },
            placed=placed,
        )

    def _compiled(self, row: ItemRow) -> Version:
        if row.signed not in self._versions:
            version = self._versions[row.signed] = self.compile(self.item(row))
            self._signed[version.digest] = row.signed
        return self._versions[row.signed]

    async def _read(self, connection: AsyncConnection) -> None:
        mark = await stored.items_mark(connection)
        if mark == self._mark:
            return
        for row in await stored.changed_items(connection, self._mark):
            self._rows[row.item, row.version] = row
            numbers = self._numbers.setdefault(row.item, [])
            if row.version not in numbers:
                numbers.append(row.version)
                numbers.sort(reverse=True)
        self._mark = mark

    def _plan(self, digest: str, as_of: date) -> Plan:
        version = self._versions[self._signed[digest]]
        return full_plan(version.compiled, self.facts, as_of)


def _asked(version: Version, on: date) -> tuple[frozenset[str], ...]:
    acting = version.item.acting_role
    return tuple(
        frozenset(placed.question.id for placed in one.placed if placed.role == acting)
        for one in version.compiled.conditions
        if one.placed and one.in_force(on)
    )


def in_force(item: Item, on: date) -> bool:
    """Tell whether cases may begin on an item on a day."""
    return item.effective <= on and (item.until is None or on < item.until)


def read_item(signed: str) -> Item:
    """Return the item inside a signed version; verified when it came in."""
    return msgspec.json.decode(jws.unverified_payload(signed), type=Item)
