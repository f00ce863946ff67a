"""Who may call a route of the window's program. Each route names its rule; one without a rule stops the start.

Everybody who reaches it sits at this machine (`app._only_of`). `machine`: nothing of a person or a clerk is behind it.
`clerk`: the clerk has opened their seat with their PIN, and it is still open; what they do puts its rest off.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from mianzheng.model.errors import MianzhengError
from mianzheng.window.clerk import Clerk


class Access(StrEnum):
    """The access rules."""

    MACHINE = "machine"
    CLERK = "clerk"


class SeatClosed(MianzhengError):
    """The clerk's seat is closed: nothing is shown or done before their PIN."""

    code = "seat-closed"


def rule(access: Access) -> dict[str, Any]:
    """Return the `opt` of a route with this access rule."""
    return {"access": access}


CLERK = rule(Access.CLERK)
MACHINE = rule(Access.MACHINE)


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through only as the route's rule says."""
    access = handler.opt.get("access")
    if access is Access.MACHINE:
        return
    clerk: Clerk = connection.app.state.clerk
    if access is not Access.CLERK or not clerk.is_open():
        raise SeatClosed("the seat is closed", hint="the clerk's PIN opens it")
    if "hx-request" not in connection.headers:  # a page that looks again by itself is nobody's doing
        clerk.touch()
