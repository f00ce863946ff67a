"""Pages of a hub that served a city for years, beside the same pages on its first day.

One resident has a few cases; then a crowd's rows are added (`bench.crowd`) and the same pages are asked again by the
same client. A time is from the request to the last byte, over loopback. First paint is Chromium's own figure
(Paint Timing, W3C), in a new context with an empty cache, of the full hub. Aims: p95 below 100 ms, first paint below
a second. Run: `python -m bench pages`, or with `--small` a tenth of the crowd.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec
import psutil
from playwright.sync_api import sync_playwright
from rich.table import Table

from bench.city import bench_city
from bench.crowd import Crowd, fill
from bench.report import console, machine, write
from mianzheng.city.people import find
from mianzheng.cli.bring_up import site_of
from mianzheng.cli.city_session import open_city
from mianzheng.cli.keys import HUB
from mianzheng.cli.processes import recorded
from mianzheng.web.access import SESSION_COOKIE
from mianzheng.web.config import read_config

ITEM = "old-age-allowance"
CASES = 12  # of the resident who looks
RESIDENTS = 20_000
ASKED, WARM = 60, 5
CHROMIUM = Path("/usr/bin/chromium")
PAGES = (
    *("/", "/items", "/items?q=glj", f"/items/{ITEM}", "/help", "/ledger", "/ledger/{leaf}", "/overdue"),
    *("/my", "/my/cases/{case}", "/my/ledger", "/my/notices", "/my/mandates", f"/my/apply/{ITEM}"),
)


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of one page."""

    p50: float
    p95: float


def main(*, small: bool = False) -> None:
    """Measure, print the table, write the JSON."""
    about, crowd = machine(), Crowd(cases=20_000, entries=500_000, people=6_000) if small else Crowd()
    with bench_city(residents=RESIDENTS, web_processes=1, workers=1) as data:
        cookie, pages = asyncio.run(_resident(data))
        _stop(data, ("worker", "auditor"))  # nothing may fold the crowd's entries a second time
        first = asyncio.run(_times(data, cookie, pages))
        print(f"bench: adding {crowd.cases:,} cases and {crowd.entries:,} entries")
        began = time.monotonic()
        fill(read_config(data / "hub").database_url, data / "keys" / HUB, crowd)
        print(f"bench: added in {time.monotonic() - began:.0f} s")
        full = asyncio.run(_times(data, cookie, pages))
        paints = _first_paints(data, cookie, pages)
    _draw(first, full, paints, crowd)
    rows = {name: {"first_day": first[name], "full": full[name], "first_paint_ms": paints.get(name)} for name in full}
    write("pages", {**about, "crowd": msgspec.to_builtins(crowd), "pages": msgspec.to_builtins(rows)})


async def _resident(data: Path) -> tuple[str, dict[str, str]]:
    """Let a resident apply a few times; return their session and the address of each page."""
    number = find(data, ITEM, "granted", limit=1).people[0].resident
    async with open_city(data) as city:
        person = await city.signed_in(number)
        view = None
        for _ in range(CASES):
            draft, openings = await person.apply(ITEM, {})
            view = await person.authorise(draft, openings)
        assert view is not None
        entries = await person.hub.get("/my/ledger", list[dict[str, object]])
        known = {"case": view.case, "leaf": str(entries[0]["leaf"])}
        return person.hub.token, {page: page.format(**known) for page in PAGES}


async def _times(data: Path, cookie: str, pages: dict[str, str]) -> dict[str, Times]:
    cookies = {SESSION_COOKIE: cookie}
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        found = {}
        for name, path in pages.items():
            taken = [await _ask(http, site_of(data) + path, cookies) for _ in range(WARM + ASKED)][WARM:]
            found[name] = Times(p50=statistics.median(taken), p95=statistics.quantiles(taken, n=20)[-1])
        return found


async def _ask(http: aiohttp.ClientSession, url: str, cookies: dict[str, str]) -> float:
    began = time.perf_counter()
    header = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with http.get(url, headers=header, allow_redirects=False) as answer:
        await answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{url} answered {answer.status}")
    return (time.perf_counter() - began) * 1000


def _first_paints(data: Path, cookie: str, pages: dict[str, str]) -> dict[str, float]:
    """Return the first paint of each page in milliseconds; empty without Chromium."""
    if not CHROMIUM.exists():
        print(f"bench: no {CHROMIUM}: first paint is not measured")
        return {}
    site, found = site_of(data), {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for name, path in pages.items():
            context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
            context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": site, "secure": True}])
            page = context.new_page()
            page.goto(site + path, wait_until="load")
            page.wait_for_function("performance.getEntriesByName('first-paint').length > 0")
            found[name] = float(page.evaluate("performance.getEntriesByName('first-paint')[0].startTime"))
            context.close()
        browser.close()
    return found


def _stop(data: Path, names: Sequence[str]) -> None:
    for process in recorded(data):
        if process.name in names:
            running = psutil.Process(process.pid)
            running.terminate()
            running.wait(30)


def _draw(first: dict[str, Times], full: dict[str, Times], paints: dict[str, float], crowd: Crowd) -> None:
    title = f"Pages with {crowd.cases:,} cases, {crowd.entries:,} entries, {crowd.people:,} residents; ms"
    table = Table("page", "first day p50", "p95", "full p50", "p95", "full/first p50", "first paint", title=title)
    for name in full:
        one, other, paint = first[name], full[name], paints.get(name)
        figures = (f"{one.p50:.1f}", f"{one.p95:.1f}", f"{other.p50:.1f}", f"{other.p95:.1f}")
        table.add_row(name, *figures, f"{other.p50 / one.p50:.2f}", "—" if paint is None else f"{paint:.0f}")
    console().print(table)
