"""The paths of an authority (docs/protocol.md).

A refused sign-in, and everything about a presence, is answered only when a fixed tick has passed since it
came, so that the time says nothing about how far the proof got, or whether a number exists.
"""

from __future__ import annotations

import time

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from mianzheng.authority.authority import Authority
from mianzheng.authority.avoidance import clear
from mianzheng.authority.bundles import make_bundle
from mianzheng.authority.mandate_routes import mandate_handlers
from mianzheng.authority.own_lists import give_body_words, give_words
from mianzheng.authority.presence import start
from mianzheng.authority.presence_answers import answer
from mianzheng.authority.sign_ins import sign_in
from mianzheng.authority.ticks import AnyRequest, Serve, answer_sealed, rest_of_tick, sealed_in
from mianzheng.model.identity import SignInResponse

TICK_SECONDS = 0.05


def handlers(authority: Authority, serve: Serve) -> list[HTTPRouteHandler]:
    """Return the route handlers of one authority."""

    @post("/sign-ins", status_code=200)
    async def sign_ins(request: AnyRequest) -> Response[bytes]:
        came = time.monotonic()
        response = await serve(request, lambda body: _sign_in(authority, body))
        if response.status_code != 200:
            await rest_of_tick(came, TICK_SECONDS)
        return response

    @post("/presences", status_code=200)
    async def start_presence(request: AnyRequest) -> Response[bytes]:
        return await answer_sealed(authority, serve, request, start)

    @post("/presences/answers", status_code=200)
    async def answer_presence(request: AnyRequest) -> Response[bytes]:
        return await answer_sealed(authority, serve, request, answer)

    @post("/bundles", status_code=200)
    async def bundles(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: make_bundle(authority, body))

    @post("/lists", status_code=200)
    async def lists(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: give_words(authority, body))

    @post("/lists/bodies", status_code=200)
    async def body_lists(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: give_body_words(authority, body))

    @post("/avoidance", status_code=200)
    async def avoidance(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: clear(authority, body))

    presences = [start_presence, answer_presence]
    return [sign_ins, bundles, lists, body_lists, avoidance, *presences, *mandate_handlers(authority, serve)]


def _sign_in(authority: Authority, body: bytes) -> bytes:
    return msgspec.json.encode(SignInResponse(sign_in=sign_in(authority, sealed_in(body))))
