"""Papers in a browser: read, downloaded and checked without JavaScript; no fault that axe finds in any dress."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Browser, BrowserContext, expect

from mianzheng.web.access import SESSION_COOKIE
from tests.browser.axe import judged
from tests.browser.dresses import DRESSES, dressed
from tests.browser.hub_site import apart, served
from tests.browser.test_front import _hub
from tests.gateway.world import OLD
from tests.web.my_client import Visitor


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(apart(_hub)) as origin:
        yield origin


@pytest.fixture(scope="module")
def granted() -> tuple[str, str]:
    """A granted case, by another process of the hub: the session, and the page of its papers."""
    return apart(_granted)


def _granted() -> tuple[str, str]:
    with TestClient(_hub(), base_url="https://testserver.local", raise_server_exceptions=False) as client:
        visitor = Visitor(client, OLD)
        case = str(visitor.run("old-age-allowance").url.path)
        return visitor.cookies[SESSION_COOKIE], f"{case}/papers"


def signed_in(context: BrowserContext, session: str) -> BrowserContext:
    cookie: Any = {"name": SESSION_COOKIE, "value": session, "url": "https://localhost/", "secure": True}
    context.add_cookies([cookie])
    return context


@pytest.mark.parametrize("dress", DRESSES)
def test_axe_finds_no_fault_and_nothing_is_wider_than_the_page(
    chromium: Browser, site: str, granted: tuple[str, str], dress: str
) -> None:
    session, papers = granted
    context = signed_in(dressed(chromium, dress), session)
    page, found = context.new_page(), []
    for name, path in {
        "hub /my/cases/{case}/papers": papers,
        "hub /my/cases/{case}/papers/{paper}": f"{papers}/grant",
        "hub /my/cases/{case}/papers/{paper} receipt": f"{papers}/receipt",
        "hub /papers/{number}": "/papers/civil-affairs-2026-1",
    }.items():
        page.goto(site + path)
        found += judged(page, name, names=("临民", "号"))  # the official number of a paper
    context.close()
    assert found == [], "\n".join(found)


def test_a_paper_is_read_saved_and_checked_without_javascript(
    chromium: Browser, site: str, granted: tuple[str, str], tmp_path: Path
) -> None:
    session, papers = granted
    context = signed_in(chromium.new_context(locale="zh-CN", java_script_enabled=False, accept_downloads=True), session)
    page = context.new_page()
    page.goto(site + papers)
    page.locator('[data-paper="grant"]').get_by_test_id("read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("准予行政给付决定书")
    with page.expect_download() as download:
        page.get_by_test_id("download").click()
    file = tmp_path / "paper.pdf"
    download.value.save_as(file)
    page.get_by_test_id("check").click()
    page.get_by_test_id("file").set_input_files(file)
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_test_id("verdict")).to_contain_text("是真的")
    context.close()


@pytest.mark.parametrize(
    ("page_of", "leads_to", "says"),
    [("", "/ledger/", "proof"), ("/why", "/ledger/", "proof"), ("/papers/grant", "/papers/", "verdict")],
)
def test_a_printed_page_bears_a_qr_by_which_anybody_checks_it(
    chromium: Browser, site: str, granted: tuple[str, str], page_of: str, leads_to: str, says: str
) -> None:
    session, papers = granted
    context = signed_in(chromium.new_context(locale="zh-CN"), session)
    page = context.new_page()
    page.goto(site + papers.removesuffix("/papers") + page_of)
    check = page.get_by_test_id("printed-check")
    expect(check).to_be_hidden()
    page.emulate_media(media="print")
    expect(check).to_be_visible()
    assert check.locator("img").evaluate("one => one.naturalWidth") > 0
    address = check.get_attribute("data-address") or ""
    context.close()
    assert leads_to in address
    with chromium.new_context(locale="zh-CN") as anybody:
        stranger = anybody.new_page()
        stranger.goto(site + address[address.index(leads_to) :])
        expect(stranger.get_by_test_id(says)).to_be_visible()
