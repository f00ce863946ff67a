"""出件: a department's papers that leave it by hand or by post, for whoever gives them out: the oldest first, by page.

Nothing of what they say and nobody's name: the case is taken first, and only then is a paper of it seen or printed.
"""

from __future__ import annotations

from datetime import date

from mianzheng.cases.hub import Hub
from mianzheng.cases.papers import title_of
from mianzheng.cases.sought import sought
from mianzheng.model.errors import WrongUse
from mianzheng.model.officers import Staff
from mianzheng.model.papers import OutgoingPaper, PaperKind, slug_of
from mianzheng.store import papers as stored
from mianzheng.store.papers import OutgoingRow

MOST = 200
_HANDING = frozenset({"officer", "clerk", "head"})
_BEGIN = (date(1970, 1, 1), "")


async def outgoing_of(
    hub: Hub, staff: Staff, *, after: str = "", words: str = "", limit: int = MOST
) -> tuple[OutgoingPaper, ...]:
    """Return what a member of staff may hand over or post after the `place` of a line; nothing for other roles.

    `words` are looked for in items' names and in case numbers.
    """
    since = _read(after)
    if staff.role not in _HANDING:
        return ()
    wanted = await sought(hub, words)
    async with hub.store.connection() as connection:
        rows = await stored.outgoing(connection, staff.department, wanted, after=since, limit=limit)
    return tuple([await _line(hub, row) for row in rows])


async def _line(hub: Hub, row: OutgoingRow) -> OutgoingPaper:
    item, kind = (await hub.library.version(row.item, row.item_version)).item, PaperKind(row.kind)
    return OutgoingPaper(
        case=row.case_id,
        item=row.item,
        paper=slug_of(kind, row.place),
        title=title_of(kind, row.told_on, item),
        way=row.way,  # type: ignore[arg-type]  # the statement asks for these two
        on=row.told_on,
        deliver_by=row.deliver_by,
        overdue=row.deliver_by is not None and hub.days.today > row.deliver_by,
        sent_on=row.sent_on,
        handler=row.handler,
        place=f"{row.told_on}~{row.number}",
    )


def _read(after: str) -> tuple[date, str]:
    """Return the place of a line, as it was written; `WrongUse` for anything else."""
    if not after:
        return _BEGIN
    day, _, number = after.partition("~")
    try:
        return date.fromisoformat(day), number
    except ValueError:
        raise WrongUse("no such page of the list", hint="begin at the first page") from None
