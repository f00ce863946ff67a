"""Routes of a person's own lists, page by page, as the pages show them; empty to a presence, where a clerk looks on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import QueryParameter

from mianzheng.cases.listing import (
    CasePage,
    ListedCase,
    NoticePage,
    acted_page,
    cases_page,
    notices_page,
    parts_page,
    waiting_for,
)
from mianzheng.cases.opening import Applicant
from mianzheng.web.access import Access, rule

Words = Annotated[str, QueryParameter(max_length=80)]
After = Annotated[str, QueryParameter(max_length=120)]
Number = Annotated[int, QueryParameter(ge=0, le=2**62)]
Acted = Annotated[Literal["", "person", "body"], QueryParameter()]
Signed = Request[Any, Any, State]


@get("/my/cases", opt=rule(Access.SESSION))
async def my_cases(request: Signed, state: State, q: Words = "", acted: Acted = "", after: After = "") -> CasePage:
    """Return a page of one's cases, newest first, found by the item's name or the case's number.

    `acted`: instead those done for another person on a mandate, by oneself or for oneself, or those done for bodies.
    """
    applicant: Applicant = request.state.applicant
    if applicant.presence:
        return CasePage(cases=(), after="")
    if acted:
        return await acted_page(state.hub, applicant, bodies=acted == "body", words=q, after=after)
    return await cases_page(state.hub, applicant, words=q, after=after)


@get("/my/waiting", opt=rule(Access.SESSION))
async def my_waiting(request: Signed, state: State) -> list[ListedCase]:
    """Return the newest cases in which something waits for the person."""
    applicant: Applicant = request.state.applicant
    return [] if applicant.presence else list(await waiting_for(state.hub, applicant))


@get("/my/notices", opt=rule(Access.SESSION))
async def my_notices(request: Signed, state: State, q: Words = "", after: Number = 0) -> NoticePage:
    """Return a page of what was told to the person in writing, newest first, found as in `/my/cases`."""
    applicant: Applicant = request.state.applicant
    if applicant.presence:
        return NoticePage(notices=(), after=0)
    return await notices_page(state.hub, applicant, words=q, after=after)


@get("/my/invitations", opt=rule(Access.SESSION))
async def my_invitations(request: Signed, state: State, q: Words = "", after: After = "") -> CasePage:
    """Return a page of the cases of others in which the person signs for themself, while they run."""
    applicant: Applicant = request.state.applicant
    if applicant.presence:
        return CasePage(cases=(), after="")
    return await parts_page(state.hub, applicant, words=q, after=after)


ROUTES = (my_cases, my_waiting, my_notices, my_invitations)
