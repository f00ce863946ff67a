"""Items are found and introduced by pages that need no script: what is asked of whom, before anyone applies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cases.figures import FigureBoard, PublicFigures, read_figures
from mianzheng.cases.hub import Hub
from mianzheng.cases.memory import Recent
from mianzheng.catalogue.introducing import Introduction
from mianzheng.catalogue.item_words import figure_words
from mianzheng.catalogue.search import Index, index_of
from mianzheng.web.pages import items
from tests.web.front_hub import pages, words


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as opened:
        yield opened


def found(page: Any) -> list[str]:
    return re.findall(r'href="/items/([^"]+)" data-testid="item"', page.text)


@pytest.mark.parametrize("words_typed", ["高龄", "gljt", "glj", "gaoling", "长寿钱", "满80"])
def test_an_item_is_found_as_people_say_it(client: TestClient[Any], words_typed: str) -> None:
    page = client.get("/items", params={"q": words_typed})
    assert "old-age-allowance" in found(page) and "good-standing" not in found(page)


def test_money_is_said_in_english_as_money_is() -> None:
    said = [figure_words(*one).en for one in (("1000", "元"), ("12345.50", "元"), (3, "年"))]
    assert said == ["CNY 1,000", "CNY 12,345.50", "3 年"]
    assert figure_words("1000", "元").zh == "1000 元"


def test_the_whole_page_and_the_live_list_show_the_same(client: TestClient[Any]) -> None:
    whole = client.get("/items", params={"q": "津贴"})
    live = client.get("/items", params={"q": "津贴"}, headers={"hx-request": "true", "hx-target": "results"})
    assert found(whole) == found(live) and "<html" in whole.text and "<html" not in live.text


def test_who_finds_nothing_is_offered_a_person(client: TestClient[Any]) -> None:
    page = client.get("/items", params={"q": "火箭发射<b>"})
    assert page.status_code == 200 and 'data-testid="empty"' in page.text
    assert 'href="tel:12345"' in page.text and 'href="/help#windows"' in page.text
    assert "<b>" not in page.text.partition('data-testid="empty"')[2].partition("</h2>")[0]


def test_a_happening_is_a_list_of_its_own(client: TestClient[Any]) -> None:
    page = client.get("/items", params={"happening": "father-eighty"})
    assert found(page) == ["old-age-allowance"] and "爸爸满 80 了" in words(page)


def test_links_lead_through_every_page(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    everything = found(client.get("/items"))
    monkeypatch.setattr(items, "PAGE", 1)
    seen, path = [], "/items"
    while path:
        page = client.get(path)
        seen += found(page)
        following = re.search(r'href="([^"]+)" data-testid="next"', page.text)
        path = unescape(following[1]) if following else ""
    assert seen == everything and len(seen) > 1


def test_an_item_says_what_is_asked_of_whom_and_on_what_basis(client: TestClient[Any]) -> None:
    page = client.get("/items/old-age-allowance")
    said = words(page)
    assert page.text.count('data-testid="plan"') >= 2 and "依据：" in said
    assert "什么情况办不了" in said and 'href="/my/apply/old-age-allowance"' in page.text


def test_an_item_says_what_it_spares(client: TestClient[Any]) -> None:
    item = client.get("/api/items/old-age-allowance").json()
    page = client.get("/items/old-age-allowance")
    assert f"<s>{len(item['replaces'])}</s> → 0" in page.text
    assert all(f"<s>{paper}</s>" in page.text for paper in item["replaces"])


def test_every_published_item_has_a_page_in_both_languages(client: TestClient[Any]) -> None:
    for name in found(client.get("/items")):
        for language in ("zh-CN", "en"):
            page = client.get(f"/items/{name}", headers={"accept-language": language})
            assert page.status_code == 200, name


def test_a_source_nobody_read_is_marked(client: TestClient[Any]) -> None:
    item = client.get("/api/items/old-age-allowance").json()
    law = client.get("/items/old-age-allowance").text.partition('id="law"')[2].partition("</ul>")[0]
    assert item["reference"]["text"] in law
    assert ("原文未核" in law) == (not item["reference"]["verified"]) or "原文未核" in law


def test_an_unknown_item_is_said_plainly(client: TestClient[Any]) -> None:
    page = client.get("/items/no-such-thing")
    assert page.status_code == 404 and "没有这个页面或办件" in words(page)


def test_an_item_is_introduced_once_a_version_and_day(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/items/old-age-allowance")

    def again(*_: object) -> None:
        raise AssertionError("it was introduced again")

    monkeypatch.setattr(items, "introduce", again)
    assert client.get("/items/old-age-allowance").status_code == 200


_AT_ONCE = {
    "automatic": ("当场决定", "就有决定", "decided on the spot", "is the decision"),
    "clerk": (
        "窗口当场办结",
        "窗口办结，由办事人员签",
        "settled at the window while you wait",
        "at the window, signed by staff",
    ),
}


@pytest.mark.parametrize("approval", _AT_ONCE)
def test_only_what_the_machine_decides_is_said_to_be_decided_on_the_spot(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, approval: str
) -> None:
    _promise_at_once(client, monkeypatch, approval)
    shown = " ".join(
        words(client.get(path, headers={"accept-language": language}))
        for path in ("/items", "/items/old-age-allowance")
        for language in ("zh-CN", "en")
    )
    (other,) = _AT_ONCE.keys() - {approval}
    assert [said for said in _AT_ONCE[approval] if said not in shown] == []
    assert [said for said in _AT_ONCE[other] if said in shown] == []


def test_the_front_page_counts_as_decided_at_once_only_what_the_machine_decides(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def few(_: FigureBoard, hub: Hub) -> PublicFigures:
        return msgspec.structs.replace(await read_figures(hub), median_seconds=None, decided=None, spared=None)

    monkeypatch.setattr(FigureBoard, "figures", few)
    counted = []
    for approval in _AT_ONCE:
        _promise_at_once(client, monkeypatch, approval)
        counted += re.findall(r"([0-9]+)件事 ?当场就有决定", words(client.get("/")))
    assert counted == [str(len(found(client.get("/items")))), "0"]


def _promise_at_once(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, approval: str) -> None:
    """Have every item promised in no working day, and decided in one way."""
    library, real = client.app.state.hub.library, items.introduce
    every = library._in_force(client.app.state.hub.today).values()
    changed = [msgspec.structs.replace(one, promise_days=0, approval=approval, approvers=()) for one in every]
    index = index_of(changed, library.facts.departments, library.guide)

    async def indexed(_: date) -> Index:
        return index

    def introduced(*given: Any) -> Introduction:
        said = real(*given)
        item = msgspec.structs.replace(said.item, promise_days=0, approval=approval, approvers=())
        return msgspec.structs.replace(said, item=item)

    monkeypatch.setattr(library, "index", indexed)
    monkeypatch.setattr(items, "introduce", introduced)
    monkeypatch.setattr(items, "_introduced", Recent(8))
