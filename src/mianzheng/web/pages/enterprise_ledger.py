"""`/enterprise/ledger`: who asked about a body, as the departments list it, for its legal representative alone."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from litestar import get, post
from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on, body_lists, to_sign
from mianzheng.cases.hub import Hub
from mianzheng.catalogue.item_words import KINDS
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.my_asked import short_sentence
from mianzheng.web.pages.my_ledger import day_of
from mianzheng.web.pages.showing import PageRequest, show

PAGE = 60  # lines
Token = Annotated[str, QueryParameter(max_length=64)]
Start = Annotated[int, QueryParameter(ge=0, le=100_000)]


@post("/enterprise/comparison", opt=rule(Access.PAGE), status_code=303)
async def compare(request: PageRequest, state: State, data: Typed) -> Redirect:
    """Begin to fetch a body's own lists: what its representative signs for it is put together here."""
    hub: Hub = state.hub
    applicant = request.state.applicant
    acts = await acts_on.find(hub, texts(data).get("token", ""), applicant)
    wish = await body_lists.begin(hub, applicant, acts)
    return Redirect(f"/my/signing/{await to_sign.keep(hub, wish)}", status_code=303)


@get("/enterprise/ledger", opt=rule(Access.PAGE))
async def ledger(request: PageRequest, state: State, read: Token = "", start: Start = 0) -> Template:
    """Show what was fetched, newest first; it is gone after half an hour."""
    hub: Hub = state.hub
    found = await body_lists.find(hub, read, request.state.applicant.pairwise)
    every = () if found is None else found.lines  # gone after half an hour, and another person's are none
    lines = every[start : start + PAGE]
    departments = hub.library.facts.departments
    return show(
        request,
        "enterprise_ledger.html",
        found=found,
        days=[(day, list(of)) for day, of in groupby(lines, key=lambda line: day_of(line.at))],
        names={one.item: one.name for one in (await hub.library.index(hub.today)).all()},
        kind_words=KINDS,
        departments=departments,
        short=lambda sentence, department: short_sentence(sentence, departments[department].short),
        read=read,
        start=start,
        after=start + PAGE if start + PAGE < len(every) else 0,
    )


ROUTES = (compare, ledger)
