"""`/my/window`: a code for the clerk, so that the phone can stay in the person's hand and sign there."""

from __future__ import annotations

import segno
from litestar import get, post
from litestar.datastructures import State
from litestar.response import Template

from mianzheng.cases import meeting
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show


@get("/my/window", opt=rule(Access.PAGE))
async def at_window(request: PageRequest, state: State) -> Template:
    """Say what the code is for."""
    return show(request, "my/window.html", made=None, qr="")


@post("/my/window", opt=rule(Access.PAGE), status_code=200)
async def make_code(request: PageRequest, state: State) -> Template:
    """Show a new code, to be said or held to the camera."""
    made = await meeting.make(state.hub, request.state.applicant)
    qr = segno.make(made.code, micro=False).svg_data_uri(scale=6, border=2)
    return show(request, "my/window.html", made=made, qr=qr)


ROUTES = (at_window, make_code)
