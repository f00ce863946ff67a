"""A person's cases and notices, page by page: keyset, never an offset: the last page is as fast as the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.case import State


class ListedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `role` is "" of a case that the person opened, else the role in which they stand in another's."""

    id: str
    role: str
    item: str
    item_version: int
    state: State
    decision: str
    as_of: Any
    created_at: datetime
    changed_at: datetime
    authorised_at: datetime | None
    waits_until: datetime | None
    key_month: str
    key_wrapped: bytes
    opening: bytes
    procedure: bytes | None


class NoticedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One notice in writing with its case; `content` is encrypted under the case key."""

    id: int
    case_id: str
    item: str
    item_version: int
    kind: str
    content: bytes
    told_at: datetime
    opening: bytes  # encrypted likewise
    key_month: str
    key_wrapped: bytes


Place = tuple[datetime, str]  # of the last line of a page: when its case was opened, and its id

_COLUMNS = (
    "c.id, c.item, c.item_version, c.state, c.decision, c.as_of, c.created_at, c.changed_at, c.authorised_at,"
    " c.waits_until, c.key_month, c.key_wrapped, c.opening, c.procedure"
)
_NAMED = "(cast(:items as text[]) is null or c.item = any(:items) or starts_with(c.id, :start))"
_DONE_FOR_ANOTHER = (  # the principal of a mandate stands among the participants, in the role of who applies
    "(cast(:acting as text[]) is null"
    " or exists (select 1 from participants a where a.case_id = c.id and a.role = any(:acting)))"
)
_KEPT = "c.key_wrapped <> ''"  # else erased when its term ended
_PAGE = "(c.created_at, c.id) < (:at, :id)"
_OWN = (
    f"select '' as role, {_COLUMNS} from cases c where c.owner = :owner and {_PAGE} and {_NAMED} and {_KEPT}"
    f" and {_DONE_FOR_ANOTHER} order by c.created_at desc, c.id desc limit :limit"
)
_OTHERS = (
    f"select p.role, {_COLUMNS} from participants p join cases c on c.id = p.case_id where p.who = :who"
    f" and c.owner <> :owner and {_PAGE} and {_NAMED} and {_KEPT}"
    " and (cast(:acting as text[]) is null or p.role = any(:acting))"
    " order by c.created_at desc, c.id desc limit :limit"
)
_LIST = text(f"select * from (({_OWN}) union all ({_OTHERS})) as found order by created_at desc, id desc limit :limit")
_IN_STATES = text(
    f"select '' as role, {_COLUMNS} from cases c where c.owner = :owner and c.state = any(:states) and {_KEPT}"
    " order by c.created_at desc, c.id desc limit :limit"
)
_JOINED = text(
    f"select p.role, {_COLUMNS} from participants p join cases c on c.id = p.case_id where p.who = :who"
    f" and c.owner <> :owner and c.state = any(:states) and {_KEPT} order by c.created_at desc, c.id desc limit :limit"
)
_NOTICES = text(
    "select n.id, n.case_id, c.item, c.item_version, n.kind, n.content, n.told_at, c.opening, c.key_month,"
    " c.key_wrapped from cases c join notices n on n.case_id = c.id"
    f" where c.owner = :owner and n.id < :before and {_KEPT}"
    " order by n.id desc limit :limit"
)


async def page_of(
    connection: AsyncConnection,
    *,
    owner: bytes,
    who: bytes,
    before: Place,
    items: Sequence[str] | None,
    start: str,
    limit: int,
    acting: Sequence[str] | None = None,
) -> tuple[ListedRow, ...]:
    """Return cases that a person opened or takes part in, newest first, those after `before`.

    Of some `items` (None: every one), or those whose id begins with `start`. `acting`: only those that one does for
    another on a mandate, by the roles (of who applies) in which the other stands.
    """
    values = {"owner": owner, "who": who, "at": before[0], "id": before[1], "start": start, "limit": limit}
    values |= {"items": None if items is None else list(items), "acting": None if acting is None else list(acting)}
    found = await connection.execute(_LIST, values)
    return tuple(_listed(row) for row in found)


async def in_states(
    connection: AsyncConnection, owner: bytes, states: Sequence[State], limit: int
) -> tuple[ListedRow, ...]:
    """Return the newest cases of a person that stand in one of these states."""
    values = {"owner": owner, "states": [state.value for state in states], "limit": limit}
    return tuple(_listed(row) for row in await connection.execute(_IN_STATES, values))


async def joined_in_states(
    connection: AsyncConnection, *, owner: bytes, who: bytes, states: Sequence[State], limit: int
) -> tuple[ListedRow, ...]:
    """Return the newest cases of others in which a person takes part and that stand in one of these states."""
    values = {"owner": owner, "who": who, "states": [state.value for state in states], "limit": limit}
    return tuple(_listed(row) for row in await connection.execute(_JOINED, values))


async def notices_page(connection: AsyncConnection, owner: bytes, before: int, limit: int) -> tuple[NoticedRow, ...]:
    """Return the notices to a person, newest first, those written before the one numbered `before`."""
    values = {"owner": owner, "before": before, "limit": limit}
    return tuple(NoticedRow(**row._mapping) for row in await connection.execute(_NOTICES, values))


def _listed(row: Row[Any]) -> ListedRow:
    values = dict(row._mapping)
    values["state"] = State(values["state"])
    return ListedRow(**values)
