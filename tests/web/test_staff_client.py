"""The command line's desk before a hub that really listens: take, find, sign, read."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn

from mianzheng.client.hub_client import NotGranted
from mianzheng.client.staff import Desk
from mianzheng.model.case import State
from mianzheng.model.errors import WrongUse
from mianzheng.model.officers import Take
from mianzheng.web.app import create_hub
from tests.cases.hub_world import WorldPeers, hub_world, run, world
from tests.cases.procedure_world import HERE, published
from tests.gateway.world import OLD
from tests.web.hub_client import Resident, config, hub


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    async def publish() -> None:
        async with hub_world() as here:
            for name in ("signed-allowance", "visited-allowance", "joint-allowance"):
                await published(here, name)

    run(publish())
    app = create_hub(config())
    app.state.hub.peers = WorldPeers(world())
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    server.should_exit = True
    thread.join()


def case_of(item: str) -> str:
    with hub() as client:
        resident = Resident(client, OLD)
        resident.sign_in()
        return resident.run(item).case


def key_file(department: str = HERE, role: str = "officer") -> Path:
    return world().keys / "staff" / department / f"{role}.jwk.json"


def at_desk(url: str, work: Callable[[Desk], Awaitable[None]], file: Path | None = None) -> None:
    """Do something at a desk of its own connection."""

    async def connected() -> None:
        async with aiohttp.ClientSession() as http:
            await work(Desk(file or key_file(), url=url, http=http, hub="hub"))

    asyncio.run(connected())


def test_an_officer_takes_a_case_and_signs_what_the_desk_recommends(url: str) -> None:
    case = case_of("signed-allowance")

    async def work(desk: Desk) -> None:
        assert case in {line.case for line in await desk.lines()}
        await desk.act(case, Take())
        assert (await desk.show(case)).recommendation is not None
        assert (await desk.sign(case, "")).state is State.DELIVERED

    at_desk(url, work)


def test_another_department_approves_with_the_same_command(url: str) -> None:
    case = case_of("joint-allowance")

    async def take(desk: Desk) -> None:
        await desk.act(case, Take())
        assert (await desk.sign(case, "granted")).state is State.PROPOSED

    async def approve(desk: Desk) -> None:
        assert (case, "approve") in {(line.case, line.why) for line in await desk.lines()}
        await desk.sign(case, "")

    at_desk(url, take)
    for department in ("public-security", "human-resources"):
        at_desk(url, approve, key_file(department))

    async def look(desk: Desk) -> None:
        assert (await desk.show(case)).state is State.DELIVERED

    at_desk(url, look)


def test_while_something_is_open_there_is_nothing_to_sign_and_a_finding_helps(url: str) -> None:
    case = case_of("visited-allowance")

    async def work(desk: Desk) -> None:
        with pytest.raises(NotGranted, match="take the case first"):
            await desk.show(case)
        await desk.act(case, Take())
        with pytest.raises(WrongUse, match="at-home"):
            await desk.sign(case, "")
        today = world().gateways[HERE].today()
        assert (await desk.find(case, "at_home", True, seen_on=today, note="")).state is State.DELIVERED

    at_desk(url, work)


def test_an_outcome_that_is_not_recommended_is_not_signed(url: str) -> None:
    case = case_of("signed-allowance")

    async def work(desk: Desk) -> None:
        await desk.act(case, Take())
        with pytest.raises(WrongUse, match="granted"):
            await desk.sign(case, "refused")

    at_desk(url, work)


def test_a_key_that_is_not_there_is_a_wrong_use(url: str, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        raise AssertionError

    with pytest.raises(WrongUse, match="no key"):
        at_desk(url, work, tmp_path / "officer.jwk.json")
