"""One department's gateway as an ASGI app (Litestar), with whatever routes the process joins to it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

from litestar import Litestar, Request, Response, Router
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.template.config import TemplateConfig
from litestar.types import BeforeMessageSendHookHandler

from mianzheng.gateway import budgets, requests
from mianzheng.gateway.config import GatewayConfig
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.routes import handlers
from mianzheng.gateway.serving import MOST_BYTES, Serving, http_problem, unexpected

TIDY_SECONDS = 3600.0


class NotServed(Protocol):
    """Answers a request for a path, by a method or of a size that is not served."""

    def __call__(self, request: Request[Any, Any, Any], error: HTTPException, /) -> Response[Any]:
        """Answer it."""


class Forget(Protocol):
    """Drops rows that are of no use at time `at`, in the caller's transaction."""

    def __call__(self, connection: sqlite3.Connection, at: int) -> None:
        """Drop them."""


def create_app(config: GatewayConfig) -> Litestar:
    """Return the gateway's app; an error names what in settings, keys or packs is wrong."""
    return build(Serving(open_gateway(config)), ())


def build(
    serving: Serving,
    more: Sequence[HTTPRouteHandler | Router],
    *,
    forget: Sequence[Forget] = (),
    hourly: Sequence[Callable[[int], None]] = (),
    templates: TemplateConfig[Any] | None = None,
    before_send: Sequence[BeforeMessageSendHookHandler] = (),
    not_served: NotServed = http_problem,
) -> Litestar:
    """Return the app that serves a gateway and the routes joined to it; `forget` drops what theirs need no more.

    `hourly`: what else is done every hour, and at the start, at a time (seconds since the epoch).
    `templates`: of the pages among those routes. `before_send`: what every response says besides its body.
    `not_served`: what a path is answered that none of the routes has.
    """

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(serving, forget, hourly))
        try:
            yield
        finally:
            tidying.cancel()
            serving.close()

    return Litestar(
        route_handlers=[*handlers(serving), *more],
        lifespan=[lifespan],
        exception_handlers={HTTPException: not_served, Exception: unexpected},
        request_max_body_size=MOST_BYTES,
        before_send=list(before_send),
        template_config=templates,
        logging_config=None,
        openapi_config=None,
    )


async def _tidy(serving: Serving, forget: Sequence[Forget], hourly: Sequence[Callable[[int], None]]) -> None:
    while True:
        await asyncio.get_running_loop().run_in_executor(None, tidy, serving.gateway, forget, hourly)
        await asyncio.sleep(TIDY_SECONDS)


def tidy(gateway: Gateway, forget: Sequence[Forget] = (), hourly: Sequence[Callable[[int], None]] = ()) -> None:
    """Drop what no rule looks at any more: ended requests and old budgets, and what `forget` names; do `hourly`."""
    at, today = gateway.now(), gateway.today()
    gateway.state.commit(lambda connection: requests.forget_old(connection, at))
    gateway.state.commit(lambda connection: budgets.forget_old(connection, at, today))
    for one in forget:
        gateway.state.commit(partial(one, at=at))
    for work in hourly:
        work(at)
