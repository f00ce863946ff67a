"""Who comes next: numbers drawn, called, put aside, handed over, ended. One person sits there at a time."""

from __future__ import annotations

from mianzheng.model.queue import STUCK, HandOverReason, Ticket
from mianzheng.window import filing
from mianzheng.window.clerk import Clerk, Said
from mianzheng.window.sitting import Sitting


async def draw(clerk: Clerk) -> None:
    """Draw a number for somebody who came in, and say which."""
    ticket = await clerk.queue.draw()
    clerk.said = Said(code="drawn", detail=str(ticket.number))


async def call_next(clerk: Clerk) -> None:
    """End the sitting, if there is one, and begin the next person's: the clock runs from here."""
    await leave(clerk)
    clerk.sitting = Sitting(await clerk.queue.call_next())


async def leave(clerk: Clerk, *, absent: bool = False) -> None:
    """End the sitting: what the person said is gone from here."""
    sitting, clerk.sitting = clerk.sitting, None
    if sitting is not None and sitting.ticket is not None:
        await clerk.queue.move(sitting.ticket.ticket, "absent" if absent else "done")


async def rest(clerk: Clerk) -> None:
    """Put the sitting aside, as it is: the person fetches something, the next one may sit down."""
    sitting = clerk.sitting
    if sitting is None or sitting.ticket is None:
        return
    await clerk.queue.move(sitting.ticket.ticket, "pause")
    clerk.resting[sitting.ticket.ticket] = sitting
    clerk.sitting = None


async def go_on(clerk: Clerk, ticket: str) -> None:
    """Take up a ticket that rested; the one who sits there now is put aside."""
    await rest(clerk)
    taken = await clerk.queue.move(ticket, "resume")
    clerk.sitting = clerk.resting.pop(ticket, None) or Sitting(taken)


async def hand_over(clerk: Clerk, *, to: str, why: HandOverReason) -> None:
    """Give the number to another window, first in its line; who the person is does not go with it."""
    sitting = clerk.sitting
    if sitting is None or sitting.ticket is None:
        return
    await clerk.queue.move(sitting.ticket.ticket, "hand-over", to=to.strip(), why=why)
    clerk.sitting = None
    place = to.strip() or "any"
    clerk.said = Said(code="handed-over", detail=f"{sitting.ticket.number} → {place}")


async def stuck(clerk: Clerk) -> None:
    """办不成事: where the case allows it the person's word goes to a supervisor; their number to that window."""
    sitting = clerk.sitting
    if sitting is None:
        return
    if sitting.shown is not None and filing.may(sitting.shown, "escalate"):
        await filing.step(clerk, "escalate")
        clerk.said = Said(code="escalated")
        return
    await hand_over(clerk, to=STUCK, why="stuck")


def at_window(mine: tuple[Ticket, ...], clerk: Clerk) -> tuple[Ticket, ...]:
    """Return the tickets in one's hands that do not sit here now: they rest."""
    here = clerk.sitting.ticket.ticket if clerk.sitting and clerk.sitting.ticket else ""
    return tuple(one for one in mine if one.ticket != here)
