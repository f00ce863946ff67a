"""Entries with all that proves them: content, salt, audit path, signed head, co-signatures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.entries import subject_of
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.sequencing import inclusions
from mianzheng.decision.audience import Viewer
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proofs import HASH_BYTES
from mianzheng.ledger.proven import EntryProof, LeafProof, make_proof
from mianzheng.model.canonical import b64, unb64
from mianzheng.store import ledger as stored
from mianzheng.store.ledger import EntryRow, HeadRow

_PLACE = re.compile("0|[1-9][0-9]{0,17}")
_HEX = re.compile("[0-9a-fA-F]{64}")


class _Entered(msgspec.Struct):
    """Of a request: the ledger entry that was committed before it left."""

    entry: str = ""


async def proofs_of_case(live: LiveCase) -> tuple[EntryProof, ...]:
    """Return every entry of a case with its proof, oldest first; what is erased by rule is left out."""
    hub = live.hub
    async with hub.store.connection() as connection:
        rows = await stored.entries_of_case(connection, live.ledger_key.whose.case_ref)
        return await proofs_of_rows(hub, connection, rows)


def entry_to_check(live: LiveCase) -> str:
    """Return the entry by which anybody checks a case: of the decision as it was asked for, else the newest, or ""."""
    decided = [sent for sent in live.requests if sent.kind == "decision"]
    asked = decided or [sent for sent in live.requests if sent.kind == "answers"]
    return asked[-1].payload(_Entered).entry if asked else ""


def readable(proofs: Sequence[EntryProof], viewer: Viewer, acting: str) -> tuple[EntryProof, ...]:
    """Return the proofs that a viewer may read whole: a proof cannot be masked, its leaf is of the whole entry."""
    return tuple(proof for proof in proofs if view_of(_entry(proof), viewer, acting) == "full")


def masked(proofs: Sequence[EntryProof], viewer: Viewer, acting: str) -> tuple[Entry, ...]:
    """Return the entries of which a viewer sees department and kind only."""
    found = (_entry(proof) for proof in proofs if view_of(_entry(proof), viewer, acting) == "masked")
    return tuple(without_content(one) for one in found)


def without_content(entry: Entry) -> Entry:
    """Return what is left of an entry about another: its kind, its time and the department."""
    return Entry(kind=entry.kind, at=entry.at, department=entry.department)


def view_of(entry: Entry, viewer: Viewer, acting: str) -> Literal["full", "masked", "none"]:
    """Agent and clerk see of another person's entries department and kind; a linked person sees only their own."""
    if viewer.kind == "linked":
        named = next((view for view in entry.subjects if view.subject == subject_of(viewer.role)), None)
        return "none" if named is None else "full" if named.view == "full" else "masked"
    about_another = bool(entry.role) and entry.role != acting
    return "masked" if about_another and viewer.kind != "resident" else "full"


def _entry(proof: EntryProof) -> Entry:
    return msgspec.json.decode(unb64(proof.content), type=Entry)


async def proofs_about(hub: Hub, pairwise: str, limit: int = 1000) -> tuple[EntryProof, ...]:
    """Return the newest entries about a person with their proofs."""
    async with hub.store.connection() as connection:
        rows = await stored.entries_of_subject(connection, hub.vault.pseudonym("ledger", pairwise), limit)
        return await proofs_of_rows(hub, connection, rows)


async def proof_of_leaf(hub: Hub, entry: str) -> LeafProof | None:
    """Return the proof of a leaf named by its hash (b64) or its place in the tree; None when the ledger has none.

    Hashes only: neither content nor salt, so anybody may read it.
    """
    wanted = _wanted(entry)
    if wanted is None:
        return None
    async with hub.store.connection() as connection:
        found = await stored.find_leaf(connection, leaf=wanted[0], index=wanted[1])
        if found is None:
            return None
        leaf, index = found
        newest, witnessed = await stored.last_head(connection), await stored.last_witnessed_head(connection)
        head = _head_at(index, newest, witnessed)
        if head is None or index is None:
            return LeafProof(leaf=b64(leaf))
        paths = await inclusions(connection, [index], head.size)
        cosignatures = await stored.cosignatures(connection, head.size)
    return LeafProof(
        leaf=b64(leaf),
        index=index,
        inclusion=tuple(b64(node) for node in paths[index, head.size]),
        head=head.signed,
        cosignatures=tuple(token for _, token in cosignatures),
    )


def _wanted(entry: str) -> tuple[bytes, int | None] | None:
    """Return what an entry's name asks for: (leaf, None) for a hash, (b"", index) for a place; None for neither."""
    if _PLACE.fullmatch(entry):
        return b"", int(entry)
    try:
        leaf = bytes.fromhex(entry) if _HEX.fullmatch(entry) else unb64(entry)
    except ValueError:
        return None
    return (leaf, None) if len(leaf) == HASH_BYTES else None


async def proofs_of_rows(hub: Hub, connection: AsyncConnection, rows: Sequence[EntryRow]) -> tuple[EntryProof, ...]:
    """Return rows of the ledger with what proves each; what is erased by rule is left out."""
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
    return _head_at(row.leaf_index, newest, witnessed)


def _head_at(index: int | None, newest: HeadRow | None, witnessed: HeadRow | None) -> HeadRow | None:
    for head in (witnessed, newest):
        if head is not None and index is not None and index < head.size:
            return head
    return None
