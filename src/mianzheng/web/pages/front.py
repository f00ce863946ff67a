"""The front page, which starts from what happened; and a person to talk to."""

from __future__ import annotations

from litestar import get
from litestar.datastructures import State
from litestar.response import Template

from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show


@get("/", opt=rule(Access.ANYONE))
async def front(request: PageRequest, state: State) -> Template:
    """Show in one glance what this is, and begin from what happened."""
    return show(request, "front.html")


@get("/help", opt=rule(Access.ANYONE))
async def help_page(request: PageRequest, state: State) -> Template:
    """Say how to reach a person: telephone, window, 办不成事."""
    return show(request, "help.html")


ROUTES = (front, help_page)
