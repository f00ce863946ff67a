"""The public pages in a browser: no fault that axe finds in any dress, by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from playwright.sync_api import Browser, Page, expect

from mianzheng.web.access import SESSION_COOKIE
from mianzheng.web.app import create_hub
from tests.browser.axe import judged
from tests.browser.dresses import DRESSES, dressed
from tests.browser.hub_site import apart, served
from tests.cases.hub_world import WorldPeers, hub_world, run, world
from tests.cases.procedure_world import published
from tests.gateway.world import OLD, YOUNG
from tests.web.front_hub import GUIDE, fold
from tests.web.hub_client import Resident, config

PAGES = {
    "hub /": "/",
    "hub /items": "/items",
    "hub /items empty": "/items?q=xqzv",
    "hub /items/{item}": "/items/old-age-allowance",
    "hub /help": "/help",
    "hub /about": "/about",
    "hub /ledger": "/ledger",
    "hub /ledger/{entry}": "/ledger/0",
    "hub /ledger/{entry} unknown": "/ledger/99999999",
    "hub /overdue": "/overdue",
    "hub /notices": "/notices",
    "hub /schema": "/schema",
    "hub /window": "/window",
    "hub /nowhere": "/nowhere",
}
ALLOWANCE = 'a[href="/items/old-age-allowance"]'  # other tests' items may bear its name


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    apart(lambda: run(_publish()))
    with served(apart(_hub)) as origin:
        apart(fold)
        yield origin


async def _publish() -> None:
    async with hub_world() as here:
        await published(here, "noticed-allowance")


def _hub() -> Litestar:
    app = create_hub(config())
    app.state.hub.peers = WorldPeers(world())
    app.state.hub.library.guide = GUIDE
    return app


@pytest.mark.parametrize("dress", DRESSES)
def test_axe_finds_no_fault_and_nothing_is_wider_than_the_page(chromium: Browser, site: str, dress: str) -> None:
    context = dressed(chromium, dress)
    page = context.new_page()
    found = []
    for name, path in PAGES.items():
        page.goto(site + path)
        found += judged(page, name)
    context.close()
    assert found == [], "\n".join(found)


def test_a_service_is_found_and_opened_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("search")).to_be_focused()
    page.keyboard.type("gljt")
    page.keyboard.press("Enter")
    wanted = page.locator(ALLOWANCE)
    expect(wanted).to_be_visible()
    tab_to(page, wanted)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/items/old-age-allowance")
    tab_to(page, page.get_by_test_id("apply"))


def tab_to(page: Page, wanted: Any, most: int = 40) -> None:
    """Press Tab until the wanted element has the focus."""
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_the_list_follows_what_is_typed(page: Page, site: str) -> None:
    page.goto(f"{site}/items")
    other = page.locator('a[href="/items/good-standing"]')
    expect(other).to_be_visible()
    page.get_by_test_id("search").press_sequentially("gljt")
    expect(other).to_have_count(0)
    expect(page.locator(ALLOWANCE)).to_be_visible()
    expect(page).to_have_url(f"{site}/items?q=gljt&happening=&who=&department=&kind=")
    steps = page.evaluate("history.length")
    with page.expect_response("**/items?q=gljt*"):
        page.keyboard.press("Enter")
    page.get_by_test_id("search").blur()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("history.length") == steps  # "back" leads back once
    page.get_by_test_id("search").fill("")
    expect(other).to_be_visible()


@pytest.mark.parametrize(("locale", "unreached", "failed"), [
    ("zh-CN", "没有连上", "这一步没有成功"), ("en", "Not reached", "This did not work"),
])  # fmt: skip
def test_a_search_that_comes_to_nothing_says_why_and_is_quiet_once_it_works(
    chromium: Browser, site: str, locale: str, unreached: str, failed: str
) -> None:
    page = chromium.new_context(locale=locale).new_page()
    page.goto(f"{site}/items")
    note = page.get_by_test_id("unfetched")
    expect(note).to_be_hidden()
    page.route("**/items?*", lambda route: route.abort())
    page.get_by_test_id("search").fill("gaoling")
    expect(note).to_contain_text(unreached)
    assert judged(page, "hub /items unreached") == []
    page.unroute("**/items?*")
    page.route("**/items?*", lambda route: route.fulfill(status=500, body="{}"))
    page.get_by_test_id("search").fill("gaolingj")
    expect(note.get_by_text(failed)).to_be_visible()
    expect(note.get_by_text(unreached)).to_be_hidden()
    page.unroute("**/items?*")
    page.get_by_test_id("search").fill("gaolingjt")
    expect(note).to_be_hidden()
    page.context.close()


def test_everything_works_without_javascript(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(site)
    page.get_by_test_id("happening").first.click()
    expect(page.get_by_test_id("item")).to_have_count(1)
    page.get_by_test_id("search").fill("火箭")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("empty")).to_be_visible()
    page.goto(f"{site}/ledger")
    page.get_by_test_id("entry").fill("0")
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_test_id("proof")).to_be_visible()
    page.get_by_test_id("elder").click()
    expect(page.locator("html.elder")).to_have_count(1)
    page.get_by_test_id("language").click()
    expect(page.locator('html[lang="en"]')).to_have_count(1)
    context.close()


def test_no_page_says_anything_on_the_console(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/", "/items", "/items/old-age-allowance", "/help", "/ledger/0", "/overdue"):
        page.goto(site + path)
    assert said == []


def test_a_page_is_printed_without_what_only_a_screen_needs(page: Page, site: str) -> None:
    page.goto(f"{site}/items/old-age-allowance")
    page.emulate_media(media="print")
    expect(page.locator(".bar nav")).to_be_hidden()
    expect(page.get_by_test_id("conditions")).to_be_visible()


class _Over:
    """The served hub, asked as programs ask."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def post(self, path: str, **given: Any) -> Any:
        return self._client.post(path, **given)

    def get(self, path: str, **given: Any) -> Any:
        return self._client.get(path, **given)


def _noticed(site: str) -> tuple[str, str]:
    """A case whose public notice runs, and another resident's session."""
    with httpx.Client(base_url=f"{site}/api", timeout=60) as client:
        over = _Over(client)
        resident, other = Resident(over, OLD), Resident(over, YOUNG)  # type: ignore[arg-type]
        resident.sign_in()
        return resident.run("noticed-allowance").case, str(other.sign_in()["session"])


def test_a_signed_in_person_objects_to_a_public_notice(page: Page, site: str) -> None:
    case, session = apart(lambda: _noticed(site))
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": "https://localhost", "secure": True}])
    page.goto(f"{site}/notices")
    page.locator(f'a[href="/notices/{case}/objection"]').click()
    assert judged(page, "hub /notices/{case}/objection") == []
    page.get_by_test_id("reason").fill("申请人已迁走")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("objections")).to_contain_text("申请人已迁走")
    assert judged(page, "hub /notices/{case}/objection made") == []
