"""`/enterprise`: the bodies a person acts for, what they may apply for, and the cases they do for them.

For whom somebody speaks is said by the register at the site of the authority for bodies; no code is known here.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases.acts_on import ActsOn
from mianzheng.cases.hub import Hub
from mianzheng.cases.listing import acted_page, to_sign_for_bodies
from mianzheng.catalogue.search import Wanted
from mianzheng.model.found_items import FoundItems
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.bodies import acting_for, forgotten
from mianzheng.web.pages.front import demo_people_of
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.my_words import said_of
from mianzheng.web.pages.showing import PageRequest, show

After = Annotated[str, QueryParameter(max_length=120)]
Words = Annotated[str, QueryParameter(max_length=80)]
Token = Annotated[str, QueryParameter(max_length=64)]
Count = Annotated[int, QueryParameter(ge=0, le=1000)]
PAGE = 12  # items


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body a person acts for in this browser, with a page of what they may apply for; `words`: what is looked for."""

    token: str
    acts: ActsOn
    found: FoundItems
    words: str = ""
    after: str = ""


@get("/enterprise", opt=rule(Access.PAGE))
async def enterprise(
    request: PageRequest,
    state: State,
    q: Words = "",
    after: After = "",
    of: Token = "",
    find: Words = "",
    place: After = "",
    filed: Count = 0,
) -> Template:
    """Show the bodies this person acts for, and the cases they do for bodies; `q` and `after` are of the cases.

    `find` is looked for among the items of the body `of`, and `place` is where their page begins.
    """
    hub: Hub = state.hub
    page = await acted_page(hub, request.state.applicant, bodies=True, words=q, after=after)
    bodies = [
        await _body(hub, token, acts, *((find, place) if token == of else ("", "")))
        for token, acts in await acting_for(request, hub)
    ]
    return show(
        request,
        "enterprise.html",
        bodies=bodies,
        page=page,
        q=q,
        after=after,
        filed=filed,
        to_sign=await to_sign_for_bodies(hub, request.state.applicant),
        said=said_of,
        site=site_of(state),
        demo_people=demo_people_of(state),
    )


@post("/enterprise/leave", opt=rule(Access.PAGE), status_code=303)
async def leave(request: PageRequest, data: Typed) -> Redirect:
    """Act for a body no more in this browser."""
    answer = Redirect("/enterprise", status_code=303)
    answer.cookies.append(forgotten(request, texts(data).get("token", "")))
    return answer


def site_of(state: State) -> str:
    """Return the origin of the site of the authority for bodies, "" for none."""
    sites: dict[str, str] = state.config.sites
    return next(
        (sites[one.party] for one in state.hub.trust.with_role("authority:enterprise") if one.party in sites), ""
    )


async def _body(hub: Hub, token: str, acts: ActsOn, words: str, after: str) -> Body:
    index = await hub.library.index(hub.today)
    if acts.mandate:  # of one item alone
        items = index.of([acts.item])
        return Body(token=token, acts=acts, found=FoundItems(items=items, total=len(items)))
    found = index.find(Wanted(words=words, of_bodies=True, after=after, limit=PAGE))
    return Body(token=token, acts=acts, found=found, words=words, after=after)


ROUTES = (enterprise, leave)
