"""The access ledger's rows: pending entries, tree nodes, signed heads, co-signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SEQUENCER_LOCK = 0x6C656467  # "ledg": one process folds at a time

Node = tuple[int, int]  # (level, index) in the tree


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; `content` is encrypted, None once erased; `leaf_index` None while pending."""

    leaf: bytes
    subject: bytes
    year: int
    content: bytes | None
    leaf_index: int | None


class HeadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A signed head."""

    size: int
    root: bytes
    signed: str
    at: datetime


_FIND_KEY = text("select key_month, key_wrapped from ledger_keys where subject = :subject and year = :year")
_ADD_KEY = text(
    "insert into ledger_keys (subject, year, key_month, key_wrapped) values (:subject, :year, :period, :wrapped)"
    " on conflict do nothing"
)
_LOCK = text("select pg_try_advisory_xact_lock(:lock)")
_SIZE = text("select coalesce(max(leaf_index) + 1, 0) from ledger_entries")
_PENDING = text("select id, leaf from ledger_entries where leaf_index is null order by id limit :limit")
_FOLD = text(
    "update ledger_entries set leaf_index = f.leaf_index"
    " from unnest(cast(:ids as bigint[]), cast(:indexes as bigint[])) as f(id, leaf_index)"
    " where ledger_entries.id = f.id"
)
_NODES = text(
    "select level, index, hash from tree_nodes join unnest(cast(:levels as integer[]), cast(:indexes as bigint[]))"
    " as wanted(level, index) using (level, index)"
)
_ADD_NODES = text(
    "insert into tree_nodes (level, index, hash)"
    " select * from unnest(cast(:levels as integer[]), cast(:indexes as bigint[]), cast(:hashes as bytea[]))"
    " on conflict do nothing"
)
_ADD_HEAD = text("insert into heads (size, root, signed, at) values (:size, :root, :signed, :at)")
_HEAD = text("select size, root, signed, at from heads order by size desc limit 1")
_WITNESSED = text("select size, root, signed, at from heads where size = (select max(size) from cosignatures)")
_OPENING = text(
    "insert into ledger_entries (leaf, case_ref, subject, year, content, leaf_index)"
    " values (:leaf, '', '', 0, :content, 0)"
)
_LEAVES = text("select leaf from ledger_entries where leaf_index >= :start and leaf_index < :end order by leaf_index")
_OF_CASE = text(
    "select leaf, subject, year, content, leaf_index from ledger_entries where case_ref = :case_ref order by id"
)
_BY_LEAF = text("select leaf, leaf_index from ledger_entries where leaf = :leaf")
_BY_INDEX = text("select leaf, leaf_index from ledger_entries where leaf_index = :index")
_EVERY = text("select leaf, subject, year, content, leaf_index from ledger_entries order by id")
_OF_SUBJECT = text(
    "select leaf, subject, year, content, leaf_index from ledger_entries where subject = :subject order by id desc"
    " limit :limit"
)
_COSIGN = text("insert into cosignatures (size, party, signed) values (:size, :party, :signed) on conflict do nothing")
_COSIGNATURES = text("select party, signed from cosignatures where size = :size order by party")
_LAST_COSIGNED = text("select coalesce(max(size), 0) from cosignatures where party = :party")


async def find_key(connection: AsyncConnection, subject: bytes, year: int) -> tuple[str, bytes] | None:
    """Return period and wrapped key of a subject's year."""
    row = (await connection.execute(_FIND_KEY, {"subject": subject, "year": year})).one_or_none()
    return None if row is None else (row[0], row[1])


async def add_key(connection: AsyncConnection, subject: bytes, year: int, key: tuple[str, bytes]) -> tuple[str, bytes]:
    """Write a wrapped key unless there is one already; return the one that counts."""
    values = {"subject": subject, "year": year, "period": key[0], "wrapped": key[1]}
    await connection.execute(_ADD_KEY, values)
    return await find_key(connection, subject, year) or key


async def lock_sequencer(connection: AsyncConnection) -> bool:
    """Take the sequencer's lock until the transaction ends; return False when another process has it."""
    taken: bool = (await connection.execute(_LOCK, {"lock": SEQUENCER_LOCK})).scalar_one()
    return taken


async def tree_size(connection: AsyncConnection) -> int:
    """Return how many entries have their place in the tree."""
    size: int = (await connection.execute(_SIZE)).scalar_one()
    return size


async def pending(connection: AsyncConnection, limit: int) -> list[tuple[int, bytes]]:
    """Return (row id, leaf hash) of entries that have no place yet, in the order they were written."""
    return [(row[0], row[1]) for row in (await connection.execute(_PENDING, {"limit": limit})).all()]


async def fold(connection: AsyncConnection, ids: Sequence[int], start: int) -> None:
    """Give entries their places in the tree, from `start` on."""
    await connection.execute(_FOLD, {"ids": list(ids), "indexes": list(range(start, start + len(ids)))})


async def nodes(connection: AsyncConnection, wanted: Iterable[Node]) -> dict[Node, bytes]:
    """Return the hashes of the wanted nodes that exist."""
    keys = list(wanted)
    values = {"levels": [level for level, _ in keys], "indexes": [index for _, index in keys]}
    return {(row[0], row[1]): row[2] for row in (await connection.execute(_NODES, values)).all()}


async def add_nodes(connection: AsyncConnection, made: Mapping[Node, bytes]) -> None:
    """Write nodes of the tree; a node once written never changes."""
    values = {
        "levels": [level for level, _ in made],
        "indexes": [index for _, index in made],
        "hashes": list(made.values()),
    }
    await connection.execute(_ADD_NODES, values)


async def add_head(connection: AsyncConnection, head: HeadRow) -> None:
    """Write a signed head."""
    await connection.execute(_ADD_HEAD, msgspec.structs.asdict(head))


async def last_head(connection: AsyncConnection) -> HeadRow | None:
    """Return the newest head."""
    row = (await connection.execute(_HEAD)).one_or_none()
    return None if row is None else HeadRow(**row._mapping)


async def last_witnessed_head(connection: AsyncConnection) -> HeadRow | None:
    """Return the newest head that any witness co-signed."""
    row = (await connection.execute(_WITNESSED)).one_or_none()
    return None if row is None else HeadRow(**row._mapping)


async def add_opening(connection: AsyncConnection, leaf: bytes, content: bytes) -> None:
    """Write the ledger's first leaf at its place; `content` is salt and opening, in plain."""
    await connection.execute(_OPENING, {"leaf": leaf, "content": content})


async def leaves(connection: AsyncConnection, start: int, end: int) -> list[bytes]:
    """Return the leaf hashes from `start` to before `end`."""
    return list((await connection.execute(_LEAVES, {"start": start, "end": end})).scalars())


async def entries_of_case(connection: AsyncConnection, case_ref: bytes) -> tuple[EntryRow, ...]:
    """Return the entries of a case, oldest first."""
    rows = (await connection.execute(_OF_CASE, {"case_ref": case_ref})).all()
    return tuple(EntryRow(**row._mapping) for row in rows)


async def find_leaf(
    connection: AsyncConnection, *, leaf: bytes = b"", index: int | None = None
) -> tuple[bytes, int | None] | None:
    """Return hash and place of the entry with this leaf hash, or at this place; None when there is none."""
    by_index = index is not None
    values = {"index": index} if by_index else {"leaf": leaf}
    row = (await connection.execute(_BY_INDEX if by_index else _BY_LEAF, values)).one_or_none()
    return None if row is None else (row[0], row[1])


async def every_entry(connection: AsyncConnection) -> tuple[EntryRow, ...]:
    """Return all entries, oldest first, for `ledger reconcile`."""
    rows = (await connection.execute(_EVERY)).all()
    return tuple(EntryRow(**row._mapping) for row in rows)


async def entries_of_subject(connection: AsyncConnection, subject: bytes, limit: int) -> tuple[EntryRow, ...]:
    """Return the entries about a person, newest first."""
    rows = (await connection.execute(_OF_SUBJECT, {"subject": subject, "limit": limit})).all()
    return tuple(EntryRow(**row._mapping) for row in rows)


async def add_cosignature(connection: AsyncConnection, size: int, party: str, signed: str) -> None:
    """Write a witness's co-signature of a head."""
    await connection.execute(_COSIGN, {"size": size, "party": party, "signed": signed})


async def cosignatures(connection: AsyncConnection, size: int) -> tuple[tuple[str, str], ...]:
    """Return (witness, co-signature) of a head."""
    return tuple((row[0], row[1]) for row in (await connection.execute(_COSIGNATURES, {"size": size})).all())


async def last_cosigned(connection: AsyncConnection, party: str) -> int:
    """Return the size of the last head a witness co-signed, 0 for none."""
    size: int = (await connection.execute(_LAST_COSIGNED, {"party": party})).scalar_one()
    return size
