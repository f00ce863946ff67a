"""The paths of the authority's site, put together: its pages, their static files, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Response, Router, get
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.middleware.csrf import CSRFMiddleware
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from mianzheng.authority.site import (
    bodies_pages,
    bodies_sign_in,
    choosing,
    devices_pages,
    locking,
    mandate_pages,
    opening,
    signing_in,
    signing_out,
)
from mianzheng.authority.site.showing import PageRequest, problem, show
from mianzheng.authority.site.site import Site
from mianzheng.look.pages import static_files
from mianzheng.look.preferences import preference_route
from mianzheng.model.errors import MianzhengError

Answer = Callable[[PageRequest, HTTPException], Response[Any]]
FORM_COOKIES = {"person": "__Host-mz-authority-form", "enterprise": "__Host-mz-bodies-form"}


def site_routes(site: Site) -> tuple[Router, Router]:
    """Return the routes of a site: its pages, and the static files that they load."""
    limit = RateLimitConfig(rate_limit=("minute", site.config.sign_ins_per_minute))
    if site.authority.kind == "enterprise":
        return _of_bodies(site, limit), static_files({})
    proving = Router(
        "/",
        route_handlers=[
            *signing_in.handlers(site),
            *devices_pages.proving(site),
            *opening.handlers(site),
            *mandate_pages.signing(site),
        ],
        middleware=[limit.middleware],
    )
    own = [*devices_pages.handlers(site), *mandate_pages.handlers(site), *locking.handlers(site)]
    own += [*choosing.handlers(site), *signing_out.handlers(site)]
    return _pages(site, [_front(site), preference_route({}), proving, *own]), static_files({})


def not_served(site: Site, to_programs: Answer) -> Answer:
    """Return what answers a path that nothing serves: a page to who reads pages, else what `to_programs` says."""

    def answer(request: PageRequest, error: HTTPException) -> Response[Any]:
        if "text/html" in request.headers.get("accept", ""):
            return _problem(request, site, error)
        return to_programs(request, error)

    return answer


def _pages(site: Site, handlers: Sequence[ControllerRouterHandler]) -> Router:
    """Return the router of a site's pages."""
    return Router(
        "/",
        route_handlers=handlers,
        middleware=[DefineMiddleware(CSRFMiddleware, config=_csrf(site))],
        exception_handlers={
            MianzhengError: lambda request, error: _problem(request, site, error),
            HTTPException: lambda request, error: _problem(request, site, error),
        },
    )


def _of_bodies(site: Site, limit: RateLimitConfig) -> Router:
    """Return the pages of an authority for bodies: nobody proves here who they are, and it keeps no keys of people."""
    signing = [*bodies_sign_in.handlers(site), *mandate_pages.signing(site)]
    proving = Router("/", route_handlers=signing, middleware=[limit.middleware])
    own = [*bodies_pages.handlers(site), *mandate_pages.handlers(site), *signing_out.handlers(site)]
    return _pages(site, [_to_mandates, preference_route({}), proving, *own])


@get("/", sync_to_thread=False)
def _to_mandates() -> Redirect:
    """Lead to the one thing that is done on this site."""
    return Redirect("/mandates/mine", status_code=303)


def _front(site: Site) -> Any:
    @get("/", sync_to_thread=False)
    def front(request: PageRequest) -> Template:
        """Say what one does on this site."""
        return show(request, site, "authority_front.html")

    return front


def _problem(request: PageRequest, site: Site, error: Any) -> Response[Any]:
    shown: Template | Redirect = problem(request, site, error)
    return shown


def _csrf(site: Site) -> CSRFConfig:
    """Return how forms prove that they come from this site."""
    secret = site.authority.secrets.pseudonym("csrf", "forms")
    return CSRFConfig(
        secret=secret, cookie_name=FORM_COOKIES[site.authority.kind], cookie_secure=True, cookie_httponly=True
    )
