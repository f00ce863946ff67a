"""The paths of an authority that are about mandates 委托 (docs/protocol.md).

What is sealed by people is answered on a tick: how long a no took tells nobody which number exists.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from mianzheng.authority.authority import Authority
from mianzheng.authority.mandates import grant, take_back
from mianzheng.authority.refusals import BadSealedRequest
from mianzheng.authority.standing import change, standing, status_list
from mianzheng.model.identity import SealedSignIn

TICK_SECONDS = 0.25
AnyRequest = Request[Any, Any, Any]
Serve = Callable[[AnyRequest, Callable[[bytes], bytes]], Awaitable[Response[bytes]]]


def mandate_handlers(authority: Authority, serve: Serve) -> list[HTTPRouteHandler]:
    """Return the route handlers of mandates."""

    async def on_tick(request: AnyRequest, work: Callable[[Authority, str], bytes]) -> Response[bytes]:
        came = time.monotonic()
        response = await serve(request, lambda body: work(authority, _sealed(body)))
        passed = time.monotonic() - came
        await asyncio.sleep(math.ceil(passed / TICK_SECONDS) * TICK_SECONDS - passed)
        return response

    @post("/mandates", status_code=200)
    async def grants(request: AnyRequest) -> Response[bytes]:
        return await on_tick(request, grant)

    @post("/mandates/returns", status_code=200)
    async def returns(request: AnyRequest) -> Response[bytes]:
        return await on_tick(request, take_back)

    @post("/mandates/changes", status_code=200)
    async def changes(request: AnyRequest) -> Response[bytes]:
        return await on_tick(request, change)

    @post("/mandates/standing", status_code=200)
    async def standings(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: standing(authority, body))

    @get("/mandates/status")
    async def status() -> Response[bytes]:
        found = await asyncio.to_thread(status_list, authority)
        return Response(found.encode("ascii"), media_type="application/statuslist+jwt")

    return [grants, returns, changes, standings, status]


def _sealed(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=SealedSignIn).sealed
    except msgspec.DecodeError:
        raise BadSealedRequest("the body is not a sealed request") from None
