"""Showing a page of the window: its templates, the clerk's clock, and one thing to tell."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import segno
from litestar import Request
from litestar.datastructures import State
from litestar.response import Redirect, Template

from mianzheng.look.headers import PAGE_HEADERS
from mianzheng.look.pages import page
from mianzheng.window import words
from mianzheng.window.clerk import Clerk

TEMPLATES = Path(__file__).parent / "templates"
HOME = "/window"
MANDATE = f"{HOME}/mandate"
PDF_HEADERS = PAGE_HEADERS.allowing() | {"content-disposition": "inline"}
PageRequest = Request[Any, Any, State]


def show(request: PageRequest, name: str, *, status: int = 200, tells: bool = True, **context: Any) -> Template:
    """Return a rendered page; templates also get `clerk`, `words` and, where it `tells`, what there is to tell."""
    clerk: Clerk = request.app.state.clerk
    shared: dict[str, Any] = {
        "clerk": clerk,
        "words": words,
        "said": clerk.word(anew="hx-request" not in request.headers) if tells else None,
        "sitting": clerk.sitting,
        "qr": qr,
    }
    return page(request, f"window/{name}", status=status, **(shared | context))


async def doing(clerk: Clerk, work: Awaitable[None], back: str = "") -> Redirect:
    """Do one thing at a time and lead back: a key pressed twice does it once."""
    async with clerk.lock:
        await work
    return Redirect(back or home_of(clerk), status_code=303)


def home_of(clerk: Clerk) -> str:
    """Return where the clerk works on: with a mandate that is being granted, or at the desk."""
    return MANDATE if clerk.sitting is not None and clerk.sitting.mandate is not None else HOME


def qr(text: str) -> str:
    """Return a QR as the address of an image, to be shown and printed."""
    return segno.make(text, error="m").svg_data_uri(scale=4, border=2)
