"""The paths of the authority's site, put together: its pages, their static files, and what holds for all of them."""

from __future__ import annotations

from typing import Any

from litestar import Response, Router, get
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.middleware.csrf import CSRFMiddleware
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.response import Redirect, Template

from mianzheng.authority.site import devices_pages, mandate_pages, opening, signing_in
from mianzheng.authority.site.showing import PageRequest, problem, show
from mianzheng.authority.site.site import Site
from mianzheng.look.pages import static_files
from mianzheng.look.preferences import preference_route
from mianzheng.model.errors import MianzhengError

FORM_COOKIE = "__Host-mz-authority-form"


def site_routes(site: Site) -> tuple[Router, Router]:
    """Return the routes of a site: its pages, and the static files that they load."""
    limit = RateLimitConfig(rate_limit=("minute", site.config.sign_ins_per_minute))
    proving = Router(
        "/",
        route_handlers=[*signing_in.handlers(site), *devices_pages.proving(site), *opening.handlers(site)],
        middleware=[limit.middleware],
    )
    pages = Router(
        "/",
        route_handlers=[
            _front(site),
            preference_route({}),
            proving,
            *devices_pages.handlers(site),
            *mandate_pages.handlers(site),
        ],
        middleware=[DefineMiddleware(CSRFMiddleware, config=_csrf(site))],
        exception_handlers={
            MianzhengError: lambda request, error: _problem(request, site, error),
            HTTPException: lambda request, error: _problem(request, site, error),
        },
    )
    return pages, static_files({})


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
    return CSRFConfig(secret=secret, cookie_name=FORM_COOKIE, cookie_secure=True, cookie_httponly=True)
