"""A person to talk to, and what this hub knows and does not know."""

from __future__ import annotations

from litestar.datastructures import State
from litestar.response import Template

from mianzheng.cases.hub import Hub
from mianzheng.web.access import public
from mianzheng.web.pages.showing import PageRequest, show


@public("/help")
async def help_page(request: PageRequest, state: State) -> Template:
    """Say how to reach a person: telephone, window, 办不成事."""
    hub: Hub = state.hub
    return show(request, "help.html", guide=hub.library.guide.on(hub.today), departments=hub.library.facts.departments)


@public("/about")
async def about(request: PageRequest, state: State) -> Template:
    """Say what the hub knows and what it does not."""
    hub: Hub = state.hub
    return show(
        request, "about.html", departments=hub.library.facts.departments, witnesses=hub.witnesses, demo=hub.trust.demo
    )


ROUTES = (help_page, about)
