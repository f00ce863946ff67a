"""The catalogue as a folder of pages, opened from disk: found in by search, sound in every dress, all its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mianzheng.site.writing import write_site
from tests.browser.axe import faults, overflow
from tests.browser.test_front import DRESSES
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
    context = chromium.new_context(**{"locale": "zh-CN"} | DRESSES[dress])
    page, found = context.new_page(), []
    for path in PAGES:
        page.goto((folder / ("en" if dress == "english" else "") / path).as_uri())
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
