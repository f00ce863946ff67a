"""Who looks at the pages: an old resident and their child, who represents a firm, and the clerk of the demo's window.

Each has signed in by the demo's provider, in Chromium, so one set of cookies opens the hub's and the authorities'
pages. What has a name of its own (a case, an entry of the ledger) is found on the way.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import msgspec
from playwright.sync_api import Browser, Page
from playwright.sync_api import StorageState as Cookies
from tests.browser.city_walk import ALLOWANCE, DESK, PHONE, to_the_plan, vouched

from bench.page_list import PAGES, Site
from mianzheng.city.people import find
from mianzheng.city.truth import TRUTH
from mianzheng.cli.bring_up import site_of
from mianzheng.cli.city_session import open_city
from mianzheng.cli.keys import PROVIDER
from mianzheng.cli.ports import ports_of
from mianzheng.cli.provider import site_url
from mianzheng.cli.window import window_url
from mianzheng.provider.people import DemoPerson, read_people
from mianzheng.web.config import read_config

CASES, MANDATES = 12, 3  # of the resident who looks
PEOPLE, BODIES = "gateway-public-security", "gateway-market-regulation"
PROVIDER_FOLDER = "provider"
_RESIDENT, _AGENT, _FIRM = "elder", "child", "representative"
_SENT_TO = "path => { const form = document.querySelector('form[method=post]'); form.action = path; form.submit() }"


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One page: how it is called in the table, where it is, and the cookies of who looks (None for anybody).

    `seat`: it is the clerk's, who must be at work.
    """

    name: str
    url: str
    cookies: Cookies | None = None
    seat: bool = False


def apply_often(data: Path) -> list[str]:
    """Let the resident be granted the allowance a few times, by program; return the cases."""
    number = _played(data, _RESIDENT).number

    async def work() -> list[str]:
        async with open_city(data) as city:
            person = await city.signed_in(number)
            return [(await person.authorise(*await person.apply(ALLOWANCE, {}))).case for _ in range(CASES)]

    return asyncio.run(work())


def wait_at_the_desk(data: Path) -> str:
    """Let somebody be told that the allowance will be refused; return the case, which waits for an officer."""
    number = find(data, ALLOWANCE, "refused", limit=1).people[0].resident

    async def work() -> str:
        async with open_city(data) as city:
            person = await city.signed_in(number)
            return (await person.authorise(*await person.apply(ALLOWANCE, {}))).case

    return asyncio.run(work())


def pages_of(browser: Browser, data: Path, *, waiting: str) -> list[Looked]:
    """Sign everybody in and return every page of the list; `waiting`: a case that waits at the clerk's desk."""
    sites = _sites(data)
    resident, found = _as_resident(browser, sites["hub"], sites["persons"], data)
    agent, use = _as_agent(browser, sites["persons"])
    firm, batch = _as_firm(browser, sites["hub"], sites["bodies"], data)
    open_seat(browser, sites["window"])
    _take(browser, sites["window"], waiting)
    found |= {"use": use, "batch": batch.partition("?")[0], "acting": batch.partition("?")[2], "waiting": waiting}
    cookies: dict[str, Cookies | None] = {"": None, "resident": resident, "firm": firm, "agent": agent}
    return [
        Looked(
            name=_named(looks.site, route if "{" in path else path),
            url=sites[looks.site] + path.format(**found),
            cookies=cookies[looks.who],
            seat=looks.site == "window",
        )
        for looks in PAGES
        for route, paths in looks.paths.items()
        for path in paths
    ]


def open_seat(browser: Browser, window: str) -> None:
    """Open the clerk's seat, which closes by rest, with the PINs that a demo shows; nothing where it is open."""
    page = browser.new_context(**DESK).new_page()
    page.goto(f"{window}/window/seat")
    if page.get_by_test_id("demo-seats").count():
        page.get_by_test_id("demo-seats").click()
        page.wait_for_url(f"{window}/window")
    page.context.close()


def window_of(data: Path) -> str:
    """Return the origin of the window's program."""
    return window_url(ports_of(data)).removesuffix("/window")


def _sites(data: Path) -> dict[Site, str]:
    ports, authorities = ports_of(data), read_config(data / "hub").sites
    return {
        "hub": site_of(data),
        "persons": authorities[PEOPLE],
        "bodies": authorities[BODIES],
        "window": window_of(data),
        "provider": site_url(ports[PROVIDER]),
    }


def _as_resident(browser: Browser, hub: str, authority: str, data: Path) -> tuple[Cookies, dict[str, str]]:
    """Sign the resident in at hub and authority; return the cookies and where their own things are."""
    page = browser.new_context(**PHONE).new_page()
    page.goto(f"{hub}/my")
    page.get_by_test_id("to-authority").click()
    page.get_by_test_id("provider").click()
    page.get_by_test_id(f"person-{_RESIDENT}").wait_for()
    found = {"authorize": _within(page.url)}
    page.get_by_test_id(f"person-{_RESIDENT}").click()
    page.get_by_test_id("case").first.wait_for()
    found["case"] = page.get_by_test_id("case").last.get_attribute("href") or ""  # the first of them, and decided
    page.goto(f"{hub}{found['case']}/papers")
    found["paper"] = _path(page, "read")
    page.goto(f"{hub}{found['paper']}")
    found["check"] = f"{_path(page, 'check')}?digest={page.locator('.digest').first.text_content()}"
    page.goto(f"{hub}/my/ledger")
    found["entry"] = _path(page, "proof").rpartition("/")[2]
    found |= _towards_a_signature(page, hub)
    page.goto(f"{authority}/devices")  # signed in there on the way to the hub
    page.get_by_test_id("keys").wait_for()
    for _ in range(MANDATES):
        _grant(page, authority, _played(data, _AGENT))
    return _cookies(page), found


def _towards_a_signature(page: Page, hub: str) -> dict[str, str]:
    """Apply, and stop before the signature; return the pages on the way."""
    page.goto(f"{hub}/my/apply/{ALLOWANCE}")
    to_the_plan(page)
    plan = _within(page.url)
    page.get_by_test_id("sign").click()
    page.get_by_test_id("check-code").wait_for()
    signing = _within(page.url)
    page.get_by_test_id("sign").click()
    page.get_by_test_id("confirm").wait_for()
    return {"plan": plan, "signing": signing, "confirm": _within(page.url)}


def _as_agent(browser: Browser, authority: str) -> tuple[Cookies, str]:
    """Sign in who was given the mandates; return where one of them is used."""
    page = browser.new_context(**PHONE).new_page()
    page.goto(f"{authority}/mandates/mine")
    vouched(page, _AGENT)
    page.get_by_test_id("use").first.wait_for()
    use = _path(page, "use")
    return _cookies(page), use


def _as_firm(browser: Browser, hub: str, authority: str, data: Path) -> tuple[Cookies, str]:
    """Sign in who represents a firm, let them act for it at the hub; return where many can be filed."""
    page = browser.new_context(**DESK).new_page()
    page.goto(f"{hub}/my")
    page.get_by_test_id("to-authority").click()
    vouched(page, _FIRM)
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


def _take(browser: Browser, window: str, case: str) -> None:
    """Let the clerk take a case by its number: among years of them it stands pages behind."""
    page = browser.new_context(**DESK).new_page()
    shown = page.goto(f"{window}/window/desk/{case}")
    if shown is None or not shown.ok:
        page.goto(f"{window}/window/desk")
        page.evaluate(_SENT_TO, f"/window/desk/{case}/take")
        page.wait_for_url(f"{window}/window/desk/{case}")
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


def _within(url: str) -> str:
    """Return an address without its origin."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _named(site: Site, path: str) -> str:
    """Return how a page is called: by its path, or by its route where one person's own stands in the path."""
    return path if site in ("hub", "window") else f"{site} {path}"
