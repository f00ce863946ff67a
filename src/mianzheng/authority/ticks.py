"""Routes that answer on a fixed tick: how long a no took says nothing about how far a proof got, or who exists."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from litestar import Request, Response

from mianzheng.authority.authority import Authority
from mianzheng.authority.refusals import BadSealedRequest
from mianzheng.model.identity import SealedSignIn

SEALED_SECONDS = 0.25  # longer than the registers that questions are taken from need
AnyRequest = Request[Any, Any, Any]


class Serve(Protocol):
    """How the process runs work on a request's body: errors become problem documents and log lines."""

    def __call__(self, request: AnyRequest, work: Callable[[bytes], bytes]) -> Awaitable[Response[bytes]]:
        """Return the response."""


async def answer_sealed(
    authority: Authority, serve: Serve, request: AnyRequest, work: Callable[[Authority, str], bytes]
) -> Response[bytes]:
    """Serve a request whose body is sealed to the authority, on the tick, whatever comes of it."""
    came = time.monotonic()
    response = await serve(request, lambda body: work(authority, sealed_in(body)))
    await rest_of_tick(came, SEALED_SECONDS)
    return response


async def rest_of_tick(came: float, seconds: float) -> None:
    """Wait until a whole number of ticks has passed since a request came (monotonic seconds)."""
    passed = time.monotonic() - came
    await asyncio.sleep(math.ceil(passed / seconds) * seconds - passed)


def sealed_in(body: bytes) -> str:
    """Return the JWE in a body; `BadSealedRequest` for another body."""
    try:
        return msgspec.json.decode(body, type=SealedSignIn).sealed
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadSealedRequest("the body is not a sealed request") from None
