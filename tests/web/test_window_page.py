"""The hub's `/window` leads to the program on the clerk's machine; the hub itself asks for no number."""

from __future__ import annotations

from litestar.testing import TestClient

from mianzheng.web.app import create_hub
from tests.web.hub_client import config

WINDOW = "http://localhost:7311/window"


def test_it_leads_to_the_windows_program() -> None:
    with TestClient(create_hub(config(window_url=WINDOW)), base_url="https://testserver.local") as client:
        answer = client.get("/window", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, WINDOW)


def test_without_one_it_says_how_it_is_started_and_asks_nothing() -> None:
    with TestClient(create_hub(config()), base_url="https://testserver.local") as client:
        page = client.get("/window").text
        assert "mianzheng window serve" in page
        assert "<input" not in page.partition("<main")[2]
