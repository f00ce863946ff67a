"""A person's sign-ins: read by them alone, ended from any of their sessions; and signing out.

A session of a presence, where a clerk looks on, reads none and ends itself only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, QueryParameter

from mianzheng.cases.hub import Hub
from mianzheng.cases.memory import Recent
from mianzheng.cases.opening import Applicant
from mianzheng.model.errors import NotFound
from mianzheng.model.sign_ins import SignInClosed, SignInLine, SignInsPage
from mianzheng.store import sign_ins as stored
from mianzheng.store.sign_ins import SignInRow
from mianzheng.web.access import Access, rule
from mianzheng.web.sessions import Session, end_session, name_of, who_of

PAGE = 20
NEWEST = 2**62
CLEARED = {"clear-site-data": '"cache"'}  # not "storage": the keys that open a person's results lie there
After = Annotated[int, QueryParameter(ge=0, le=NEWEST)]
Method = Annotated[str, QueryParameter(max_length=80)]
Signed = Request[Any, Any, State]


async def sign_ins_of(
    hub: Hub, applicant: Applicant, token: str, *, after: int = 0, methods: Sequence[str] | None = None
) -> SignInsPage:
    """Return a person's sign-ins, newest first; `token` is the session that asks, `methods` as in `page_of`."""
    if applicant.presence:
        return SignInsPage(sign_ins=(), after=0)
    async with hub.store.connection() as connection:
        rows = await stored.page_of(
            connection, who_of(hub, applicant), before=after or NEWEST, limit=PAGE + 1, methods=methods
        )
    lines = tuple(_line(row, here=name_of(token), now=hub.clock()) for row in rows[:PAGE])
    return SignInsPage(sign_ins=lines, after=rows[PAGE - 1].id if len(rows) > PAGE else 0)


async def close_others(
    hub: Hub, applicant: Applicant, token: str, kept: Recent[bytes, Session], *, sign_in: int = 0
) -> None:
    """End the session of one of the person's sign-ins, or of every one but this; another's does not exist."""
    if applicant.presence:
        raise NotFound("there is no such sign-in")
    async with hub.store.connection() as connection:
        who, at = who_of(hub, applicant), hub.clock()
        closed = await stored.close_others(connection, who, but=name_of(token), one=sign_in, at=at)
    if sign_in and not closed:
        raise NotFound("there is no such sign-in", hint="it has ended, or it is the one you are using")
    for name in closed:
        kept.take(name)


@get("/my/sign-ins", opt=rule(Access.SESSION))
async def list_sign_ins(request: Signed, state: State, after: After = 0, method: Method = "") -> SignInsPage:
    """Return the signed-in person's sign-ins, newest first; by one `method`, or by any."""
    applicant, token = request.state.applicant, request.state.token
    return await sign_ins_of(state.hub, applicant, token, after=after, methods=[method] if method else None)


@post("/my/sign-ins/closed", opt=rule(Access.SESSION), status_code=204)
async def close(request: Signed, state: State, data: JSONBody[SignInClosed]) -> None:
    """End one other session of the person, or all others."""
    who, token = request.state.applicant, request.state.token
    await close_others(state.hub, who, token, state.sessions, sign_in=data.sign_in)


@post("/my/sign-out", opt=rule(Access.SESSION), status_code=204)
async def sign_out(request: Signed, state: State) -> Response[None]:
    """End this session."""
    await end_session(state.hub, request.state.token, state.sessions)
    return Response(None, status_code=204, headers=CLEARED)


def _line(row: SignInRow, *, here: bytes, now: datetime) -> SignInLine:
    over = row.until is not None and row.until <= now
    ended, at = (row.ended, row.ended_at) if row.ended else ("time", row.until) if over else ("", None)
    return SignInLine(
        id=row.id,
        at=int(row.opened_at.timestamp()),
        method=row.method,
        level=row.level,
        presence=row.presence,
        here=row.session == here,
        ended=ended,  # type: ignore[arg-type]  # the table holds no other
        ended_at=0 if at is None else int(at.timestamp()),
    )


ROUTES = (list_sign_ins, close, sign_out)
