"""Entries with all that proves them: content, salt, audit path, signed head, co-signatures."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.sequencing import inclusions
from mianzheng.ledger.proven import EntryProof, make_proof
from mianzheng.store import ledger as stored
from mianzheng.store.ledger import EntryRow, HeadRow


async def proofs_of_case(live: LiveCase) -> tuple[EntryProof, ...]:
    """Return every entry of a case with its proof, oldest first; what is erased by rule is left out."""
    hub = live.hub
    async with hub.store.connection() as connection:
        rows = await stored.entries_of_case(connection, live.ledger_key.whose.case_ref)
        return await _proofs(hub, connection, rows)


async def proofs_about(hub: Hub, pairwise: str, limit: int = 1000) -> tuple[EntryProof, ...]:
    """Return the newest entries about a person with their proofs."""
    async with hub.store.connection() as connection:
        rows = await stored.entries_of_subject(connection, hub.vault.pseudonym("ledger", pairwise), limit)
        return await _proofs(hub, connection, rows)


async def _proofs(hub: Hub, connection: AsyncConnection, rows: Sequence[EntryRow]) -> tuple[EntryProof, ...]:
    newest = await stored.last_head(connection)
    witnessed = await stored.last_witnessed_head(connection)
    heads = {row.leaf: _head_for(row, newest, witnessed) for row in rows}
    paths: dict[tuple[int, int], list[bytes]] = {}
    cosignatures: dict[int, list[str]] = {}
    for size in {head.size for head in heads.values() if head is not None}:
        indexes = [row.leaf_index for row in rows if _size(heads[row.leaf]) == size and row.leaf_index is not None]
        paths |= await inclusions(connection, indexes, size)
        cosignatures[size] = [token for _, token in await stored.cosignatures(connection, size)]
    found = []
    for row in rows:
        if row.content is None:
            continue
        key = await hub.vault.subject_key(connection, row.subject, row.year)
        salt, content = hub.vault.open_entry(key, row.leaf, row.content)
        head = heads[row.leaf]
        if head is None or row.leaf_index is None:
            found.append(make_proof(salt=salt, content=content))
            continue
        found.append(
            make_proof(
                salt=salt,
                content=content,
                index=row.leaf_index,
                inclusion=paths[row.leaf_index, head.size],
                head=head.signed,
                cosignatures=cosignatures[head.size],
            )
        )
    return tuple(found)


def _size(head: HeadRow | None) -> int:
    return 0 if head is None else head.size


def _head_for(row: EntryRow, newest: HeadRow | None, witnessed: HeadRow | None) -> HeadRow | None:
    """Return the witnessed head if it holds the entry already, else the newest; None while pending."""
    for head in (witnessed, newest):
        if head is not None and row.leaf_index is not None and row.leaf_index < head.size:
            return head
    return None
