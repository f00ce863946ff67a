"""The two paths of an authority (docs/protocol.md).

A refused sign-in is answered only when a fixed tick has passed since it came, so that the time of
a refusal says nothing about how far the proof got.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from mianzheng.authority.authority import Authority
from mianzheng.authority.bundles import make_bundle
from mianzheng.authority.refusals import BadSealedRequest
from mianzheng.authority.sign_ins import sign_in
from mianzheng.model.identity import SealedSignIn, SignInResponse

TICK_SECONDS = 0.05
AnyRequest = Request[Any, Any, Any]


class Serve(Protocol):
    """How the process runs work on a request's body: errors become problem documents and log lines."""

    def __call__(self, request: AnyRequest, work: Callable[[bytes], bytes]) -> Awaitable[Response[bytes]]:
        """Return the response."""


def handlers(authority: Authority, serve: Serve) -> list[HTTPRouteHandler]:
    """Return the route handlers of one authority."""

    @post("/sign-ins", status_code=200)
    async def sign_ins(request: AnyRequest) -> Response[bytes]:
        came = time.monotonic()
        response = await serve(request, lambda body: _sign_in(authority, body))
        if response.status_code != 200:
            await asyncio.sleep(_rest_of_tick(time.monotonic() - came))
        return response

    @post("/bundles", status_code=200)
    async def bundles(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: make_bundle(authority, body))

    return [sign_ins, bundles]


def _sign_in(authority: Authority, body: bytes) -> bytes:
    try:
        sealed = msgspec.json.decode(body, type=SealedSignIn).sealed
    except msgspec.DecodeError:
        raise BadSealedRequest("the body is not a sealed sign-in") from None
    return msgspec.json.encode(SignInResponse(sign_in=sign_in(authority, sealed)))


def _rest_of_tick(passed: float) -> float:
    return math.ceil(passed / TICK_SECONDS) * TICK_SECONDS - passed
