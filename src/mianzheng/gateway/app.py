"""One department's gateway as an ASGI app (Litestar), with whatever routes the process joins to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from mianzheng.gateway import budgets, requests
from mianzheng.gateway.config import GatewayConfig
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.routes import handlers
from mianzheng.gateway.serving import MOST_BYTES, Serving, http_problem, unexpected

TIDY_SECONDS = 3600.0


def create_app(config: GatewayConfig) -> Litestar:
    """Return the gateway's app; an error names what in settings, keys or packs is wrong."""
    return build(Serving(open_gateway(config)), ())


def build(serving: Serving, more: Sequence[HTTPRouteHandler]) -> Litestar:
    """Return the app that serves a gateway and the routes joined to it."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(serving))
        try:
            yield
        finally:
            tidying.cancel()
            serving.close()

    return Litestar(
        route_handlers=[*handlers(serving), *more],
        lifespan=[lifespan],
        exception_handlers={HTTPException: http_problem, Exception: unexpected},
        request_max_body_size=MOST_BYTES,
        logging_config=None,
        openapi_config=None,
    )


async def _tidy(serving: Serving) -> None:
    while True:
        await asyncio.get_running_loop().run_in_executor(None, tidy, serving.gateway)
        await asyncio.sleep(TIDY_SECONDS)


def tidy(gateway: Gateway) -> None:
    """Drop what no rule looks at any more: ended requests and old budgets."""
    at, today = gateway.now(), gateway.today()
    gateway.state.commit(lambda connection: requests.forget_old(connection, at))
    gateway.state.commit(lambda connection: budgets.forget_old(connection, at, today))
