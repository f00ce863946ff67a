"""Who looks at the pages: an old resident, who represents a firm, and the clerk of the demo's window, in Chromium.

Each has signed in by the demo's provider, so one set of cookies opens the hub's and the authorities' pages.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import msgspec
from playwright.sync_api import Browser, Page
from playwright.sync_api import StorageState as Cookies
from tests.browser.city_walk import ALLOWANCE, DESK, PHONE, sign_in, to_the_plan, vouched

from mianzheng.city.truth import TRUTH
from mianzheng.cli.bring_up import site_of
from mianzheng.cli.city_session import open_city
from mianzheng.cli.ports import ports_of
from mianzheng.cli.window import window_url
from mianzheng.provider.people import DemoPerson, read_people
from mianzheng.web.config import read_config

CASES, MANDATES = 12, 3  # of the resident who looks
PEOPLE, BODIES = "gateway-public-security", "gateway-market-regulation"
_RESIDENT, _FIRM = "elder", "representative"


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One page: how it is called in the table, where it is, and the cookies of who looks ("" for anybody)."""

    name: str
    url: str
    cookies: Cookies | None = None


def apply_often(data: Path) -> list[str]:
    """Let the resident be granted the allowance a few times, by program; return the cases."""
    number = _played(data, _RESIDENT).number

    async def work() -> list[str]:
        async with open_city(data) as city:
            person = await city.signed_in(number)
            return [(await person.authorise(*await person.apply(ALLOWANCE, {}))).case for _ in range(CASES)]

    return asyncio.run(work())


def pages_of(browser: Browser, data: Path) -> list[Looked]:
    """Sign everybody in and return every page; what has a name of its own (a case, an entry) is found on the way."""
    hub, sites = site_of(data), read_config(data / "hub").sites
    resident, own = _as_resident(browser, hub, sites[PEOPLE], data)
    firm, batch = _as_firm(browser, hub, sites[BODIES], data)
    found = [Looked(name=path, url=hub + path) for path in (*_PUBLIC, own["proof"], own["check"])]
    found = [msgspec.structs.replace(one, name=_named(one.name)) for one in found]
    mine = (*_MINE, *(own[name] for name in ("case", "why", "papers", "paper", "plan", "signing")))
    found += [Looked(name=_named(path), url=hub + path, cookies=resident) for path in mine]
    found += [Looked(name=_named(path), url=hub + path, cookies=firm) for path in ("/enterprise", batch)]
    found += [Looked(name=f"persons{path}", url=sites[PEOPLE] + path, cookies=resident) for path in _AT_AUTHORITY]
    found += [Looked(name=f"bodies{path}", url=sites[BODIES] + path, cookies=firm) for path in _AT_BODIES]
    window = window_url(ports_of(data))
    _open_seat(browser, window)
    return found + [Looked(name=f"window {path or '/'}", url=window + path) for path in _AT_WINDOW]


def _as_resident(browser: Browser, hub: str, authority: str, data: Path) -> tuple[Cookies, dict[str, str]]:
    """Sign the resident in at hub and authority; return the cookies and where their own things are."""
    page = browser.new_context(**PHONE).new_page()
    page.goto(f"{hub}/my")
    sign_in(page, _RESIDENT)
    page.get_by_test_id("case").first.wait_for()
    case = page.get_by_test_id("case").last.get_attribute("href") or ""  # the first of them, and decided
    page.goto(f"{hub}{case}/papers")
    paper = _path(page, "read")
    page.goto(f"{hub}{paper}")
    check = f"{_path(page, 'check')}?digest={page.locator('.digest').first.text_content()}"
    page.goto(f"{hub}/my/ledger")
    proof = _path(page, "proof")
    page.goto(f"{hub}/my/apply/{ALLOWANCE}")
    to_the_plan(page)
    plan = urlsplit(page.url).path
    page.get_by_test_id("sign").click()
    page.get_by_test_id("check-code").wait_for()
    own = {"case": case, "why": f"{case}/why", "papers": f"{case}/papers", "paper": paper, "plan": plan}
    own |= {"signing": urlsplit(page.url).path, "proof": proof, "check": check}
    page.goto(f"{authority}/devices")  # signed in there on the way to the hub
    page.get_by_test_id("keys").wait_for()
    for _ in range(MANDATES):
        _grant(page, authority, _played(data, "child"))
    return _cookies(page), own


def _as_firm(browser: Browser, hub: str, authority: str, data: Path) -> tuple[Cookies, str]:
    """Sign in who represents a firm, let them act for it at the hub; return where many can be filed."""
    page = browser.new_context(**DESK).new_page()
    page.goto(f"{hub}/my")
    sign_in(page, _FIRM)
    page.wait_for_url(f"{hub}/my")
    page.goto(f"{authority}/mandates/mine")
    vouched(page, _FIRM)
    number = _played(data, _FIRM).number
    with duckdb.connect(str(data / TRUTH), read_only=True) as truth:
        firm = truth.execute("SELECT subject FROM enterprise WHERE legal_representative = ?", [number]).fetchone()
    assert firm is not None, "the demo's representative has no firm"
    page.locator("#code").fill(firm[0])
    page.get_by_test_id("choose").click()
    page.get_by_test_id("use-body").click()
    page.get_by_test_id("go").click()
    page.wait_for_url(f"{hub}/enterprise")
    batch = page.locator("a[href*='/enterprise/batch/']").first.get_attribute("href") or ""
    return _cookies(page), batch


def _open_seat(browser: Browser, window: str) -> None:
    """Open the clerk's seat, which closes by rest, with the PIN that a demo shows."""
    page = browser.new_context(**DESK).new_page()
    page.goto(f"{window}/seat")
    if page.get_by_test_id("demo-clerk").count():
        page.get_by_test_id("demo-clerk").click()
        page.wait_for_url(window)
    page.context.close()


def _grant(page: Page, authority: str, agent: DemoPerson) -> None:
    """Let the resident mandate somebody to do the allowance for them."""
    page.goto(f"{authority}/mandates/new?item={ALLOWANCE}")
    fields = {"agent_name": agent.name, "agent": agent.number, "purpose": "代我申请高龄津贴", "uses": "2"}
    for field, value in fields.items():
        page.locator(f"#{field}").fill(value)
    page.get_by_test_id("review").click()
    page.get_by_test_id("sign").click()
    page.get_by_test_id(f"person-{_RESIDENT}").click()
    page.get_by_test_id("done").wait_for()


def _played(data: Path, who: str) -> DemoPerson:
    return next(one for one in read_people(data / PROVIDER_FOLDER) if one.id == who)


def _cookies(page: Page) -> Cookies:
    kept = page.context.storage_state()
    page.context.close()
    return kept


def _path(page: Page, testid: str) -> str:
    return page.get_by_test_id(testid).first.get_attribute("href") or ""


def _named(path: str) -> str:
    """Return a path with what is one person's own left out."""
    parts = path.partition("?")[0].split("/")
    shown = ["…" if len(part) > 24 or part.startswith("grant-") else part for part in parts]
    return "/".join(shown) + ("?" + path.partition("?")[2][:24] if "?" in path else "")


PROVIDER_FOLDER = "provider"
_PUBLIC = (
    "/", "/items", "/items?q=glj", "/items?department=civil-affairs", f"/items/{ALLOWANCE}", "/help", "/about",
    "/ledger", "/overdue", "/overdue?department=civil-affairs", "/overdue?after=2025-06-01.1", "/notices",
    "/my/sign-in",
)  # fmt: skip
_MINE = (
    "/my", "/my?q=高龄", "/my/ledger", "/my/notices", "/my/mandates", "/my/invitations", "/my/sign-ins", "/my/window",
    f"/my/apply/{ALLOWANCE}",
)  # fmt: skip
_AT_AUTHORITY = ("/", "/mandates/mine", "/mandates/new", "/devices")
_AT_BODIES = ("/mandates/mine", "/mandates/new", "/bodies/use")
_AT_WINDOW = ("", "/found?q=glj", "/shift", "/stuck", "/screen", "/desk")
