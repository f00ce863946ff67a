"""Routes by which a person's own phone and a clerk's window meet."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.datastructures import State
from litestar.params import JSONBody

from mianzheng.cases import meeting
from mianzheng.cases.hub import Hub
from mianzheng.model.identity import SessionOpened
from mianzheng.model.meeting import MeetingJoined, MeetingMade
from mianzheng.web.access import Access, rule
from mianzheng.web.sessions import Ways, open_session

Signed = Request[Any, Any, State]
METHOD = "code"


@post("/meetings", opt=rule(Access.SESSION), status_code=200)
async def make_code(request: Signed, state: State) -> MeetingMade:
    """Give out a code that the person says to a clerk."""
    return await meeting.make(state.hub, request.state.applicant)


@post("/meetings/guests", opt=rule(Access.STAFF), status_code=200)
async def join(request: Signed, state: State, data: JSONBody[MeetingJoined]) -> SessionOpened:
    """Open the clerk's session of a person whose code it is: to prepare, and to read as a clerk."""
    hub: Hub = state.hub
    guest = await meeting.join(hub, request.state.staff, data.code)
    token = await open_session(hub, guest, Ways(method=METHOD))
    return SessionOpened(session=token, display="", level=guest.level, method=METHOD, presence=guest.presence)


ROUTES = (make_code, join)
