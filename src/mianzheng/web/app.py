"""The hub's ASGI application.

Start-up brings the database to the newest schema, one process at a time. What a process left
unfinished when it died is taken up by the worker.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from litestar import Litestar, Router, get
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin

from mianzheng import __version__
from mianzheng.cases.hub import Hub
from mianzheng.cases.memory import Recent
from mianzheng.look.access import refuse_open_routes
from mianzheng.look.hardening import harden
from mianzheng.look.headers import PAGE_HEADERS
from mianzheng.look.pages import template_config
from mianzheng.model.errors import MianzhengError
from mianzheng.store.migrate import migrate
from mianzheng.web import (
    archive,
    cases,
    desk,
    invitations,
    items,
    ledger,
    mandates,
    meetings,
    own,
    papers,
    people,
    presences,
    procedure,
    queue,
    sign_ins,
)
from mianzheng.web.access import Access, guard, rule
from mianzheng.web.config import HubConfig
from mianzheng.web.errors import HANDLERS
from mianzheng.web.pages.schema import SchemaPage, catalogue_schema
from mianzheng.web.pages.showing import TEMPLATES
from mianzheng.web.pages.site import LIMITED, SITE
from mianzheng.web.parts import close_hub, make_hub

API = "/api"  # programs ask here; the pages that people read have the short addresses
CASES_KEPT = 512  # opened in this process and not signed yet
SESSIONS_KEPT = 4096
PARTS = (archive, cases, desk, invitations, items, ledger, own, papers, procedure, queue, sign_ins)


KEEP_ALIVE_SECONDS = 75  # longer than clients keep an idle connection: none is closed while a request is on its way
BACKLOG = 2048  # connections that may wait to be accepted


class NotStarted(MianzhengError):
    """The hub cannot serve; the process ends."""

    code = "not-started"


@get("/health", opt=rule(Access.ANYONE))
async def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


def create_hub(config: HubConfig, *, days_ahead: int = 0) -> Litestar:
    """Return the hub's application; `WrongUse` when a route has no access rule."""
    hub = make_hub(config, days_ahead=days_ahead)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await asyncio.to_thread(migrate, config.database_url)
        await hub.library.refresh(now=True)
        try:
            yield
        finally:
            await close_hub(hub)

    limit = RateLimitConfig(rate_limit=("minute", config.sign_ins_per_minute))
    signing_in = Router(
        "/",
        route_handlers=[*people.ROUTES, *presences.ROUTES, *mandates.ROUTES, *meetings.ROUTES],
        middleware=[limit.middleware],
    )
    programs = [route for part in PARTS for route in part.ROUTES]
    pages = Router(
        "/",
        route_handlers=[Router("/", route_handlers=LIMITED, middleware=[limit.middleware]), *SITE],
        include_in_schema=False,
    )
    app = Litestar(
        route_handlers=[health, pages, Router(API, route_handlers=[signing_in, *programs])],
        guards=[guard],
        before_send=[harden],
        csrf_config=_csrf(hub),
        template_config=template_config(TEMPLATES),
        exception_handlers=HANDLERS,  # type: ignore[arg-type]  # Litestar types handlers by the base exception
        lifespan=[lifespan],
        state=State({"hub": hub, "opened": Recent(CASES_KEPT), "sessions": Recent(SESSIONS_KEPT), "config": config}),
        request_max_body_size=config.body_bytes,
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
    )
    refuse_open_routes(app)
    return app


def serve(config: HubConfig, *, share_port: bool = False, days_ahead: int = 0) -> None:
    """Serve the hub until the process is told to end.

    With `share_port` several processes listen on one port, and the kernel spreads connections over them.
    """
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    server = uvicorn.Server(
        uvicorn.Config(
            create_hub(config, days_ahead=days_ahead),
            log_level=config.log_level,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    )
    with listen(config, share_port=share_port) as listening:
        server.run(sockets=[listening])
    if not server.started:
        raise NotStarted("the hub did not start", hint="the lines before this one say why")


def listen(config: HubConfig, *, share_port: bool = False) -> socket.socket:
    """Return the socket that listens on the hub's port; `NotStarted` when another process has it."""
    try:
        return socket.create_server((config.host, config.port), backlog=BACKLOG, reuse_port=share_port)
    except OSError as error:
        hint = "another process listens there, or listens without --share-port"
        raise NotStarted(f"{config.host}:{config.port}: {error.strerror}", hint=hint) from None


def _csrf(hub: Hub) -> CSRFConfig:
    """Return how forms prove that they come from this site; programs send no cookies, so `/api` needs no such proof."""
    secret = hub.vault.pseudonym("csrf", "forms").hex()
    return CSRFConfig(
        secret=secret, cookie_name="__Host-mz-form", cookie_secure=True, cookie_httponly=True, exclude=["^/api/"]
    )


def _openapi() -> OpenAPIConfig:
    headers = PAGE_HEADERS.allowing()
    router = Router(
        "/schema",
        route_handlers=[catalogue_schema],
        opt=rule(Access.ANYONE),
        response_headers=headers,
        include_in_schema=False,
    )
    plugins = [SchemaPage(), JsonRenderPlugin(), YamlRenderPlugin()]  # Litestar's own pages load scripts from elsewhere
    return OpenAPIConfig(
        title="mianzheng 免证 hub",
        version=__version__,
        openapi_router=router,
        render_plugins=plugins,
        use_handler_docstrings=True,
    )
