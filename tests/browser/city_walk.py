"""What a person does in the browser of a running city: signs in, applies, signs; by click, by tap or by key.

The demo's provider vouches for its cast with one click, so each walk plays one of them: `elder`, `father`, `child`, …
Whoever has signed in once is remembered (`Signed`), for signing in is walked by the tests that are about it.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, StorageState, expect

ALLOWANCE = "old-age-allowance"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"}
AUTHENTICATOR = {  # Chromium's own: a phone whose finger is always on the sensor
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
_REACH = 120  # how often Tab is pressed before something is out of reach
CASE = re.compile(r"/my/cases/[^/]+$")


class Signed:
    """Who has signed in at a hub, and the cookies of each."""

    def __init__(self, chromium: Browser, hub: str) -> None:
        self.chromium = chromium
        self.hub = hub
        self._cookies: dict[str, StorageState] = {}

    def page(self, who: str, **dress: Any) -> Page:
        """Return a page of somebody who has signed in; `dress` overrides what a phone in Chinese has."""
        if who not in self._cookies:
            fresh = self.chromium.new_context(**PHONE)
            page = fresh.new_page()
            page.goto(f"{self.hub}/my")
            sign_in(page, who)
            expect(page).to_have_url(f"{self.hub}/my")
            self._cookies[who] = fresh.storage_state()
            fresh.close()
        return self.chromium.new_context(storage_state=self._cookies[who], **{**PHONE, **dress}).new_page()


def sign_in(page: Page, who: str) -> None:
    """Go from the hub's sign-in page over the authority to the provider, and be vouched for."""
    page.get_by_test_id("to-authority").click()
    vouched(page, who)


def vouched(page: Page, who: str) -> None:
    """Prove at the provider who one is."""
    page.get_by_test_id("provider").click()
    page.get_by_test_id(f"person-{who}").click()


def to_the_plan(page: Page) -> None:
    """From the form, filled in, to the list of questions; there the browser makes its key while one reads."""
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("plan")).to_be_visible()
    expect(page.locator("input[name=holder]")).not_to_have_value("")


def signed(page: Page, who: str) -> None:
    """From the list of questions over the signature at the authority to the case's own page."""
    page.get_by_test_id("sign").click()
    code = page.get_by_test_id("check-code").inner_text()
    page.get_by_test_id("sign").click()
    expect(page.get_by_test_id("confirm").get_by_test_id("check-code")).to_have_text(code)
    vouched(page, who)
    expect(page).to_have_url(CASE)


def with_authenticator(context: BrowserContext) -> Page:
    """Return a page whose browser holds passkeys (Chrome DevTools Protocol, WebAuthn)."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def registered(page: Page, authority: str, who: str) -> None:
    """Register this browser's passkey with the authority."""
    page.goto(f"{authority}/sign-in?next=/devices&act=passkey")
    vouched(page, who)
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("done")).to_be_visible()


def reach(page: Page, testid: str | Locator, *, press: str = "Enter") -> None:
    """Go by Tab to the first such thing, and press a key; `AssertionError` where Tab does not lead."""
    wanted = (page.get_by_test_id(testid) if isinstance(testid, str) else testid).first
    expect(wanted).to_be_visible()
    for _ in range(_REACH):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => element.matches(':focus-visible')"), f"{testid} hides its focus"
            if press:
                page.keyboard.press(press)
            return
    raise AssertionError(f"{testid} is not reached by Tab on {page.url}")
