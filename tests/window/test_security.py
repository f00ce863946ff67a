"""The window is for the browser of its own machine, and no number leaves it but sealed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.hub_world import shared
from tests.cases.leaks import dump, search
from tests.gateway.world import OLD
from tests.window.window_world import ITEM, PORT, Bench, bench


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("window-security")) as made:
        yield made


@pytest.fixture(scope="module")
def everything(window: Bench) -> list[tuple[str, bytes]]:
    """All that was written or shown while the widow was served: logs, pages after she was seen, the database."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.DEBUG
    window.sit_down()
    window.seen_with_nothing(OLD)
    shown = [window.get().text, window.post("item", item=ITEM).text, window.post("sign").text]
    shown += [window.get(path).text for path in ("/window/screen", "/window/shift", "/window/stuck", "/window/desk")]
    root.removeHandler(handler)
    root.level = level
    assert window.clerk.sitting is not None and window.clerk.sitting.shown is not None
    assert window.clerk.sitting.shown.own.decision == "granted"
    found = [("log", "\n".join(lines).encode()), *(("page", page.encode()) for page in shown)]
    found += [("request", one) for one in window.wire.seen]
    return [*found, *dump(shared()[0]), *((path.name, _written(path)) for path in window.folder.rglob("*"))]


def test_no_page_log_row_file_or_request_holds_the_number(everything: list[tuple[str, bytes]]) -> None:
    assert search(everything, [OLD]) == []


def test_the_search_finds_what_is_there(everything: list[tuple[str, bytes]]) -> None:
    assert {find.partition(":")[0] for find in search(everything, [ITEM])} >= {"request", "table public.cases"}


@pytest.mark.parametrize("host", ["evil.example", "localhost", f"localhost.evil.example:{PORT}", "localhost:80"])
def test_a_request_for_another_host_is_not_answered(window: Bench, host: str) -> None:
    for path in ("/window", "/static/city.css", "/health"):
        answer = window.client.get(path, headers={"host": host})
        assert (answer.status_code, answer.content) == (421, b"")


@pytest.mark.parametrize("origin", ["http://localhost:1", "https://evil.example", "null"])
def test_a_form_of_another_site_is_not_taken(window: Bench, origin: str) -> None:
    before = window.clerk.sitting
    answer = window.client.post("/window/next", headers={"origin": origin})
    assert answer.status_code == 421 and window.clerk.sitting is before


@pytest.mark.parametrize("path", ["next", "leave", "sign", "draw", "person/card", "stuck"])
def test_a_form_without_its_token_does_nothing(window: Bench, path: str) -> None:
    before = window.clerk.sitting
    answer = window.client.post(f"/window/{path}")
    assert window.clerk.sitting is before
    assert "页面放得太久" in answer.text


def test_pages_load_and_run_only_what_is_served_here(window: Bench) -> None:
    for path in ("/window", "/window/screen", "/window/desk", "/nowhere"):
        answer = window.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert "<script>" not in answer.text and "style=" not in answer.text and " onclick" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_the_form_cookie_is_for_this_host_and_no_script(window: Bench) -> None:
    window.client.cookies.clear()
    cookie = window.get().headers["set-cookie"].lower()
    assert cookie.startswith("__host-mz-window-") and "httponly" in cookie and "secure" in cookie


def _written(path: Path) -> bytes:
    """What a file under the window's folder holds; the world's own enrolment is not the window's."""
    return path.read_bytes() if path.is_file() and path.suffix != ".sqlite" else b""


def test_an_address_that_is_none_says_that_there_is_no_such_page(window: Bench) -> None:
    answer = window.client.get("/nowhere", headers={"accept-language": "en"})
    assert answer.status_code == 404 and "There is no such page" in answer.text
    assert "Something typed" not in answer.text
    assert "GET" in window.client.delete("/window").headers["allow"]
