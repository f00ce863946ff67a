"""Every route of every site names who may call it; one that names nothing stops the start (docs/rights.md)."""

from __future__ import annotations

from typing import Any

from litestar import Litestar

from mianzheng.model.errors import WrongUse

RULE = "access"  # in the `opt` of a route


def named(rule: str) -> dict[str, Any]:
    """Return the `opt` of a route with this access rule."""
    return {RULE: rule}


def refuse_open_routes(app: Litestar) -> None:
    """Raise `WrongUse` when a route has no access rule."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods == {"OPTIONS"}:
                continue  # Litestar's own; it answers with the methods alone
            if RULE not in handler.opt:
                raise WrongUse(f"route {route.path} has no access rule", hint="give it opt=rule(…)")
