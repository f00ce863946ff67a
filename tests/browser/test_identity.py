"""Three sites in a browser: signing in by a provider and by passkey, signing by either, keys at the authority."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from mianzheng.app import authority_of
from mianzheng.authority.site.routes import site_routes
from mianzheng.authority.site.showing import TEMPLATES
from mianzheng.authority.site.site import CALLBACK, open_site
from mianzheng.cli.processes import free_port
from mianzheng.credentials.keys import PrivateKey, write_secret
from mianzheng.gateway.app import build
from mianzheng.look.pages import template_config
from mianzheng.model.sites import ProviderConfig, SiteConfig
from mianzheng.model.text import Text
from mianzheng.provider.issuer import NUMBER_CLAIM, Issuer
from mianzheng.provider.people import LEVELS
from mianzheng.provider.site import create_provider
from mianzheng.web.app import create_hub
from tests.authority.site_world import PEOPLE, SECRET
from tests.browser.axe import judged
from tests.browser.city_walk import reach
from tests.browser.dresses import DRESSES, dressed
from tests.browser.hub_site import apart, served
from tests.cases.hub_world import WorldPeers, world
from tests.gateway.world import HUSBAND, NAMES
from tests.web.front_hub import fold
from tests.web.hub_client import config

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CHOOSING = "/my/apply/offspring-aid"  # its form asks which child is meant
PEOPLE_NAMES = (*NAMES.values(), "陈")


class Sites(msgspec.Struct, frozen=True, kw_only=True):
    """Where the three are reached."""

    hub: str
    authority: str
    provider: str


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    hub, authority, provider = (free_port() for _ in range(3))
    found = Sites(
        hub=f"http://localhost:{hub}",
        authority=f"http://localhost:{authority}",
        provider=f"http://localhost:{provider}",
    )
    folder = tmp_path_factory.mktemp("identity")
    with ExitStack() as stack:
        stack.enter_context(served(apart(lambda: _provider(found)), port=provider))
        stack.enter_context(served(apart(lambda: _authority(found, folder)), port=authority))
        stack.enter_context(served(apart(lambda: _hub(found)), port=hub))
        apart(fold)
        yield found
        apart(world().forget_acting)  # other files share this world


def _provider(sites: Sites) -> Litestar:
    redirect = sites.authority + CALLBACK
    issuer = Issuer(sites.provider, PrivateKey.generate(), client="authority", secret=SECRET, redirect_uri=redirect)
    return create_provider(issuer, PEOPLE, hub=sites.hub)


def _authority(sites: Sites, folder: Path) -> Litestar:
    gateway = world().gateways["public-security"]
    authority = authority_of(gateway)
    assert authority is not None
    write_secret(folder / "secret", SECRET.encode())
    provider = ProviderConfig(
        id="demo",
        name=Text(zh="演示认证服务", en="Demo provider"),
        issuer=sites.provider,
        client_id="authority",
        secret_file=str(folder / "secret"),
        levels=LEVELS,
        claim=NUMBER_CLAIM,
        demo=True,
    )
    chosen = SiteConfig(url=sites.authority, hubs={"hub": sites.hub}, providers=(provider,), sign_ins_per_minute=10_000)
    site = open_site(authority, chosen)
    serving = world().servings["public-security"]
    return build(_Kept(serving), list(site_routes(site)), templates=template_config(TEMPLATES))  # type: ignore[arg-type]


class _Kept:
    """The world's serving, which outlives this application."""

    def __init__(self, serving: Any) -> None:
        self._serving = serving

    def __getattr__(self, name: str) -> Any:
        return getattr(self._serving, name)

    def close(self) -> None:
        """Leave it open."""


def _hub(sites: Sites) -> Litestar:
    app = create_hub(config(sites={"public-security": sites.authority}))
    app.state.hub.peers = WorldPeers(world())
    return app


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    yield made
    made.close()


@pytest.fixture
def phone(context: BrowserContext) -> Page:
    """A phone's page, with an authenticator of its own."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def at_provider(page: Page, who: str) -> None:
    page.get_by_test_id("provider").click()
    page.get_by_test_id(f"person-{who}").click()


def register(page: Page, sites: Sites, who: str) -> None:
    page.goto(sites.authority + "/sign-in?next=/devices&act=passkey")
    at_provider(page, who)
    page.get_by_label("给它起个名字").fill("我的手机")
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("done")).to_be_visible()


def to_the_signature(page: Page, sites: Sites) -> None:
    """Apply, and come to the page where the plan is signed."""
    page.get_by_test_id("apply").click()
    page.wait_for_url(re.compile("/plan$"))
    page.get_by_test_id("sign").click()
    page.wait_for_url(re.compile("/my/signing/"))


def test_one_click_at_the_provider_signs_in_at_the_hub(page: Page, sites: Sites) -> None:
    page.goto(sites.hub + "/my")
    page.get_by_test_id("to-authority").click()
    at_provider(page, "old")
    page.wait_for_url(sites.hub + "/my")


def test_a_passkey_is_registered_signs_in_signs_the_plan_and_opens_the_result(phone: Page, sites: Sites) -> None:
    register(phone, sites, "old")
    phone.goto(sites.hub + "/my/apply/old-age-allowance")
    phone.get_by_test_id("to-authority").click()
    phone.get_by_test_id("passkey").click()
    phone.wait_for_url(re.compile("/my/apply/"))
    to_the_signature(phone, sites)
    phone.get_by_test_id("sign-passkey").click()
    phone.wait_for_url(re.compile("/my/cases/"))
    expect(phone.get_by_test_id("credential").locator("[data-open]")).to_contain_text("陈阿婆", timeout=20_000)


def test_a_signature_of_another_person_lets_nothing_be_asked(
    phone: Page, context: BrowserContext, sites: Sites
) -> None:
    register(phone, sites, "son")
    phone.goto(sites.hub + "/my/apply/old-age-allowance")
    phone.get_by_test_id("to-authority").click()
    at_provider(phone, "old")
    phone.wait_for_url(re.compile("/my/apply/"))
    to_the_signature(phone, sites)
    phone.get_by_test_id("sign").click()
    expect(phone.get_by_test_id("check-code")).to_be_visible()
    at_provider(phone, "son")  # the son proves himself, where the mother is asked
    phone.wait_for_url(re.compile("/my/cases/"))
    expect(phone.get_by_test_id("credential")).to_have_count(0)
    expect(phone.locator("main")).to_contain_text("0个问题")  # no bundle, so no gateway was asked anything


def test_without_scripts_one_signs_at_the_authority_and_opens_the_result_there(chromium: Browser, sites: Sites) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(sites.hub + "/my/apply/old-age-allowance")
    page.get_by_test_id("to-authority").click()
    at_provider(page, "old")
    page.wait_for_url(re.compile("/my/apply/"))
    to_the_signature(page, sites)
    expect(page.get_by_test_id("kept-key")).to_contain_text("公安部门替您保管的钥匙")
    code = page.get_by_test_id("check-code").inner_text()
    page.get_by_test_id("sign").click()
    assert page.get_by_test_id("check-code").inner_text() == code
    at_provider(page, "old")
    page.wait_for_url(re.compile("/my/cases/"))
    case = page.url
    page.get_by_test_id("open-elsewhere").click()
    expect(page.get_by_test_id("opened")).to_contain_text("陈阿婆")
    scripted = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    scripted.add_cookies(context.cookies())  # type: ignore[arg-type]
    again = scripted.new_page()
    again.goto(case)
    again.get_by_test_id("open-elsewhere").click()
    expect(again.get_by_test_id("opened")).to_be_visible()
    assert judged(again, "authority /credentials opened", names=PEOPLE_NAMES) == []
    scripted.close()
    context.close()


def test_without_scripts_a_child_is_named_at_the_authority_and_the_form_goes_on(
    chromium: Browser, sites: Sites
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(sites.hub + CHOOSING)
    page.get_by_test_id("to-authority").click()
    at_provider(page, "old")
    page.wait_for_url(sites.hub + CHOOSING)
    expect(page.locator("[data-choice]")).to_be_hidden()  # what is typed there would be lost
    page.get_by_test_id("choose-elsewhere").click()
    expect(page.get_by_test_id("choosing")).to_contain_text("子女是哪一位？")
    page.get_by_test_id("seal").click()
    expect(page.get_by_test_id("faults")).to_be_visible()
    page.locator("#typed").fill("陈建国")
    page.get_by_test_id("seal").click()
    page.wait_for_url(re.compile("/my/choosing/"))
    expect(page.get_by_test_id("sealed")).to_be_visible()
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("plan")).to_be_visible()
    context.close()


def test_with_scripts_the_form_seals_by_itself_and_shows_no_other_way(page: Page, sites: Sites) -> None:
    page.goto(sites.hub + CHOOSING)
    page.get_by_test_id("to-authority").click()
    at_provider(page, "old")
    page.wait_for_url(sites.hub + CHOOSING)
    expect(page.get_by_test_id("choose-elsewhere")).to_have_count(0)
    page.locator("[data-choice]").fill("陈建国")
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("plan")).to_be_visible()


def as_without_scripts(route: Route) -> None:
    """Show a page as it is where no script runs, to a browser that runs axe: without, axe itself never ends."""
    if route.request.method != "GET" or "word=" in route.request.url:
        return route.continue_()
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub("</?noscript>", "", answer.text()))


@pytest.mark.parametrize("dress", DRESSES)
def test_axe_finds_nothing_on_the_pages_of_identity(chromium: Browser, sites: Sites, dress: str) -> None:
    context = dressed(chromium, dress)
    page = context.new_page()
    found: list[str] = []

    def judge(name: str) -> None:
        found.extend(judged(page, name, names=PEOPLE_NAMES))

    page.goto(sites.hub + "/my/sign-in")
    judge("hub /my/sign-in")
    page.get_by_test_id("to-authority").click()
    judge("authority /sign-in")
    page.get_by_test_id("provider").click()
    judge("provider /authorize")
    page.goto(sites.authority + "/devices")
    at_provider(page, "old")
    judge("authority /devices")
    page.goto(f"{sites.authority}/confirm?audience=hub&digest={'A' * 43}&return={sites.hub}/my")
    judge("authority /confirm")
    page.goto(sites.provider + "/people")
    judge("provider /people")
    for name, path in {
        "authority /": "/",
        "authority /credentials": "/credentials",
        "authority /mandates/mine": "/mandates/mine",
        "authority /mandates/new": "/mandates/new",
        "authority /sign-out": "/sign-out",
        "authority /sign-in/callback trouble": "/sign-in/callback?state=x",
    }.items():
        page.goto(sites.authority + path)
        judge(name)
    page.route(re.compile(f"^{re.escape(sites.hub)}/my/(apply|choosing)/"), as_without_scripts)
    page.goto(sites.hub + CHOOSING)
    page.get_by_test_id("to-authority").click()
    at_provider(page, "old")
    page.wait_for_url(sites.hub + CHOOSING)
    page.reload()  # what a redirect led to was shown as it came
    judge("hub /my/apply/{item} without scripts")
    page.get_by_test_id("choose-elsewhere").click()
    expect(page.get_by_test_id("choosing")).to_be_visible()
    judge("authority /choose")
    page.get_by_test_id("seal").click()
    expect(page.get_by_test_id("faults")).to_be_visible()
    judge("authority /choose fault")
    page.locator("#typed").fill("陈建国")
    page.get_by_test_id("seal").click()
    page.wait_for_url(re.compile("/my/choosing/[^?]+$"))
    page.reload()
    expect(page.get_by_test_id("sealed")).to_be_visible()
    judge("hub /my/choosing/{token}")
    context.close()
    assert found == [], "\n".join(found)


def test_by_keyboard_a_mandate_is_granted_used_and_ended_and_the_lock_turned_and_axe_finds_nothing(
    chromium: Browser, sites: Sites
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    context.add_cookies([{"name": "mz-elder", "value": "1", "url": sites.hub}])
    page, found = context.new_page(), list[str]()
    by = page.get_by_test_id

    def judge(name: str) -> None:
        found.extend(judged(page, name, names=PEOPLE_NAMES))

    page.goto(sites.authority + "/mandates/mine")
    at_provider(page, "old")
    reach(page, "new")
    reach(page, "review")
    expect(by("faults")).to_be_visible()
    judge("authority /mandates/new faults")
    for name, text in {"agent_name": NAMES[HUSBAND], "agent": HUSBAND, "purpose": "x", "uses": "1"}.items():
        reach(page, name, press="ControlOrMeta+a")
        page.keyboard.insert_text(text)
        if name == "agent":
            reach(page, page.locator("details", has=by("item-old-age-allowance")).get_by_test_id("department"))
            reach(page, "item-old-age-allowance", press="Space")
    reach(page, "review")
    expect(by("terms")).to_be_visible()
    judge("authority /mandates/sign")
    reach(page, "sign")
    reach(page, "person-old")
    expect(by("done")).to_be_visible()
    judge("authority /mandates/mine rows")
    reach(page, "turn-lock")
    expect(by("done")).to_be_visible()
    judge("authority /mandates/mine locked")
    page.goto(sites.authority + "/mandates/mine")
    for testid in ("prove-unlock", "provider", "person-old", "unlock"):
        reach(page, testid)
    expect(by("lock-state")).to_have_text("Not locked")
    page.goto(sites.authority + "/devices")
    by("prove-telephone").click()
    at_provider(page, "old")
    by("phone").fill("13900000001")
    by("set-phone").click()
    expect(by("frozen")).to_be_visible()
    judge("authority /devices frozen")
    by("sign-out").click()
    expect(page).to_have_url(sites.authority + "/")
    page.goto(sites.authority + "/mandates/mine")
    at_provider(page, "agent")
    by("use").first.click()
    judge("authority /mandates/{mandate}/use")
    page.goto(sites.authority + "/mandates/mine")
    reach(page, "revoke")
    expect(by("standing").first).to_have_text("Revoked")
    context.close()
    assert found == [], "\n".join(found)


def test_large_letters_are_set_on_the_authoritys_site_too(page: Page, sites: Sites) -> None:
    page.goto(sites.authority + "/")
    page.get_by_test_id("elder").click()
    expect(page.locator("html")).to_have_class("elder")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
