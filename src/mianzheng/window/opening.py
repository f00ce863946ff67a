"""`/window/seat`: the clerk opens the seat with their PIN, the witness theirs beside it; both close again."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from mianzheng.model.errors import WrongUse
from mianzheng.window.access import CLERK, MACHINE
from mianzheng.window.clerk import Clerk
from mianzheng.window.showing import HOME, PageRequest, show

SEAT = f"{HOME}/seat"
Fields = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get(SEAT, opt=MACHINE)
async def seat(request: PageRequest) -> Template:
    """Show who may open which seat: nothing of whoever sits there."""
    return show(request, "seat.html")


@post(f"{SEAT}/open", opt=MACHINE)
async def open_seat(state: State, data: Fields) -> Redirect:
    """Take a PIN: the clerk's opens the desk, the witness's the second seat; in a demo one click does both."""
    clerk: Clerk = state.clerk
    if data.get("seat") == "demo":
        async with clerk.lock:
            await clerk.open_demo()
        clerk.touch()
        return Redirect(HOME, status_code=303)
    seat = {"clerk": clerk.seat, "witness": clerk.second}.get(data.get("seat", "clerk"))
    if seat is None:
        raise WrongUse("this window has no such seat", code="no-witness")
    async with clerk.lock:
        await seat.open(data.get("pin", ""))
    clerk.touch()
    return Redirect(HOME if clerk.is_open() else SEAT, status_code=303)


@post(f"{SEAT}/close", opt=CLERK)
async def close_seat(state: State, data: Fields) -> Redirect:
    """Close both seats, or the second alone when the witness gets up."""
    clerk: Clerk = state.clerk
    async with clerk.lock:
        if data.get("seat") == "witness" and clerk.second is not None:
            clerk.second.close()
        else:
            clerk.close()
    return Redirect(SEAT, status_code=303)


ROUTES = (seat, open_seat, close_seat)
