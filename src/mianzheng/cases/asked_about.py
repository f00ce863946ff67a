"""谁问过我 as the hub has it: who was asked what about a person, for which case, on what basis; newest first.

An entry and its answer are two rows; what came of a question is told by the later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.proving import proofs_of_rows, view_of, without_content
from mianzheng.decision.audience import Viewer
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proven import EntryProof
from mianzheng.ledger.reconcile import Row
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import NotFound
from mianzheng.store import about as stored
from mianzheng.store.about import AboutRow

PAGE = 25  # requests on a page
BATCH = 75  # rows read at once: a page of questions with their answers
MOST_READ = 1500  # rows read for one page of a search
LAST = 2**62
_ENDS = ("answered", "refused", "decision", "delivery")
_SHOWN = ("asked", "view")


Came = Literal["answered", "refused", ""]


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One request about the person, or one look at their case by staff. `ended`: what came of it."""

    id: int
    leaf: str
    entry: Entry
    ended: Came
    sealed: bool  # it has its place in the tree
    masked: bool = False  # about another: department and kind only


class AskedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of requests; `after` opens the next one, 0 on the last."""

    lines: tuple[AskedLine, ...]
    after: int


async def asked_page(
    hub: Hub, pairwise: str, *, after: int = 0, case: str = "", wanted: frozenset[str] | None = None
) -> AskedPage:
    """Return requests about a person, newest first; of one `case`, and of `wanted` departments and items only."""
    subject, before = hub.vault.pseudonym("ledger", pairwise), after or LAST
    ended: dict[str, Came] = {}
    lines: list[AskedLine] = []
    async with hub.store.connection() as connection:
        if after:  # what came of the first requests of this page stands in rows that are newer
            newer = await stored.entries_from(connection, subject, after, 2 * BATCH)
            await _note(hub, connection, newer, ended)
        for _ in range(MOST_READ // BATCH):
            rows = await _batch(hub, connection, subject, case, before)
            entries = await _note(hub, connection, rows, ended)
            for row, entry in entries:
                if entry.kind in _SHOWN and _is_wanted(entry, wanted):
                    lines.append(_line(row, entry, ended))
                if len(lines) > PAGE:
                    return AskedPage(lines=tuple(lines[:PAGE]), after=lines[PAGE - 1].id)
            if len(rows) < BATCH:
                return AskedPage(lines=tuple(lines), after=0)
            before = rows[-1].id
    return AskedPage(lines=tuple(lines), after=before)


async def case_page(
    live: LiveCase, viewer: Viewer, *, after: int = 0, wanted: frozenset[str] | None = None
) -> AskedPage:
    """Return requests of a case that stands under another, as whoever acts or takes part in it may read them."""
    found = await asked_page(live.hub, live.opening.subject, after=after, case=live.id, wanted=wanted)
    acting = live.version.item.acting_role
    lines = [(line, view_of(line.entry, viewer, acting)) for line in found.lines]
    shown = [
        line if view == "full" else msgspec.structs.replace(line, entry=without_content(line.entry), masked=True)
        for line, view in lines
        if view != "none"
    ]
    return AskedPage(lines=tuple(shown), after=found.after)


async def rows_about(hub: Hub, pairwise: str, limit: int) -> tuple[Row, ...]:
    """Return the newest entries about a person as a comparison reads them."""
    subject = hub.vault.pseudonym("ledger", pairwise)
    async with hub.store.connection() as connection:
        rows = await stored.entries_before(connection, subject, LAST, limit)
        return tuple([await _row(hub, connection, row) for row in rows if row.content is not None])


async def receipt(hub: Hub, pairwise: str, leaf: str) -> EntryProof:
    """Return an entry about this person with all that proves it; `NotFound` for anybody else's."""
    subject = hub.vault.pseudonym("ledger", pairwise)
    try:
        named = unb64(leaf)
    except ValueError:
        named = b""
    async with hub.store.connection() as connection:
        row = await stored.entry_about(connection, subject, named)
        found = () if row is None else await proofs_of_rows(hub, connection, [row])
    if not found:
        raise NotFound("there is no such entry about you", hint="谁问过我 lists them")
    return found[0]


async def _batch(hub: Hub, connection: AsyncConnection, subject: bytes, case: str, before: int) -> tuple[AboutRow, ...]:
    if not case:
        return await stored.entries_before(connection, subject, before, BATCH)
    return await stored.entries_of_case(connection, subject, hub.vault.pseudonym("ledger-case", case), before, BATCH)


async def _note(
    hub: Hub, connection: AsyncConnection, rows: Sequence[AboutRow], ended: dict[str, Came]
) -> list[tuple[AboutRow, Entry]]:
    """Open rows, and note of each request what came of it."""
    found = []
    for row in rows:
        if row.content is None:
            continue  # erased on date by rule
        opened = (await _row(hub, connection, row)).entry
        if opened is None:
            continue
        if opened.kind in _ENDS and opened.request:
            ended[opened.request] = "refused" if opened.kind == "refused" else "answered"
        found.append((row, opened))
    return found


async def _row(hub: Hub, connection: AsyncConnection, row: AboutRow) -> Row:
    key = await hub.vault.subject_key(connection, row.subject, row.year)
    salt, content = hub.vault.open_entry(key, row.leaf, row.content or b"")
    entry = msgspec.json.decode(content, type=Entry)
    return Row(leaf=row.leaf, index=row.leaf_index, salt=salt, content=content, entry=entry)


def _line(row: AboutRow, entry: Entry, ended: dict[str, Came]) -> AskedLine:
    came: Came = ended.get(entry.request, "") if entry.kind == "asked" else "answered"
    return AskedLine(id=row.id, leaf=b64(row.leaf), entry=entry, ended=came, sealed=row.leaf_index is not None)


def _is_wanted(entry: Entry, wanted: frozenset[str] | None) -> bool:
    return wanted is None or entry.department in wanted or entry.item in wanted
