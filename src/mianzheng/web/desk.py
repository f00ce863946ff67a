"""Routes of the desk: a department's staff, by their own certified keys; and what anybody may read of the procedure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter

from mianzheng.cases import acting, desk, desk_lines, objecting, overdue
from mianzheng.cases.advance import run
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.model.officers import (
    DeskLine,
    DeskView,
    ObjectionHeard,
    ObjectionStated,
    OverdueLine,
    PublicNotice,
    Review,
    StaffAct,
)
from mianzheng.model.publishing import Certified
from mianzheng.web.access import Access, rule
from mianzheng.web.taking import take

CaseId = Annotated[str, PathParameter(max_length=64)]
After = Annotated[str, QueryParameter(max_length=120)]
Words = Annotated[str, QueryParameter(max_length=80)]
ItemName = Annotated[str, QueryParameter(max_length=100)]
Limit = Annotated[int, QueryParameter(ge=1, le=desk_lines.MOST)]
Signed = Request[Any, Any, State]


@get("/desk", opt=rule(Access.STAFF))
async def show_desk(
    request: Signed, state: State, after: After = "", item: ItemName = "", q: Words = "", limit: Limit = desk_lines.MOST
) -> list[DeskLine]:
    """Return what this member of staff may do now, the longest waiting first; `after`: the last line's `place`.

    Of one item, or found by an item's name or a case's number (`q`).
    """
    staff = request.state.staff
    return list(await desk_lines.desk_of(state.hub, staff, after=after, item=item, words=q, limit=limit))


@get("/desk/reviews", opt=rule(Access.STAFF))
async def show_reviews(request: Signed, state: State) -> list[Review]:
    """Return the department's cases that rest on an answer corrected since."""
    return list(await desk.reviews_of(state.hub, request.state.staff))


@get("/desk/cases/{case:str}", opt=rule(Access.STAFF))
async def show_desk_case(request: Signed, state: State, case: CaseId) -> DeskView:
    """Return a case as its handler sees it; take it first."""
    return await desk.view_for(await load(state.hub, case), request.state.staff)


@post("/desk/cases/{case:str}/acts", opt=rule(Access.DEPARTMENT), status_code=200)
async def take_act(state: State, case: CaseId, data: JSONBody[StaffAct]) -> DeskView:
    """Take a signed act; the signature is the permission."""
    return await _take(state.hub, case, lambda live: acting.act(live, data))


@post("/desk/cases/{case:str}/findings", opt=rule(Access.DEPARTMENT), status_code=200)
async def take_finding(state: State, case: CaseId, data: JSONBody[Certified]) -> DeskView:
    """Take a signed finding; the case runs on with it."""
    return await _take(state.hub, case, lambda live: acting.find(live, data))


@get("/overdue", opt=rule(Access.ANYONE))
async def show_overdue(state: State) -> list[OverdueLine]:
    """Return the limits that ran out, and why."""
    return list(await overdue.published(state.hub))


@get("/notices", opt=rule(Access.ANYONE))
async def show_notices(state: State) -> list[PublicNotice]:
    """Return the public notices that run."""
    return list(await overdue.public_notices(state.hub))


@post("/notices/{case:str}/objections", opt=rule(Access.SESSION), status_code=204)
async def object_to(request: Signed, state: State, case: CaseId, data: JSONBody[ObjectionStated]) -> None:
    """Take an objection to a public notice."""
    await objecting.object_to(await load(state.hub, case), request.state.applicant, data.reason)


@get("/notices/{case:str}/objections", opt=rule(Access.SESSION))
async def show_objections(request: Signed, state: State, case: CaseId) -> list[ObjectionHeard]:
    """Return the signed-in person's own objections to a case: when they are heard, and what came of them."""
    return list(await objecting.heard(await load(state.hub, case), request.state.applicant))


async def _take(hub: Hub, case: str, act: Callable[[LiveCase], Awaitable[None]]) -> DeskView:
    """Take what staff signed, then every step that follows; a case that moved meanwhile is read again."""
    return await desk.view_after(await run(await take(lambda: load(hub, case), act)))


ROUTES = (
    show_desk,
    show_reviews,
    show_desk_case,
    take_act,
    take_finding,
    show_overdue,
    show_notices,
    object_to,
    show_objections,
)
