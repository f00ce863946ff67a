"""`/my`: what waits for the signed-in person, and their cases, newest first."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.response import Template

from mianzheng.cases.hub import Hub
from mianzheng.cases.listing import cases_page, notices_page, waiting_for
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.my_words import said_of
from mianzheng.web.pages.showing import PageRequest, show

Words = Annotated[str, QueryParameter(max_length=80)]
After = Annotated[str, QueryParameter(max_length=120)]
Number = Annotated[int, QueryParameter(ge=0, le=2**62)]


@get("/my", opt=rule(Access.PAGE))
async def my(request: PageRequest, state: State, q: Words = "", after: After = "") -> Template:
    """Show what waits for the person, then their cases; searched by an item's name or a case's number."""
    hub: Hub = state.hub
    applicant = request.state.applicant
    found = await cases_page(hub, applicant, words=q, after=after)
    waiting = () if q or after else await waiting_for(hub, applicant)
    return show(request, "my/cases.html", page=found, waiting=waiting, q=q, after=after, said=said_of)


@get("/my/notices", opt=rule(Access.PAGE))
async def notices(request: PageRequest, state: State, q: Words = "", after: Number = 0) -> Template:
    """Show what was told to the person in writing, newest first; searched by an item's name or a case's number."""
    page = await notices_page(state.hub, request.state.applicant, words=q, after=after)
    return show(request, "my/notices.html", page=page, q=q, after=after)


ROUTES = (my, notices)
