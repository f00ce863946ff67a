"""`/overdue` 超期 and `/notices` 公示: what the city must say in public, without anybody's name."""

from __future__ import annotations

from typing import Annotated

from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.response import Template

from mianzheng.cases.hub import Hub
from mianzheng.cases.overdue import notices_page, overdue_page
from mianzheng.model.text import Text as BothTexts
from mianzheng.web.access import public
from mianzheng.web.pages.showing import PageRequest, show

Text = Annotated[str, QueryParameter(max_length=100)]
Words = Annotated[str, QueryParameter(max_length=80)]
LIMITS = {
    "promise": BothTexts(zh="承诺时限", en="promised time"),
    "legal": BothTexts(zh="法定时限", en="legal limit"),
    "signature": BothTexts(zh="部门签名", en="the department's signature"),
    "contest": BothTexts(zh="异议答复", en="answer to a contest"),
    "delivery": BothTexts(zh="送达", en="delivery"),
    "check": BothTexts(zh="承诺核查", en="check of a declaration"),
}


@public("/overdue")
async def overdue(
    request: PageRequest, state: State, department: Text = "", q: Words = "", after: Text = ""
) -> Template:
    """Show the limits that ran out, the newest first, and why."""
    hub: Hub = state.hub
    return show(
        request,
        "overdue.html",
        found=await overdue_page(hub, department=department, words=q, after=after),
        q=q,
        after=after,
        department=department,
        departments=hub.library.facts.departments,
        names=await _names(hub),
        limits=LIMITS,
    )


@public("/notices")
async def notices(request: PageRequest, state: State, q: Words = "", after: Text = "") -> Template:
    """Show the public notices that run, the first to end first."""
    hub: Hub = state.hub
    return show(
        request,
        "notices.html",
        found=await notices_page(hub, words=q, after=after),
        q=q,
        after=after,
        departments=hub.library.facts.departments,
        names=await _names(hub),
    )


async def _names(hub: Hub) -> dict[str, BothTexts]:
    return {one.item: one.name for one in (await hub.library.index(hub.today)).all()}


ROUTES = (overdue, notices)
