"""The list of a desk: what a member of staff may do now, the longest waiting first, page by page (keyset)."""

from __future__ import annotations

from datetime import UTC, datetime

from mianzheng.cases import places
from mianzheng.cases.hub import Hub
from mianzheng.cases.sought import among, sought
from mianzheng.deadlines import day_in_china
from mianzheng.model.case import State
from mianzheng.model.officers import DeskLine, Staff
from mianzheng.store import procedure as stored
from mianzheng.store.listing import Place
from mianzheng.store.procedure import DeskPage, DeskRow
from mianzheng.store.sought import Sought

HANDLED = tuple(state for state in stored.AT_DESK if state is not State.ESCALATED)
MOST = 200
_BEGIN: Place = (datetime(1970, 1, 1, tzinfo=UTC), "")


async def desk_of(
    hub: Hub, staff: Staff, *, after: str = "", item: str = "", words: str = "", limit: int = MOST
) -> tuple[DeskLine, ...]:
    """Return what a member of staff may do now with cases after the `place` of a line; of one `item`, or of every one.

    `words` are looked for in items' names and in case numbers.
    A case in which they may do two things has two lines, never on two pages: a page may be longer by those.
    """
    await hub.library.refresh()
    at, case = places.read(after, first=_BEGIN)
    page = DeskPage(at=at, id=case, sought=await _sought(hub, item, words), limit=limit + 1)
    found: list[DeskLine] = []
    async with hub.store.connection() as connection:
        if staff.role in ("officer", "clerk", "head"):
            rows = await stored.desk_of(connection, staff.department, HANDLED, page)
            found += [_line(row, "handle") for row in rows]
        if staff.role == "head":
            rows = await stored.desk_of(connection, staff.department, (State.ESCALATED,), page)
            found += [_line(row, "supervise") for row in rows]
        if staff.role == "officer":
            items = hub.library.approved_by(staff.department)
            rows = await stored.cases_of_items(connection, items, State.PROPOSED, page)
            found += [_line(row, "approve") for row in rows]
        if staff.role in ("officer", "steward"):
            rows = await stored.contested_at(connection, staff.department, page)
            found += [_line(row, "contest") for row in rows]
    found.sort(key=_place)
    last = _place(found[limit - 1]) if len(found) > limit else None
    return tuple(line for line in found if last is None or _place(line) <= last)


async def _sought(hub: Hub, item: str, words: str) -> Sought | None:
    found = await sought(hub, words)
    return among(found, [item]) if item else found


def _line(row: DeskRow, why: str) -> DeskLine:
    return DeskLine(
        case=row.id,
        item=row.item,
        item_version=row.item_version,
        state=row.state,
        handler=row.handler,
        why=why,  # type: ignore[arg-type]
        since=day_in_china(row.changed_at),
        place=places.written(row.changed_at, row.id),
    )


def _place(line: DeskLine) -> Place:
    return places.read(line.place, first=_BEGIN)
