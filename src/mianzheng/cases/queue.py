"""The queue of an office 取号叫号: numbers given out, called, paused, handed over, and a shift's list at its end.

A ticket says nothing about who drew it. It lies in the hands of the one member of staff who called it; a colleague's
is as if it did not exist.
"""

from __future__ import annotations

from mianzheng.cases.hub import Hub, new_id
from mianzheng.cases.staff import NotStaff
from mianzheng.model.errors import MianzhengError, NotFound
from mianzheng.model.officers import Staff
from mianzheng.model.queue import QueueView, Ticket, TicketMoved, TicketState
from mianzheng.store import queue as stored
from mianzheng.store.queue import Who

ROLES = frozenset({"clerk", "officer", "head"})
MOST_OF_A_SHIFT = 500  # on one page


class NobodyWaits(MianzhengError):
    """No ticket waits for this window."""

    code = "nobody-waits"


class NotInHands(MianzhengError):
    """The ticket does not stand where this move begins, or a colleague has it."""

    code = "not-in-hands"


async def issue(hub: Hub, staff: Staff, office: str) -> Ticket:
    """Give out the next number of an office."""
    _require(hub, staff, office)
    async with hub.store.transaction() as transaction:
        return await stored.issue(transaction, new_id("q"), office=office, day=hub.today, at=hub.clock())


async def call_next(hub: Hub, staff: Staff, office: str, window: str) -> Ticket:
    """Call the next number to a window; `NobodyWaits` when the line is empty."""
    _require(hub, staff, office)
    async with hub.store.connection() as connection:
        found = await stored.call_next(
            connection, _who(staff), office=office, day=hub.today, window=window, at=hub.clock()
        )
    if found is None:
        raise NobodyWaits("nobody waits for this window", hint="a number is drawn at the entrance")
    return found


async def move(hub: Hub, staff: Staff, office: str, ticket: str, moved: TicketMoved) -> Ticket:
    """Pause, resume, hand over or end a ticket in one's own hands; `NotInHands` otherwise."""
    _require(hub, staff, office)
    who, of = _who(staff), {"office": office, "ticket": ticket}
    async with hub.store.connection() as connection:
        if moved.move == "pause":
            found = await stored.pause(connection, who, **of)
        elif moved.move == "resume":
            found = await stored.resume(connection, who, **of)
        elif moved.move == "hand-over":
            found = await stored.hand_over(connection, who, **of, to=moved.to, why=moved.why)
        else:
            found = await stored.end(connection, who, **of, state=TicketState(moved.move), at=hub.clock())
    if found is None:
        raise NotInHands(f"this ticket cannot be moved by {moved.move} now", hint="GET /queue/{office} lists yours")
    return found


async def view_of(hub: Hub, staff: Staff, office: str, window: str) -> QueueView:
    """Return how the line stands, and the tickets in this one's hands."""
    _require(hub, staff, office)
    async with hub.store.connection() as connection:
        line = await stored.line_of(connection, office=office, day=hub.today, window=window)
        mine = await stored.in_hands(connection, _who(staff), office=office, day=hub.today)
    return QueueView(
        office=office,
        waiting=line.waiting,
        first_waits_since=line.since,
        mine=mine,
    )


async def shift_of(
    hub: Hub, staff: Staff, office: str, *, after: int = 0, number: int = 0, limit: int = MOST_OF_A_SHIFT
) -> tuple[Ticket, ...]:
    """Return a page of the tickets this one called today: those after a number, or the one of a `number`."""
    _require(hub, staff, office)
    async with hub.store.connection() as connection:
        return await stored.shift_of(
            connection, _who(staff), office=office, day=hub.today, limit=limit, after=after, number=number
        )


def _require(hub: Hub, staff: Staff, office: str) -> None:
    """Staff of a department that sits in the office; an office the hub does not know does not exist."""
    if staff.role not in ROLES:
        raise NotStaff(f"{staff.staff} is {staff.role}; a queue is for {', '.join(sorted(ROLES))}")
    if office not in hub.offices:
        raise NotFound(f"there is no office {office!r}", hint="hub.json `offices` names each with its departments")
    if (sit_there := hub.offices[office]) and staff.department not in sit_there:
        raise NotStaff(f"{staff.department} has no window in this office")


def _who(staff: Staff) -> Who:
    return Who(department=staff.department, staff=staff.staff)
