"""`/my/mandates`: cases done for another, by me and for me; mandates themselves stand at the authority's site.

`/my/acting` takes what an agent's browser brings from there. It comes from another site and carries no session, so
it changes nothing but that it is kept, once; the page after it looks for the session.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on
from mianzheng.cases.hub import Hub
from mianzheng.cases.listing import acted_page
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.bodies import remembered
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.my_words import said_of
from mianzheng.web.pages.showing import PageRequest, show

Words = Annotated[str, QueryParameter(max_length=80)]
After = Annotated[str, QueryParameter(max_length=120)]
Name = Annotated[str, QueryParameter(max_length=100)]
Token = Annotated[str, PathParameter(max_length=64)]
FROM_ANOTHER_SITE: dict[str, Any] = {"exclude_from_csrf": True}


@get("/my/mandates", opt=rule(Access.PAGE))
async def mandates(request: PageRequest, state: State, q: Words = "", after: After = "", item: Name = "") -> Template:
    """Lead to the mandates at the authority's site, and show the cases that are done on one."""
    page = await acted_page(state.hub, request.state.applicant, words=q, after=after)
    new = "/mandates/new" + (f"?{urlencode({'item': item})}" if item else "")
    return show(request, "my/mandates.html", page=page, q=q, after=after, said=said_of, new=new)


@post("/my/acting", opt=rule(Access.ANYONE) | FROM_ANOTHER_SITE, status_code=303)
async def take(state: State, data: Typed) -> Redirect:
    """Keep what an authority hands over by an agent's browser, and lead to where the agent is known."""
    brought = texts(data)
    kept, _ = await acts_on.take(
        state.hub, brought.get("word", ""), mandate=brought.get("mandate", ""), body=brought.get("body", "")
    )
    return Redirect(f"/my/acting/{kept}", status_code=303)


@get("/my/acting/{token:str}", opt=rule(Access.PAGE))
async def go_on(request: PageRequest, state: State, token: Token) -> Redirect:
    """Lead to the form of the item that was handed over, or to the pages for bodies, which remember it."""
    hub: Hub = state.hub
    found = await acts_on.open_first(hub, token, request.state.applicant)
    if found.for_body:
        answer = Redirect("/enterprise", status_code=303)
        answer.cookies.append(remembered(request, token))
        return answer
    return Redirect(f"/my/apply/{found.item}?{urlencode({'acting': token})}", status_code=303)


ROUTES = (mandates, take, go_on)
