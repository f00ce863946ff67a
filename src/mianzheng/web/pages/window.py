"""`/window`: leads to the window's program, which runs on the clerk's machine and holds what the hub may not."""

from __future__ import annotations

from litestar.datastructures import State
from litestar.response import Redirect, Template

from mianzheng.web.access import public
from mianzheng.web.pages.showing import PageRequest, show


@public("/window")
async def window(request: PageRequest, state: State) -> Template | Redirect:
    """Lead to the window's program where this hub knows one, else say how it is started."""
    where: str = state.config.window_url
    return Redirect(where, status_code=303) if where else show(request, "window.html")


ROUTES = (window,)
