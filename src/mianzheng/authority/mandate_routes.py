"""The paths of an authority that are about mandates 委托 (docs/protocol.md).

What is sealed by people is answered on a tick: how long a no took tells nobody which number exists.
"""

from __future__ import annotations

import asyncio

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from mianzheng.authority.authority import Authority
from mianzheng.authority.mandates import grant, take_back
from mianzheng.authority.standing import change, standing, status_list
from mianzheng.authority.ticks import AnyRequest, Serve, answer_sealed


def mandate_handlers(authority: Authority, serve: Serve) -> list[HTTPRouteHandler]:
    """Return the route handlers of mandates."""

    @post("/mandates", status_code=200)
    async def grants(request: AnyRequest) -> Response[bytes]:
        return await answer_sealed(authority, serve, request, grant)

    @post("/mandates/returns", status_code=200)
    async def returns(request: AnyRequest) -> Response[bytes]:
        return await answer_sealed(authority, serve, request, take_back)

    @post("/mandates/changes", status_code=200)
    async def changes(request: AnyRequest) -> Response[bytes]:
        return await answer_sealed(authority, serve, request, change)

    @post("/mandates/standing", status_code=200)
    async def standings(request: AnyRequest) -> Response[bytes]:
        return await serve(request, lambda body: standing(authority, body))

    @get("/mandates/status")
    async def status() -> Response[bytes]:
        found = await asyncio.to_thread(status_list, authority)
        return Response(found.encode("ascii"), media_type="application/statuslist+jwt")

    return [grants, returns, changes, standings, status]
