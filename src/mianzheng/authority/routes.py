"""The paths of an authority (docs/protocol.md).

A refused sign-in, and everything about a presence, is answered only when a fixed tick has passed since it
came, so that the time says nothing about how far the proof got, or whether a number exists.
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
from mianzheng.authority.avoidance import clear
from mianzheng.authority.bundles import make_bundle
from mianzheng.authority.mandate_routes import mandate_handlers
from mianzheng.authority.presence import start
from mianzheng.authority.presence_answers import answer
from mianzheng.authority.refusals import BadSealedRequest
from mianzheng.authority.sign_ins import sign_in
from mianzheng.model.identity import SealedSignIn, SignInResponse

TICK_SECONDS = 0.05
PRESENCE_TICK_SECONDS = 0.25  # longer than the registers that questions are taken from need
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
            await asyncio.sleep(_rest_of_tick(time.monotonic() - came, TICK_SECONDS))
        return response

    async def on_tick(request: AnyRequest, work: Callable[[Authority, str], bytes]) -> Response[bytes]:
        came = time.monotonic()
        response = await serve(request, lambda body: work(authority, _sealed(body)))
        await asyncio.sleep(_rest_of_tick(time.monotonic() - came, PRESENCE_TICK_SECONDS))
        return response

    @post("/presences", status_code=200)
    async def start_presence(request: AnyRequest) -> Response[bytes]:
        return await on_tick(request, start)

    @post("/presences/answers", status_code=200)
    async def answer_presence(request: AnyRequest) -> Response[bytes]:
        return await on_tick(request, answer)

    @post("/bundles", status_code=200)
    async def bundles(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: make_bundle(authority, body))

    @post("/avoidance", status_code=200)
    async def avoidance(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: clear(authority, body))

    return [sign_ins, bundles, avoidance, start_presence, answer_presence, *mandate_handlers(authority, serve)]


def _sign_in(authority: Authority, body: bytes) -> bytes:
    return msgspec.json.encode(SignInResponse(sign_in=sign_in(authority, _sealed(body))))


def _sealed(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=SealedSignIn).sealed
    except msgspec.DecodeError:
        raise BadSealedRequest("the body is not a sealed request") from None


def _rest_of_tick(passed: float, tick: float) -> float:
    return math.ceil(passed / tick) * tick - passed
