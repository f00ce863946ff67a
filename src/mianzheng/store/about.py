"""Ledger entries about one person, page by page."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.store.ledger import EntryRow


class AboutRow(EntryRow, frozen=True, kw_only=True):
    """One entry with its place among the rows, by which pages are cut."""

    id: int


_COLUMNS = "id, leaf, subject, year, content, leaf_index"
_BEFORE = text(
    f"select {_COLUMNS} from ledger_entries where subject = :subject and id < :before order by id desc limit :limit"
)
_FROM = text(
    f"select {_COLUMNS} from ledger_entries where subject = :subject and id >= :start order by id limit :limit"
)
_OF_CASE = text(
    f"select {_COLUMNS} from ledger_entries where case_ref = :case_ref and subject = :subject and id < :before"
    " order by id desc limit :limit"
)
_ONE = text(f"select {_COLUMNS} from ledger_entries where leaf = :leaf and subject = :subject")


async def entries_before(connection: AsyncConnection, subject: bytes, before: int, limit: int) -> tuple[AboutRow, ...]:
    """Return entries about a person, newest first, those written before the row `before`."""
    values = {"subject": subject, "before": before, "limit": limit}
    return tuple(AboutRow(**row._mapping) for row in await connection.execute(_BEFORE, values))


async def entries_from(connection: AsyncConnection, subject: bytes, start: int, limit: int) -> tuple[AboutRow, ...]:
    """Return entries about a person, oldest first, from the row `start` on."""
    values = {"subject": subject, "start": start, "limit": limit}
    return tuple(AboutRow(**row._mapping) for row in await connection.execute(_FROM, values))


async def entries_of_case(
    connection: AsyncConnection, subject: bytes, case_ref: bytes, before: int, limit: int
) -> tuple[AboutRow, ...]:
    """Return the entries of one case about a person, newest first, those written before the row `before`."""
    values = {"subject": subject, "case_ref": case_ref, "before": before, "limit": limit}
    return tuple(AboutRow(**row._mapping) for row in await connection.execute(_OF_CASE, values))


async def entry_about(connection: AsyncConnection, subject: bytes, leaf: bytes) -> AboutRow | None:
    """Return the entry of a leaf if it is about this person."""
    row = (await connection.execute(_ONE, {"subject": subject, "leaf": leaf})).one_or_none()
    return None if row is None else AboutRow(**row._mapping)
