"""A person's cases and notices, page by page: keyset, never an offset: the last page is as fast as the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.case import State
from mianzheng.store.sought import NO_NUMBER, NUMBERED, Sought


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
_KEPT = "c.key_wrapped <> ''"  # else erased when its term ended
_PAGE = "(c.created_at, c.id) < (:at, :id)"
_NEWEST = "order by c.created_at desc, c.id desc limit :limit"
_EACH_ITEM = "unnest(cast(:items as text[])) as i(item) cross join lateral"  # a few lines of each, so many at most
_EACH_STATE = "unnest(cast(:states as text[])) as s(state) cross join lateral"
_DONE_FOR_ANOTHER = (  # the principal of a mandate stands among the participants, in the role of who applies
    "(cast(:acting as text[]) is null"
    " or exists (select 1 from participants a where a.case_id = c.id and a.role = any(:acting)))"
)
_NAMED = f"(c.item = any(:items) or ({NUMBERED}))"
_MINE = f"c.owner = :owner and {_PAGE} and {_KEPT}"
_JOIN = (  # `offset 0`: each by its key, never by walking all cases, of whom a person may have very many
    "from participants p cross join lateral (select c.* from cases c where c.id = p.case_id offset 0) c"
    " where p.who = :who and c.owner <> :owner"
)
_OWN = f"select '' as role, {_COLUMNS} from cases c where {_MINE} {_NEWEST}"
_OWN_OF_ITEMS = (
    f"select '' as role, {_COLUMNS} from {_EACH_ITEM} (select c.* from cases c where c.item = i.item and {_MINE}"
    f" and {_DONE_FOR_ANOTHER} {_NEWEST}) c {_NEWEST}"
)
_OWN_NUMBERED = (
    f"select '' as role, {_COLUMNS} from cases c where {NUMBERED} and {_MINE} and {_DONE_FOR_ANOTHER}"
    f" and not c.item = any(:items) {_NEWEST}"
)
_OTHERS = f"select p.role, {_COLUMNS} {_JOIN} and {_PAGE} and {_KEPT} {_NEWEST}"
_OTHERS_NAMED = (
    f"select p.role, {_COLUMNS} {_JOIN} and {_PAGE} and {_KEPT} and {_NAMED}"
    f" and (cast(:acting as text[]) is null or p.role = any(:acting)) {_NEWEST}"
)


def _joined(*parts: str) -> TextClause:
    every = " union all ".join(f"({part})" for part in parts)
    return text(f"select * from ({every}) as found order by created_at desc, id desc limit :limit")


_LIST = _joined(_OWN, _OTHERS)
_SOUGHT = _joined(_OWN_OF_ITEMS, _OWN_NUMBERED, _OTHERS_NAMED)
_IN_STATES = text(
    f"select '' as role, {_COLUMNS} from {_EACH_STATE} (select c.* from cases c where c.owner = :owner"
    f" and c.state = s.state and (cast(:items as text[]) is null or c.item = any(:items)) and {_KEPT} {_NEWEST}) c"
    f" {_NEWEST}"
)
_COUNT = text(
    "select count(*) from (select 1 from cases c where c.owner = :owner and c.state = any(:states)"
    f" and c.item = any(:items) and {_KEPT} limit :limit) as found"
)
_JOINED = text(
    f"select p.role, {_COLUMNS} {_JOIN} and c.state = any(:states) and {_PAGE} and {_KEPT}"
    f" and (cast(:items as text[]) is null or {_NAMED}) {_NEWEST}"
)
_TOLD = (
    "select n.id, n.case_id, c.item, c.item_version, n.kind, n.content, n.told_at, c.opening, c.key_month,"
    " c.key_wrapped"
)
_TOLD_TO = f"n.owner = :owner and n.id < :before and {_KEPT}"
_LAST_TOLD = "order by n.id desc limit :limit"
_NOTICES = text(f"{_TOLD} from notices n join cases c on c.id = n.case_id where {_TOLD_TO} {_LAST_TOLD}")
_NOTICES_SOUGHT = text(
    f"select * from (({_TOLD} from {_EACH_ITEM} (select n.* from notices n where n.item = i.item and n.owner = :owner"
    f" and n.id < :before {_LAST_TOLD}) n join cases c on c.id = n.case_id where {_KEPT}) union all"
    f" ({_TOLD} from cases c join notices n on n.case_id = c.id where {NUMBERED} and {_TOLD_TO}"
    f" and not n.item = any(:items) {_LAST_TOLD})) as n {_LAST_TOLD}"
)


async def page_of(
    connection: AsyncConnection,
    *,
    owner: bytes,
    who: bytes,
    before: Place,
    limit: int,
    sought: Sought | None = None,
    acting: Sequence[str] | None = None,
) -> tuple[ListedRow, ...]:
    """Return cases that a person opened or takes part in, newest first, those after `before`; `sought`: only those.

    `acting`, with `sought`: only those that one does for another on a mandate, by the roles (of who applies) in which
    the other stands.
    """
    values: dict[str, Any] = {"owner": owner, "who": who, "at": before[0], "id": before[1], "limit": limit}
    if sought is None:
        return tuple(_listed(row) for row in await connection.execute(_LIST, values))
    values |= _named(sought) | {"acting": None if acting is None else list(acting)}
    return tuple(_listed(row) for row in await connection.execute(_SOUGHT, values))


async def in_states(
    connection: AsyncConnection,
    owner: bytes,
    states: Sequence[State],
    limit: int,
    *,
    items: Sequence[str] | None = None,
) -> tuple[ListedRow, ...]:
    """Return the newest cases of a person that stand in one of these states, of some items or (None) of every one."""
    values = {"owner": owner, "states": [state.value for state in states], "limit": limit}
    values |= {"items": None if items is None else list(items)}
    return tuple(_listed(row) for row in await connection.execute(_IN_STATES, values))


async def count_in_states(
    connection: AsyncConnection, owner: bytes, states: Sequence[State], items: Sequence[str], most: int
) -> int:
    """Return how many cases of these items a person has in these states, `most` where there are more."""
    values = {"owner": owner, "states": [state.value for state in states], "items": list(items), "limit": most}
    return int((await connection.execute(_COUNT, values)).scalar_one())


async def joined_in_states(
    connection: AsyncConnection,
    *,
    owner: bytes,
    who: bytes,
    states: Sequence[State],
    before: Place,
    limit: int,
    sought: Sought | None = None,
) -> tuple[ListedRow, ...]:
    """Return the newest cases of others, after `before`, in which a person takes part, in one of these states."""
    values: dict[str, Any] = {"owner": owner, "who": who, "at": before[0], "id": before[1], "limit": limit}
    values |= {"states": [state.value for state in states]}
    values |= {"items": None, "start": NO_NUMBER, "last": NO_NUMBER} if sought is None else _named(sought)
    return tuple(_listed(row) for row in await connection.execute(_JOINED, values))


async def notices_page(
    connection: AsyncConnection, owner: bytes, before: int, limit: int, *, sought: Sought | None = None
) -> tuple[NoticedRow, ...]:
    """Return the notices to a person, newest first, those written before the one numbered `before`."""
    values: dict[str, Any] = {"owner": owner, "before": before, "limit": limit}
    statement = _NOTICES if sought is None else _NOTICES_SOUGHT
    rows = await connection.execute(statement, values if sought is None else values | _named(sought))
    return tuple(NoticedRow(**row._mapping) for row in rows)


def _named(sought: Sought) -> dict[str, Any]:
    return {"items": list(sought.items), "start": sought.start, "last": sought.last}


def _listed(row: Row[Any]) -> ListedRow:
    values = dict(row._mapping)
    values["state"] = State(values["state"])
    return ListedRow(**values)
