"""Whatever happens on the wire becomes a value: an answer, a refusal, or silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mianzheng.exchange import peers
from mianzheng.exchange.peers import KEPT_SECONDS, Got, Letter, Peers, Refusal, Reply, Silent
from mianzheng.gateway.serving import KEEP_ALIVE_SECONDS
from mianzheng.model.problem import Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, code: str) -> web.Response:
    document = Problem(type="urn:x", title="x", status=status, detail="detail", code=code)
    return web.Response(body=msgspec.json.encode(document), status=status, content_type="application/problem+json")


def ask(handler: Handler, *, timeout: float = 2.0, times: int = 1) -> list[Reply]:
    """Serve `handler` for real and post to it."""

    async def work() -> list[Reply]:
        app = web.Application()
        app.router.add_post("/answers", handler)
        server = TestServer(app)
        await server.start_server()
        here = Peers({"gateway": f"http://127.0.0.1:{server.port}"}, timeout=timeout)
        try:
            letter = Letter(party="gateway", path="/answers", body=b"signed bytes")
            return list(await here.post_all([letter] * times))
        finally:
            await here.close()
            await server.close()

    return asyncio.run(work())


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


def test_the_bytes_arrive_as_they_were_signed() -> None:
    assert ask(echo) == [Got(unverified=b"signed bytes")]


def test_many_are_asked_at_once() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.2)
        return web.Response(body=b"ok")

    begun = time.monotonic()
    assert len(ask(slow, times=8)) == 8
    assert time.monotonic() - begun < 1.2


def test_a_refusal_keeps_its_code() -> None:
    async def refuse(request: web.Request) -> web.Response:
        return problem(403, "not-in-plan")

    (reply,) = ask(refuse)
    assert isinstance(reply, Refusal)
    assert (reply.code, reply.status, reply.lasting) == ("not-in-plan", 403, True)


@pytest.mark.parametrize(("status", "lasting"), [(400, True), (409, True), (429, False), (408, False), (503, False)])
def test_a_refusal_says_whether_asking_again_can_help(status: int, lasting: bool) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return problem(status, "code")

    (reply,) = ask(refuse)
    assert isinstance(reply, Refusal) and reply.lasting is lasting


@pytest.mark.parametrize("status", [302, 404, 500, 502])
def test_an_error_without_a_problem_document_is_silence(status: int) -> None:
    async def fail(request: web.Request) -> web.Response:
        return web.Response(status=status, body=b"<html>", headers={"location": "http://elsewhere"})

    (reply,) = ask(fail)
    assert isinstance(reply, Silent)


def test_a_gateway_that_is_too_slow_is_silence_in_time() -> None:
    async def sleep(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    begun = time.monotonic()
    (reply,) = ask(sleep, timeout=0.2)
    assert isinstance(reply, Silent) and "0.2 s" in reply.reason
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("declared", [True, False])
def test_an_answer_that_would_fill_our_memory_is_cut_off(declared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MOST_BYTES", 1000)

    async def pour(request: web.Request) -> web.StreamResponse:
        if declared:
            return web.Response(body=b"x" * 100_000)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 1000)
        return response

    (reply,) = ask(pour)
    assert isinstance(reply, Silent) and "too long" in reply.reason


def test_a_gateway_that_is_down_is_silence() -> None:
    async def work() -> tuple[Reply, Reply, Any]:
        here = Peers({"gateway": "http://127.0.0.1:9"}, timeout=1.0)
        try:
            letter = Letter(party="gateway", path="/answers", body=b"")
            stranger = Letter(party="stranger", path="/answers", body=b"")
            return await here.post(letter), await here.post(stranger), await here.get("stranger", "/log", {})
        finally:
            await here.close()

    assert all(isinstance(reply, Silent) for reply in asyncio.run(work()))


def test_a_gateway_keeps_an_idle_connection_longer_than_the_hub() -> None:
    # else one closes it while a request is on its way, and the case waits for a job
    assert KEEP_ALIVE_SECONDS > KEPT_SECONDS
