"""A clerk's seat: closed at rest, opened by a PIN, closed again; while it is closed nothing is shown or done."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mianzheng.cli.main import main
from mianzheng.credentials.keys import BadKey
from mianzheng.credentials.pin_key import KeyClosed
from mianzheng.model.errors import WrongUse
from mianzheng.window.app import create_window
from mianzheng.window.seat import MOST_WRONG, REST_SECONDS, Seat
from tests.cases.hub_world import world
from tests.gateway.world import OLD
from tests.web.rights import Route, groups, served
from tests.window.window_world import ITEM, PINS, Bench, bench, text_of

ROUTES = groups("Window's program")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("seat")) as made:
        yield made


@pytest.fixture(autouse=True)
def _open(window: Bench) -> Iterator[None]:
    yield
    opened(window)
    window.post("leave")


def opened(window: Bench) -> None:
    for seat, pin in PINS.items():
        ask(window, ("POST", "/window/seat/open"), seat=seat, pin=pin)


def ask(window: Bench, route: Route, **fields: str) -> object:
    """Ask for a route with the token of a form; return where it leads, or its status."""
    path = re.sub(r"\{\w+\}", "x", route[1])
    if route[0] == "GET":
        answer = window.client.get(path, follow_redirects=False)
    else:
        token = re.search(r'name="_csrf_token" value="([^"]+)"', window.client.get("/window/seat").text)
        assert token is not None
        data = {"_csrf_token": token[1], **fields}
        answer = window.client.post(path, data=data, follow_redirects=False)
    return answer.headers.get("location", answer.status_code)


def test_every_route_of_the_window_has_a_line_and_every_line_a_route(window: Bench) -> None:
    assert set(served(window.client.app)) == set(ROUTES)


def test_its_rule_is_the_one_that_the_line_names(window: Bench) -> None:
    rules = {route: handler.opt["access"].value for route, handler in served(window.client.app).items()}
    assert rules == ROUTES


@pytest.mark.parametrize("route", [one for one, group in ROUTES.items() if group == "clerk"], ids=" ".join)
def test_while_the_seat_is_closed_nothing_is_shown_or_done(window: Bench, route: Route) -> None:
    window.clerk.close()
    before = len(window.wire.seen)
    assert ask(window, route) == "/window/seat"
    assert len(window.wire.seen) == before


def test_a_closed_seat_shows_nobody_and_goes_on_with_whoever_sat_there(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    assert window.clerk.sitting is not None and window.clerk.sitting.seen is not None
    name = window.clerk.sitting.seen.display
    ask(window, ("POST", "/window/seat/close"))
    assert not any(name in window.get(path).text for path in ("/window", "/window/screen", "/window/seat"))
    opened(window)
    window.post("item", item=ITEM)
    assert "准予" in text_of(window.post("sign"))


def test_no_key_is_left_in_memory_of_a_closed_seat(window: Bench) -> None:
    window.clerk.close()
    with pytest.raises(KeyClosed):
        window.clerk.staff.step("presence", "x")
    assert window.clerk.witness is None


def test_a_seat_that_nobody_uses_closes_by_itself_and_a_page_that_looks_again_is_no_use(window: Bench) -> None:
    window.clerk._touched -= window.clerk.config.idle_minutes * 60 - 5
    window.get("/window", headers={"hx-request": "true"})
    window.clerk._touched -= 10
    assert not window.clerk.is_open()


def test_a_demo_shows_its_pins_and_opens_both_seats_by_one_click(window: Bench) -> None:
    window.clerk.close()
    words = text_of(window.get("/window/seat"))
    assert all(pin in words for pin in PINS.values())
    ask(window, ("POST", "/window/seat/open"), seat="demo")
    assert window.clerk.is_open() and window.clerk.witness is not None


def test_without_the_witness_there_are_no_two_staff(window: Bench) -> None:
    ask(window, ("POST", "/window/seat/close"), seat="witness")
    assert window.clerk.is_open()
    assert "第二席还没开" in text_of(window.sit_down())
    assert "第二席没有人" in text_of(window.post("person", number=OLD, how="window"))


def test_five_wrong_pins_let_the_seat_rest_whatever_is_started_anew(window: Bench) -> None:
    window.clerk.close()
    file = Path(window.clerk.config.clerk)
    for _ in range(MOST_WRONG):
        ask(window, ("POST", "/window/seat/open"), pin="999999")
    opened(window)
    assert not window.clerk.seat.is_open and Seat(file).rests_until
    assert "输错五次" in text_of(window.get("/window/seat"))
    later = Seat(file, clock=lambda: Seat(file).rests_until + REST_SECONDS + 1)
    assert not later.rests_until
    file.with_name("clerk.tries.json").unlink()


@pytest.mark.parametrize(("typed", "status"), [
    ("246801\n246801\n", 0),
    ("246801\n246802\n", 2),  # not the same twice
    ("111111\n111111\n", 2),
    ("123456\n123456\n", 2),
    ("1357\n1357\n", 2),
])  # fmt: skip
def test_a_key_is_closed_by_a_pin_that_is_typed_twice_and_not_the_first_to_be_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, status: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    key, closed = world().keys / "staff" / "civil-affairs" / "clerk.jwk.json", tmp_path / "clerk.closed.json"
    assert main(["window", "lock", str(key), "--out", str(closed)]) == status
    assert closed.exists() is (status == 0)
    if status == 0:
        seat = Seat(closed)
        asyncio.run(seat.open("246801"))
        assert seat.is_open and b'"d"' not in closed.read_bytes()


def test_a_key_that_lies_open_is_no_seat() -> None:
    with pytest.raises(BadKey, match="PIN"):
        Seat(world().keys / "staff" / "civil-affairs" / "clerk.jwk.json")


def test_a_route_without_a_rule_stops_the_start(window: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from litestar import get

    @get("/window/open")
    async def unruled() -> None: ...

    monkeypatch.setattr("mianzheng.window.pages.ROUTES", (unruled,))
    with pytest.raises(WrongUse, match="/window/open"):
        create_window(window.clerk.config)
