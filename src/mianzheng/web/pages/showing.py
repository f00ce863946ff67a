"""Showing a page of the hub: its templates, its clock, and whether somebody is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import segno
from litestar import Request
from litestar.datastructures import State
from litestar.response import Template

from mianzheng.cases.hub import Hub
from mianzheng.look.pages import page
from mianzheng.web.pages.signatures import signing_of
from mianzheng.web.sessions import SESSION_COOKIE

TEMPLATES = Path(__file__).parent / "templates"
PageRequest = Request[Any, Any, State]


def show(
    request: PageRequest, name: str, *, status: int = 200, connect: Sequence[str] = (), **context: Any
) -> Template:
    """Return a rendered page; templates also get `signed_in`, and `signing` (how this person signs, `sign.html`)."""
    hub: Hub = request.app.state.hub
    shared = {"signed_in": SESSION_COOKIE in request.cookies, "signing": signing_of(request), "qr": qr}
    sites = request.app.state.config.sites.values()  # pages lead there to sign, and to open a result
    return page(request, name, status=status, now=hub.clock(), connect=(*connect, *sites), **(shared | context))


def qr(text: str) -> str:
    """Return a QR as the address of an image, to be printed."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=2)
