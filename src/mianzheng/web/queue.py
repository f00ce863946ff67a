"""Routes of an office's queue, by staff's signed requests."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter

from mianzheng.cases import queue
from mianzheng.model.queue import NextCalled, QueueView, Ticket, TicketMoved
from mianzheng.web.access import Access, rule

Office = Annotated[str, PathParameter(max_length=64)]
TicketId = Annotated[str, PathParameter(max_length=64)]
Window = Annotated[str, QueryParameter(max_length=64)]
Number = Annotated[int, QueryParameter(ge=0, le=1_000_000)]
Limit = Annotated[int, QueryParameter(ge=1, le=queue.MOST_OF_A_SHIFT)]
Signed = Request[Any, Any, State]


@get("/queue/{office:str}", opt=rule(Access.STAFF))
async def show_queue(request: Signed, state: State, office: Office, window: Window = "") -> QueueView:
    """Return how many wait for a window, and the tickets in one's own hands."""
    return await queue.view_of(state.hub, request.state.staff, office, window)


@post("/queue/{office:str}/tickets", opt=rule(Access.STAFF))
async def issue_ticket(request: Signed, state: State, office: Office) -> Ticket:
    """Give out the next number."""
    return await queue.issue(state.hub, request.state.staff, office)


@post("/queue/{office:str}/next", opt=rule(Access.STAFF), status_code=200)
async def call_next(request: Signed, state: State, office: Office, data: JSONBody[NextCalled]) -> Ticket:
    """Call the next number to a window."""
    return await queue.call_next(state.hub, request.state.staff, office, data.window)


@post("/queue/{office:str}/tickets/{ticket:str}/moves", opt=rule(Access.STAFF), status_code=200)
async def move_ticket(
    request: Signed, state: State, office: Office, ticket: TicketId, data: JSONBody[TicketMoved]
) -> Ticket:
    """Pause, resume, hand over or end a ticket in one's own hands."""
    return await queue.move(state.hub, request.state.staff, office, ticket, data)


@get("/queue/{office:str}/shift", opt=rule(Access.STAFF))
async def show_shift(
    request: Signed,
    state: State,
    office: Office,
    after: Number = 0,
    number: Number = 0,
    limit: Limit = queue.MOST_OF_A_SHIFT,
) -> list[Ticket]:
    """Return the tickets one called today, by number, those after one; `number`: that one alone."""
    staff = request.state.staff
    return list(await queue.shift_of(state.hub, staff, office, after=after, number=number, limit=limit))


ROUTES = (show_queue, issue_ticket, call_next, move_ticket, show_shift)
