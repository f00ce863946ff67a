"""A resident on a phone: from the form to the decision in Chromium; axe on every page in every dress; no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from playwright.sync_api import Browser, BrowserContext, Page, expect

from mianzheng.model.canonical import unb64
from mianzheng.web.access import SESSION_COOKIE
from mianzheng.web.app import create_hub
from tests.browser.axe import judged
from tests.browser.city_walk import reach
from tests.browser.dresses import DRESSES, dressed
from tests.browser.hub_site import apart, served
from tests.cases.hub_world import WorldPeers, assert_as, world
from tests.gateway.world import OLD, YOUNG
from tests.web.front_hub import GUIDE, fold, pages
from tests.web.hub_client import config
from tests.web.my_client import Visitor

ITEM = "old-age-allowance"
MADE_HERE = re.compile(r'"crv":"P-256"')  # the browser's own key
BESIDE = {
    "hub /my/notices": "/my/notices",
    "hub /my/invitations": "/my/invitations",
    "hub /my/sign-ins": "/my/sign-ins",
    "hub /my/mandates": "/my/mandates",
    "hub /my/window": "/my/window",
    "hub /enterprise": "/enterprise",
    "hub /enterprise/ledger": "/enterprise/ledger",
}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(apart(_hub)) as origin:
        apart(fold)
        yield origin


def _hub() -> Litestar:
    app = create_hub(config())
    app.state.hub.peers = WorldPeers(world())
    app.state.hub.library.guide = GUIDE
    return app


@cache
def session(number: str) -> str:
    """A session of the shared database; every process of the hub reads it."""

    def sign_in() -> str:
        with pages() as client:
            return Visitor(client, number).cookies[SESSION_COOKIE]

    return apart(sign_in)


def signed_in(context: BrowserContext, site: str, number: str = OLD) -> Page:
    secure = site.replace("http://", "https://")
    context.add_cookies([{"name": SESSION_COOKIE, "value": session(number), "url": secure, "secure": True}])
    return context.new_page()


@pytest.fixture
def phone(chromium: Browser, site: str) -> Iterator[Page]:
    context = chromium.new_context(**PHONE)
    yield signed_in(context, site)
    context.close()


def sign(page: Page, number: str = OLD) -> None:
    """Sign as a key would: the page is given an assertion over the bytes that it shows."""
    form = page.locator("form[data-sign]")
    challenge = form.get_attribute("data-sign") or ""
    assertion = msgspec.json.encode(assert_as(world(), number, unb64(challenge))).decode()
    page.evaluate(
        "text => { const form = document.querySelector('form[data-sign]');"
        " form.elements.assertion.value = text; form.submit(); }",
        assertion,
    )


def granted(page: Page, site: str) -> str:
    """Walk from the form to the decision; return the address of the case."""
    page.goto(f"{site}/my/apply/{ITEM}")
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("plan")).to_be_visible()
    expect(page.locator("input[name=holder]")).to_have_value(MADE_HERE)
    page.get_by_test_id("sign").click()
    expect(page.get_by_test_id("signing")).to_be_visible()
    sign(page)
    expect(page.get_by_test_id("decision")).to_be_visible()
    return page.url


def test_a_resident_applies_on_a_phone_and_opens_the_credential_in_this_browser(phone: Page, site: str) -> None:
    granted(phone, site)
    expect(phone.get_by_test_id("decision")).to_contain_text("每月")
    expect(phone.get_by_test_id("story")).to_contain_text("→ 0")
    expect(phone.locator("[data-open]")).to_be_visible()  # opened by the key that never left this browser
    with phone.expect_download() as saved:
        phone.get_by_test_id("download").click()
    assert saved.value.suggested_filename.endswith(".txt")


def test_another_browser_of_the_same_person_cannot_open_it_and_says_where(
    phone: Page, site: str, chromium: Browser
) -> None:
    address = granted(phone, site)
    context = chromium.new_context(**PHONE)
    other = signed_in(context, site)
    other.goto(address)
    expect(other.locator("[data-shut]")).to_contain_text("打不开")
    context.close()


def test_axe_finds_no_fault_on_any_page_and_nothing_is_wider_than_the_page(
    chromium: Browser, site: str, phone: Page
) -> None:
    case = granted(phone, site).removeprefix(site)
    phone.goto(f"{site}/my/apply/{ITEM}")
    phone.get_by_test_id("apply").click()
    expect(phone.get_by_test_id("plan")).to_be_visible()
    plan = phone.url.removeprefix(site)
    phone.get_by_test_id("sign").click()
    expect(phone.get_by_test_id("signing")).to_be_visible()
    signature = phone.url.removeprefix(site)
    pages = BESIDE | {
        "hub /my": "/my",
        "hub /my empty": "/my?q=none",
        "hub /my/apply/{item}": "/my/apply/care-aid",
        "hub /my/cases/{case}/plan": plan,
        "hub /my/signing/{token}": signature,
        "hub /my/cases/{case}": case,
        "hub /my/cases/{case}/why": f"{case}/why",
        "hub /my/ledger": "/my/ledger",
    }
    found = []
    for dress in DRESSES:
        context = dressed(chromium, dress)
        page = signed_in(context, site)
        for route, path in pages.items():
            page.goto(site + path)
            found += [f"{dress}: {fault}" for fault in judged(page, route)]
        context.close()
    assert found == [], "\n".join(found)


def test_a_refusal_is_contested_by_keyboard_and_without_javascript(chromium: Browser, site: str) -> None:
    context = chromium.new_context(**PHONE)
    page = signed_in(context, site, YOUNG)
    page.goto(f"{site}/my/apply/{ITEM}")
    page.get_by_test_id("apply").click()
    expect(page.locator("input[name=holder]")).to_have_value(MADE_HERE)
    page.get_by_test_id("sign").click()
    sign(page, YOUNG)
    expect(page.get_by_test_id("reasons")).to_be_visible()
    address = page.url
    reach(page, "contest")
    expect(page.get_by_test_id("signing")).to_contain_text("这个答案不对")
    context.close()
    plain = chromium.new_context(**PHONE, java_script_enabled=False)
    page = signed_in(plain, site, YOUNG)
    page.goto(address)
    page.get_by_test_id("contest").first.click()
    expect(page.get_by_test_id("signing")).to_contain_text("这个答案不对")
    expect(page.get_by_test_id("sign")).to_be_visible()  # a link to the authority, which signs without a script
    plain.close()


def test_a_plan_is_signed_by_keyboard_alone(site: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    desk = signed_in(context, site)
    desk.goto(f"{site}/my/apply/{ITEM}")
    reach(desk, "apply")
    expect(desk.get_by_test_id("plan")).to_be_visible()
    reach(desk, "sign")
    expect(desk.get_by_test_id("signing")).to_be_visible()
    context.close()


def test_no_page_says_anything_on_the_console(phone: Page, site: str) -> None:
    said: list[str] = []
    phone.on("console", lambda message: said.append(message.text))
    phone.on("pageerror", lambda error: said.append(str(error)))
    case = granted(phone, site)
    for path in (case, f"{case}/why", f"{site}/my", f"{site}/my/ledger", f"{site}/my/invitations"):
        phone.goto(path)
    assert said == []
