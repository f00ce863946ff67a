"""The catalogue as a folder of pages, opened from disk: found in by search, sound in every dress, all its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mianzheng.catalogue.search import Wanted, index_of
from mianzheng.site.writing import write_site
from tests.browser.axe import faults, overflow
from tests.browser.dresses import DRESSES, dressed
from tests.core_packs import core_catalogue

PAGES = (
    "index.html",
    "registers.html",
    "items/old-age-allowance.html",
    "departments/civil-affairs.html",
    "registers/hukou.html",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    into = tmp_path_factory.mktemp("catalogue") / "pages"
    write_site(core_catalogue(), into)
    yield into


@pytest.mark.parametrize("dress", DRESSES)
def test_axe_finds_no_fault_and_nothing_is_wider_than_the_page(chromium: Browser, folder: Path, dress: str) -> None:
    context = dressed(chromium, dress)
    page, found = context.new_page(), []
    for path in PAGES:
        page.goto((folder / ("en" if "english" in dress else "") / path).as_uri())
        found += [f"{path}: {fault}" for fault in faults(page)]
        found += [f"{path}: {overflow(page)} px too wide"] if overflow(page) > 0 else []
    context.close()
    assert found == []


def test_an_item_is_found_by_its_initials_and_opened_by_keyboard_alone(page: Page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("searchbox").focus()
    page.keyboard.type("gljt")
    found = page.get_by_test_id("search").get_by_role("listitem")
    expect(found).to_have_count(1)
    found.get_by_role("link", name="高龄津贴", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("高龄津贴")


def _found(page: Page, folder: Path, words: str) -> list[str]:
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("searchbox").fill(words)
    return page.get_by_test_id("search").get_by_role("listitem").get_by_role("link").all_inner_texts()


def test_an_item_is_found_first_by_what_it_is_also_called_and_by_what_people_say_happened(
    page: Page, folder: Path
) -> None:
    assert _found(page, folder, "低保")[0] == "最低生活保障"
    assert "育儿补贴" in _found(page, folder, "我要生孩子怎么办")
    assert "高龄津贴" in _found(page, folder, "老人证")


def test_the_pages_find_the_items_that_the_hub_finds_in_its_order(page: Page, folder: Path) -> None:
    catalogue = core_catalogue()
    hub = index_of([one.item for one in catalogue.items], catalogue.facts.departments, catalogue.guide.on(date.today()))
    for words in (
        "低保",
        "生孩子",
        "老人证",
        "高龄津贴",
        "爸爸满80了",
        "补个身份证",
        "租房子能取公积金吗",
        "房本加老婆名字",
        "去世了要办什么",
        "高龄\u200b津贴",
    ):
        expected = hub.find(Wanted(words=words, limit=5)).items
        assert expected and _found(page, folder, words)[0] == expected[0].name.zh, words


def test_nothing_found_leaves_no_list_of_departments_behind_it(page: Page, folder: Path) -> None:
    assert _found(page, folder, "zzzz") == []
    expect(page.get_by_role("heading", name="按部门")).to_be_hidden()
    page.get_by_role("searchbox").fill("低保")
    expect(page.get_by_role("heading", name="按部门")).to_be_visible()


def test_what_is_spared_is_read_from_top_to_bottom_on_a_phone(page: Page, folder: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((folder / "en/items/old-age-allowance.html").as_uri())
    first = page.get_by_role("group", name="What is spared").locator("tr").nth(1)
    cells = [one.bounding_box() for one in first.locator("td").all()]
    assert all(cell is not None and cell["width"] > 300 for cell in cells)
    assert len({cell["x"] for cell in cells if cell is not None}) == 1
