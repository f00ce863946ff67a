"""`GET /items/search` and `GET /happenings`: what the window's program and the pages look things up with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.model.guide import Guide, Happening
from mianzheng.model.text import Text
from tests.web.hub_client import code, hub

BABY = Happening(
    id="father-eighty",
    name=Text(zh="爸爸满 80 了", en="Father turns 80"),
    hint=Text(zh="高龄津贴", en="the allowance"),
    items=("nothing-of-this-hub", "old-age-allowance"),
    words=("满80",),
    effective=date(2020, 1, 1),
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with hub() as opened:
        opened.app.state.hub.library.guide = Guide(happenings=(BABY,))
        yield opened


def test_an_item_is_found_by_initials_with_what_it_spares(client: TestClient[Any]) -> None:
    hits = client.get("/items/search", params={"q": "gljt"}).json()["items"]
    found = next(one for one in hits if one["item"] == "old-age-allowance")  # other tests' items may bear its name
    assert found["happenings"] == ["father-eighty"]
    assert found["replaces"] and found["department_name"]["zh"] and found["promise_days"] >= 0


def test_only_published_items_in_force_are_found(client: TestClient[Any]) -> None:
    published = {one["item"] for one in client.get("/items").json()["items"] if one["status"] == "published"}
    found = client.get("/items/search", params={"limit": 100}).json()
    assert {one["item"] for one in found["items"]} == published and found["next"] == ""


def test_pages_lead_on_to_the_end(client: TestClient[Any]) -> None:
    names: list[str] = []
    after = ""
    while True:
        page = client.get("/items/search", params={"limit": 1, "after": after}).json()
        names += [one["item"] for one in page["items"]]
        if not (after := page["next"]):
            break
    assert len(names) == page["total"] == len(set(names))


def test_a_happening_names_only_what_is_published_here(client: TestClient[Any]) -> None:
    (line,) = client.get("/happenings").json()
    assert line["id"] == "father-eighty" and line["items"] == ["old-age-allowance"]


@pytest.mark.parametrize("asked", [{"limit": "0"}, {"limit": "101"}, {"q": "x" * 101}])
def test_what_no_search_can_be_is_named(client: TestClient[Any], asked: dict[str, str]) -> None:
    assert code(client.get("/items/search", params=asked), 400) == "bad-request"
