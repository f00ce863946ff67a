"""Item versions as their stewards signed them: draft, approved, published, retired."""

from __future__ import annotations

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an item; `signed` is the JWS whose payload is the item's canonical JSON."""

    item: str
    version: int
    department: str
    digest: str
    status: str
    signed: str
    certificate: str


class ApprovalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One approval of a question template by the steward of the department that answers it."""

    question: str
    role: str
    signed: str
    certificate: str


_COLUMNS = ", ".join(ItemRow.__struct_fields__)
_ADD = text(
    f"insert into items ({_COLUMNS}) values ({', '.join(':' + name for name in ItemRow.__struct_fields__)})"
    " on conflict (item, version) do update set digest = excluded.digest, signed = excluded.signed,"
    " certificate = excluded.certificate, department = excluded.department, status = excluded.status"
    " where items.status = 'draft' returning 1"
)
_ITEM = text(f"select {_COLUMNS} from items where item = :item and version = :version")
_CHANGED = text(
    f"select {_COLUMNS} from items where (item, version) in (select item, version from item_changes where id > :newest)"
)
_MARK = text("select coalesce(max(id), 0) from item_changes")
_ONE_AT_A_TIME = text("lock table item_changes in exclusive mode")  # numbers then become visible in their order
_CHANGE = text("insert into item_changes (item, version, status, signed) values (:item, :version, :status, :signed)")
_STATUS = text(
    "update items set status = :target where item = :item and version = :version and status = :source returning 1"
)
_DROP_APPROVALS = text("delete from item_approvals where item = :item and version = :version")
_ADD_APPROVAL = text(
    "insert into item_approvals (item, version, question, role, signed, certificate)"
    " values (:item, :version, :question, :role, :signed, :certificate)"
    " on conflict (item, version, question, role) do update"
    " set signed = excluded.signed, certificate = excluded.certificate"
)
_APPROVALS = text(
    "select question, role, signed, certificate from item_approvals where item = :item and version = :version"
    " order by question, role"
)


async def add_draft(connection: AsyncConnection, row: ItemRow) -> bool:
    """Write or replace a draft; return False when this version has gone past draft and is frozen."""
    added = (await connection.execute(_ADD, msgspec.structs.asdict(row))).first() is not None
    if added:
        await connection.execute(_DROP_APPROVALS, {"item": row.item, "version": row.version})
        await _record(connection, row.item, row.version, status=row.status, signed=row.signed)
    return added


async def find_item(connection: AsyncConnection, item: str, version: int) -> ItemRow | None:
    """Return one version of an item."""
    found = (await connection.execute(_ITEM, {"item": item, "version": version})).one_or_none()
    return None if found is None else ItemRow(**found._mapping)


async def changed_items(connection: AsyncConnection, newest: int) -> tuple[ItemRow, ...]:
    """Return every version that changed after a mark of `items_mark`."""
    rows = (await connection.execute(_CHANGED, {"newest": newest})).all()
    return tuple(ItemRow(**row._mapping) for row in rows)


async def items_mark(connection: AsyncConnection) -> int:
    """Return a number that grows with each change of any item."""
    mark: int = (await connection.execute(_MARK)).scalar_one()
    return mark


async def add_approvals(connection: AsyncConnection, item: str, version: int, rows: tuple[ApprovalRow, ...]) -> None:
    """Write approvals of an item version; a later one of the same question replaces an earlier."""
    for row in rows:
        await connection.execute(_ADD_APPROVAL, {"item": item, "version": version, **msgspec.structs.asdict(row)})


async def approvals_of(connection: AsyncConnection, item: str, version: int) -> tuple[ApprovalRow, ...]:
    """Return the approvals of an item version."""
    rows = (await connection.execute(_APPROVALS, {"item": item, "version": version})).all()
    return tuple(ApprovalRow(**row._mapping) for row in rows)


async def move_item(
    connection: AsyncConnection, item: str, version: int, *, source: str, target: str, signed: str
) -> bool:
    """Move an item version by a conditional update and record the step; return whether it was won."""
    values = {"item": item, "version": version, "source": source, "target": target}
    won = (await connection.execute(_STATUS, values)).first() is not None
    if won:
        await _record(connection, item, version, status=target, signed=signed)
    return won


async def _record(connection: AsyncConnection, item: str, version: int, *, status: str, signed: str) -> None:
    await connection.execute(_ONE_AT_A_TIME)
    await connection.execute(_CHANGE, {"item": item, "version": version, "status": status, "signed": signed})
