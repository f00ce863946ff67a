"""The window's ASGI application: on loopback, for the browser of this machine.

No other site's page may use it: requests must name this very host (DNS rebinding), forms carry a token, and the content
security policy lets nothing else load, run or frame it. Addresses and logs hold no number.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from litestar import Litestar, Request, Response, get
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.response import Redirect
from litestar.types import ASGIApp, Receive, Scope, Send

from mianzheng.look.access import refuse_open_routes
from mianzheng.look.hardening import harden
from mianzheng.look.pages import static_files, template_config
from mianzheng.look.preferences import preference_route
from mianzheng.model.errors import MianzhengError
from mianzheng.model.text import Text
from mianzheng.window import actions, mandate_pages, opening, own_desk, own_papers, pages, words
from mianzheng.window.access import MACHINE, SeatClosed, guard
from mianzheng.window.clerk import REQUEST_SECONDS, Clerk, Said
from mianzheng.window.config import WindowConfig
from mianzheng.window.showing import HOME, MANDATE, TEMPLATES, home_of, show

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
BODY_BYTES = 262_144
LOOK_SECONDS = 15
_log = logging.getLogger(__name__)
AnyRequest = Request[Any, Any, Any]


@get("/health", opt=MACHINE)
async def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


def create_window(config: WindowConfig) -> Litestar:
    """Return the application of one window; an error names what in settings, keys, rules or trust list is wrong."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            app.state.clerk = clerk = Clerk(config, http)
            await clerk.open_demo()
            watch = asyncio.create_task(_close_by_rest(clerk))
            try:
                yield
            finally:
                watch.cancel()
                clerk.close()

    app = Litestar(
        route_handlers=[
            health,
            static_files(MACHINE),
            preference_route(MACHINE),
            *opening.ROUTES,
            *pages.ROUTES,
            *actions.ROUTES,
            *own_desk.ROUTES,
            *own_papers.ROUTES,
            *mandate_pages.ROUTES,
        ],
        guards=[guard],
        middleware=[_only_of(config.port)],
        before_send=[harden],
        csrf_config=_csrf(),
        template_config=template_config(TEMPLATES),
        exception_handlers={
            SeatClosed: _closed,
            MianzhengError: _known,
            HTTPException: _framework,
            Exception: _unforeseen,
        },
        lifespan=[lifespan],
        state=State(),
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    refuse_open_routes(app)
    return app


async def _close_by_rest(clerk: Clerk) -> None:
    """Close the seats when nothing was done for long, also where no page asks."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        clerk.is_open()


def serve(config: WindowConfig) -> None:
    """Serve the window until the process is told to end."""
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    print(f"listening on http://localhost:{config.port}{HOME}", flush=True)
    uvicorn.run(
        create_window(config),
        host=HOST,
        port=config.port,
        log_level=config.log_level,
        access_log=False,
        server_header=False,
        date_header=False,
    )


def _csrf() -> CSRFConfig:
    """Return how forms prove that they come from here; a browser's cookie of an earlier start is passed over."""
    name = f"__Host-mz-window-{secrets.token_hex(4)}"
    return CSRFConfig(secret=secrets.token_hex(32), cookie_name=name, cookie_secure=True, cookie_httponly=True)


def _only_of(port: int) -> Any:
    """Return a middleware that answers requests for this very host and port, and no page of another site."""
    hosts = {f"{name}:{port}".encode() for name in NAMES}
    own = {f"http://{name}:{port}".encode() for name in NAMES}

    def wrap(app: ASGIApp) -> ASGIApp:
        async def check(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                return await app(scope, receive, send)
            headers = dict(scope["headers"])
            origin = headers.get(b"origin", b"")
            if headers.get(b"host") not in hosts or (origin and origin not in own):
                await send({"type": "http.response.start", "status": 421, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return None
            return await app(scope, receive, send)

        return check

    return wrap


def _closed(request: AnyRequest, error: SeatClosed) -> Response[Any]:
    """Lead to where the seat is opened; a part of a page that asks by itself is led there whole."""
    if "hx-request" in request.headers:
        return Response(b"", status_code=200, headers={"hx-redirect": opening.SEAT})
    return Redirect(opening.SEAT, status_code=303)


def _known(request: AnyRequest, error: MianzhengError) -> Response[Any]:
    """Lead back after a step that was not taken and say why; a page that cannot be shown says it itself."""
    return _said(request, 503 if not error.permanent else 400, error.code, error.message, error.hint)


def _framework(request: AnyRequest, error: HTTPException) -> Response[Any]:
    code = "csrf" if isinstance(error, PermissionDeniedException) else "wrong-use"
    if error.status_code == 404:
        code = "not-found"
    answer = _said(request, error.status_code, code, "", "")
    answer.headers.update(error.headers or {})  # `Allow` of a wrong method (RFC 9110 §15.5.6)
    return answer


def _unforeseen(request: AnyRequest, error: Exception) -> Response[Any]:
    number = secrets.token_hex(4)
    _log.error("unforeseen %s on %s", number, request.scope["path"], exc_info=error)
    return _said(request, 500, "internal", f"its number in the log is {number}", "")


def _said(request: AnyRequest, status: int, code: str, detail: str, hint: str) -> Response[Any]:
    clerk: Clerk | None = getattr(request.app.state, "clerk", None)
    path: str = request.scope["path"]
    if request.method == "POST" and clerk is not None:
        clerk.said = Said(code=code, detail=detail, hint=hint)
        return Redirect(_back(path) or home_of(clerk), status_code=303)
    title: Text = words.NO_PAGE if status == 404 else words.SAID.get(code, words.OTHER)
    said: dict[str, Any] = {
        "title": title,
        "number": status,
        "code": code,
        "detail": detail,
        "hint": hint,
        "back": HOME,
    }
    said["meaning"] = words.meaning_of(code)
    return show(request, "problem.html", status=status, **said)


def _back(path: str) -> str:
    """Return where a step that was not taken leads: the case of a paper, the list, the seat; "" to where one works."""
    if path.startswith(opening.SEAT):
        return opening.SEAT
    if path.startswith(MANDATE):
        return MANDATE
    if not path.startswith(f"{own_desk.DESK}/"):
        return ""
    case, of_a_paper, _ = path.partition("/papers/")
    return case if of_a_paper else own_desk.DESK
