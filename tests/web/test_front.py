"""The front page says what this is in one glance, in both languages, and leads nowhere that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.authority.site import showing as site_showing
from mianzheng.cases.figures import FLOOR, PublicFigures
from mianzheng.look.problems import MEANINGS, TITLES
from mianzheng.web.errors import STATUS
from mianzheng.web.pages import front, problems
from tests.web.front_hub import chinese_left, pages, words

DOCS = Path(__file__).parents[2] / "docs"
PUBLIC = ("/", "/items", "/items/old-age-allowance", "/help", "/about", "/ledger", "/ledger/0", "/overdue", "/notices")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as opened:
        yield opened


def test_the_front_page_says_what_this_is_and_starts_from_what_happened(client: TestClient[Any]) -> None:
    page = client.get("/")
    said = words(page)
    assert "办事，不用带证件" in said and "爸爸满 80 了" in said
    assert 'href="/items?happening=father-eighty"' in page.text and 'action="/items"' in page.text


def test_a_happening_that_opens_nothing_here_is_not_shown(client: TestClient[Any]) -> None:
    assert "什么也办不了" not in words(client.get("/"))


def test_the_first_that_happens_to_people_is_large_and_what_happens_to_firms_stands_last(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = client.app.state.hub.library
    one = library.guide.happenings[0]
    ids = [f"people-{number}" for number in range(front.TILES + 1)]
    people = [msgspec.structs.replace(one, id=name) for name in ids]
    firm = msgspec.structs.replace(one, id="firm", firms=True)
    guide = msgspec.structs.replace(library.guide, happenings=(firm, *people))
    monkeypatch.setattr(library, "guide", guide)
    page = client.get("/").text
    assert re.findall(r"happening=([a-z0-9-]+)", page) == [*ids, "firm"]
    assert page.count(one.hint.zh) == front.TILES
    assert page.index(ids[-2]) < page.index("还有这些事") < page.index(ids[-1]) < page.index("企业的事")


def test_a_short_list_of_what_happened_has_no_headings(client: TestClient[Any]) -> None:
    assert "还有这些事" not in client.get("/").text and "企业的事" not in client.get("/").text


def test_the_desks_of_a_demo_lead_only_to_pages_that_are_served(client: TestClient[Any]) -> None:
    page = client.get("/").text.partition('data-testid="desks"')[2]
    addresses = re.findall(r'href="([^"]+)"[^>]*data-testid="desk"', page)
    served = {route.path for route in client.app.routes}
    desks = {parse_qs(unescape(address).partition("?")[2]).get("next", [address])[0] for address in addresses}
    assert {"/ledger", "/my"} <= desks <= served


def test_a_city_that_is_no_demo_shows_no_desks(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.app.state.hub.trust, "demo", False)
    assert 'data-testid="desks"' not in client.get("/").text


def test_what_invented_people_know_is_shown_where_a_demo_says_so_alone(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'data-testid="demo-people"' not in client.get("/").text
    config = msgspec.structs.replace(client.app.state.config, demo_people="https://idp.test/people")
    monkeypatch.setattr(client.app.state, "config", config)
    assert "https://idp.test/people" in client.get("/").text
    monkeypatch.setattr(client.app.state.hub.trust, "demo", False)
    assert "https://idp.test/people" not in client.get("/").text


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize(("language", "sign"), [("zh-CN", "办事"), ("en", "Services")])
def test_every_public_page_has_title_description_and_language(
    client: TestClient[Any], path: str, language: str, sign: str
) -> None:
    page = client.get(path, headers={"accept-language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text and sign in page.text
    title = re.search(r"<title>(.*?)</title>", page.text)
    description = re.search(r'name="description" content="([^"]*)"', page.text)
    assert title and len(title[1]) > 5 and description and len(description[1]) > 10


@pytest.mark.parametrize("path", PUBLIC)
def test_an_english_page_leaves_chinese_only_where_it_is_marked(client: TestClient[Any], path: str) -> None:
    assert chinese_left(client.get(path, headers={"accept-language": "en"})) == []


def test_nothing_of_a_page_runs_or_is_styled_inline(client: TestClient[Any]) -> None:
    for path in PUBLIC:
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", page), path


def test_figures_below_the_floor_are_not_published(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def few(board: object, hub: object) -> PublicFigures:
        return FEW

    monkeypatch.setattr(front.FigureBoard, "figures", few)
    said = words(client.get("/"))
    assert "决定满 10 件以后" in said and "份材料没让人带" not in said


def test_figures_above_the_floor_are_published(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def many(board: object, hub: object) -> PublicFigures:
        return MANY

    monkeypatch.setattr(front.FigureBoard, "figures", many)
    said = words(client.get("/"))
    assert "12,345" in said and "1.8秒" in said and "50,000" in said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 秒"), (1.84, "1.8 秒"), (90, "1.5 分钟"), (7200, "2 小时"), (172_800, "2 天")]
)
def test_a_length_of_time_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    number, unit = front.time_words(seconds)
    assert f"{number} {unit.zh}" == said


def test_help_names_who_answers_now_and_no_window_that_closed(client: TestClient[Any]) -> None:
    said = words(client.get("/help"))
    assert "便民热线" in said and "一楼大厅" in said and "尚未核对的公告" in said
    assert "老窗口" not in said


def test_every_code_that_reaches_a_person_has_a_sentence_in_both_languages() -> None:
    table = (DOCS / "errors.md").read_text().partition("## The hub")[2].partition("\n## ")[0]
    named = {code for line in table.splitlines() for code in re.findall(r"`([a-z-]+)`", line[1:].partition("|")[0])}
    known = MEANINGS | site_showing._MEANINGS
    assert len(named) > 70
    assert (
        not (named | STATUS.keys() | TITLES.keys() | problems._TITLES.keys() | site_showing._TITLES.keys())
        - known.keys()
    )
    assert all(re.search("[一-鿿].*。$", said.zh) and said.en.endswith(".") for said in known.values())


def test_a_chinese_problem_page_folds_the_english_of_the_error_away(client: TestClient[Any]) -> None:
    page = client.get("/items/nothing-of-this-hub").text
    shown = (
        re.sub(r"(?s)<details.*?</details>", "", page).partition('data-testid="problem"')[2].partition("</section>")[0]
    )
    assert "地址可能写错了" in shown and 'lang="en">' in page
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", re.sub(r"<[^>]+>", "", shown))


def test_the_floor_is_ten() -> None:
    assert FLOOR == 10


FEW = PublicFigures(items=5, departments=3, papers=4.0, at_once=2, decided=None, median_seconds=None, spared=None)
MANY = PublicFigures(items=5, departments=3, papers=4.0, at_once=2, decided=12_345, median_seconds=1.84, spared=50_000)
