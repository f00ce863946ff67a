"""What `mandate show` says of a mandate: by the authority's own list, and never valid when that cannot be had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from mianzheng.cli.mandate_status import standing_of
from tests.authority.grants import PERSONS, Grant, change
from tests.gateway.world import OLD, World


class Http:
    """A network in which every address answers with this status and body."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    @asynccontextmanager
    async def get(self, url: str, **how: Any) -> AsyncIterator[Any]:
        if not self.status:
            raise aiohttp.ClientConnectionError("refused")

        async def read() -> bytes:
            return self.body

        yield SimpleNamespace(status=self.status, read=read)


def said(world: World, mandate: str, status: int = 200, body: bytes | None = None) -> str:
    listed = world.clients[PERSONS].get("/mandates/status").content if body is None else body
    http: Any = Http(status, listed)
    return asyncio.run(standing_of(mandate, trust=world.trust, now=int(world.now()), http=http))


def test_a_mandate_is_revoked_as_soon_as_the_authoritys_list_says_so(world: World) -> None:
    mandate = Grant(world).mandate()
    assert said(world, mandate) == "valid"
    change(world, mandate, OLD)
    assert said(world, mandate) == "revoked"


@pytest.mark.parametrize(("status", "body"), [(0, b""), (503, b""), (200, b"no list"), (302, b"")])
def test_a_list_that_cannot_be_had_says_that_nobody_knows(world: World, status: int, body: bytes) -> None:
    assert said(world, Grant(world).mandate(), status, body) == "unknown"


def test_the_list_of_another_authority_says_nothing(world: World) -> None:
    other = next(name for name in world.clients if name != PERSONS and "market" in name)
    listed = world.clients[other].get("/mandates/status").content
    assert said(world, Grant(world).mandate(), body=listed) == "unknown"
