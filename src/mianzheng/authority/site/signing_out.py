"""`/sign-out`: the session of this site ends, by its own button, or on the way of a sign-out that began at a hub.

A hub's sign-out leads a browser through every site at which it may be signed in, and back (as OpenID Connect
RP-Initiated Logout 1.0 has it). Whoever else leads somebody here signs them out and does nothing more; people are led
back to a hub, and nowhere else.
"""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.response import Redirect

from mianzheng.authority.site import rows
from mianzheng.authority.site.showing import PageRequest, cookie, session_at, session_cookie
from mianzheng.authority.site.site import Site, with_query

Short = Annotated[str, QueryParameter(max_length=200)]
Back = Annotated[str, QueryParameter(name="return", max_length=2000)]


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of signing out."""

    @post("/sign-out", sync_to_thread=True)
    def sign_out(request: PageRequest) -> Redirect:
        return _ended(request, site, next(iter(site.config.hubs.values())) if _of_bodies(site) else "/")

    @get("/sign-out", sync_to_thread=True)
    def led_through(request: PageRequest, audience: Short, back: Back = "") -> Redirect:
        site.check_return(audience, back)
        return _ended(request, site, _onward(site, audience, back))

    return [sign_out, led_through]


def _ended(request: PageRequest, site: Site, to: str) -> Redirect:
    if token := session_at(request, site):
        site.authority.journal.commit(lambda connection: rows.end_session(connection, token))
    answer = Redirect(to, status_code=303)
    answer.cookies.append(cookie(session_cookie(site), "", seconds=0))
    return answer


def _onward(site: Site, audience: str, back: str) -> str:
    """Return where a sign-out goes on: people sign in at the site for bodies by this one, and out there by it too."""
    bodies = "" if _of_bodies(site) else next(iter(site.config.bodies.values()), "")
    if bodies and audience in site.config.hubs:
        return with_query(f"{bodies}/sign-out", audience=audience, **{"return": back})
    return back


def _of_bodies(site: Site) -> bool:
    return site.authority.kind == "enterprise"
