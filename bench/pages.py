"""Pages of a hub that served a city for years, beside the same pages on its first day.

A resident has a few cases, somebody acts for a firm, a clerk sits at a window (`bench.looking`); then a crowd's rows
are added (`bench.crowd`, `bench.crowd_site`) and the same pages are asked again by the same client. A time is from the
request to the last byte, over loopback; beside it stands a static file of the same server. First paint is Chromium's
own figure (Paint Timing, W3C), in a new context with an empty cache, of the full hub. Aims: p95 below 100 ms, first
paint below a second, no table of more than 10,000 rows read from end to end. Run: `python -m bench pages`, with
`--small` a tenth of the crowd, with `--residents N` over registers of so many people, with `--data DIR` in a city that
is built already. Which pages, and which none: `bench.page_list`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
from playwright.sync_api import Browser, sync_playwright
from rich.table import Table
from tests.browser.city_walk import DESK
from tests.browser.window_walk import walk

from bench.city import bench_city, city_in
from bench.crowd import SMALL, Crowd, fill, is_full, is_witnessed
from bench.crowd_site import fill_site
from bench.looking import Looked, apply_often, open_seat, pages_of, wait_at_the_desk, window_of
from bench.page_list import LEFT_OUT, STAGES
from bench.page_times import Ready, Times, first_openings, first_paints, sequential_scans, server_times
from bench.report import console, machine, write
from mianzheng.city.manifest import read_manifest
from mianzheng.cli.bring_up import process_specs, site_of
from mianzheng.cli.keys import AUDITOR, HUB
from mianzheng.cli.processes import recorded, start_missing
from mianzheng.cli.window import CAST, FOLDER
from mianzheng.look.pages import static_path
from mianzheng.settings import Settings
from mianzheng.web.config import read_config
from mianzheng.window.cast import read_cast

RESIDENTS = 20_000
CHROMIUM = Path("/usr/bin/chromium")
SETTINGS = Settings(residents=RESIDENTS, web_processes=1, workers=1, log_level="warning", window="yes")
FIXED, OPENING = "a static file", "first opening of a paper"
AUTHORITIES = ("public-security", "market-regulation")
PATIENCE = 60.0  # seconds until the witnesses have signed the crowd's head
P95_MS, PAINT_MS = 100.0, 1000.0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Each page by name; `scans`: tables of many rows that were read from end to end, and how often."""

    times: dict[str, Times]
    first_paint_ms: dict[str, float]
    scans: dict[str, int]


def main(*, small: bool = False, data: Path | None = None, residents: int = RESIDENTS) -> None:
    """Measure, print the table, write the JSON; `residents`: of a city built for it."""
    if not CHROMIUM.exists():
        print(f"bench: no {CHROMIUM}: nobody can sign in, and no page is measured")
        return
    about, crowd = machine(), SMALL if small else Crowd()
    wanted = msgspec.structs.replace(SETTINGS, residents=residents)
    with city_in(data, wanted) if data is not None else bench_city(wanted) as city:
        url = read_config(city / HUB).database_url
        known = is_full(url, crowd)
        cases, waiting = apply_often(city), wait_at_the_desk(city)
        first = {} if known else _measured(city, waiting).times
        if not known:
            _crowded(city, url, crowd)
        full = _measured(city, waiting, unopened=cases, paint=True)
        residents = read_manifest(city).residents
    _draw(first, full, crowd)
    print(f"tables of more than 10,000 rows read from end to end meanwhile: {full.scans or 'none'}")
    for site, routes in LEFT_OUT.items():
        print(f"not measured of {site}: " + "; ".join(f"{route} ({why})" for route, why in routes.items()))
    found = {"residents": residents, "crowd": msgspec.to_builtins(crowd), "first_day": msgspec.to_builtins(first)}
    write("pages", {**about, **found, "full": msgspec.to_builtins(full)})


def _measured(data: Path, waiting: str, *, unopened: Sequence[str] = (), paint: bool = False) -> Measured:
    """Sign everybody in and ask each page often; `unopened`: cases whose paper nobody opened yet."""
    url, site = read_config(data / HUB).database_url, site_of(data)
    with _browser() as browser:
        pages = [Looked(name=FIXED, url=site + static_path("city.css")), *pages_of(browser, data, waiting=waiting)]
        ready = _at_work(browser, data)
        _stop(data, ("worker", AUDITOR))  # they use the processor, and read tables in their own way
        try:
            scans, times = sequential_scans(url), server_times(data, pages, ready)
            seated, paints = _sitting(browser, data, paint=paint)
            times |= seated
            mine = next(page.cookies for page in pages if page.name == "/my")
            papers = [f"{site}/my/cases/{case}/papers/grant" for case in unopened]
            if papers:
                times[OPENING] = first_openings(data, [Looked(name=OPENING, url=one, cookies=mine) for one in papers])
            time.sleep(2)  # the server's counters come a little later
            read = _more(scans, sequential_scans(url))
            shown = [page for page in pages[1:] if times[page.name].page]
            paints |= first_paints(browser, shown, ready) if paint else {}
            return Measured(times=times, first_paint_ms=paints, scans=read)
        finally:
            _start_worker(data)


def _at_work(browser: Browser, data: Path) -> Ready:
    """Return what opens the clerk's seat before each page of the window: it closes after ten minutes of rest."""
    window = window_of(data)
    return lambda page: open_seat(browser, window) if page.seat else None


def _sitting(browser: Browser, data: Path, *, paint: bool) -> tuple[dict[str, Times], dict[str, float]]:
    """Serve the widow at the window; return times and first paints of its two screens at some stages."""
    widow, window = read_cast(str(data / FOLDER / CAST))[0], window_of(data)
    times: dict[str, Times] = {}
    paints: dict[str, float] = {}

    def look(stage: str) -> None:
        if stage in STAGES:
            found = [Looked(name=f"{path} at {stage}", url=window + path) for path in ("/window", "/window/screen")]
            times.update(server_times(data, found))
            paints.update(first_paints(browser, found) if paint else {})

    open_seat(browser, window)
    page = browser.new_context(**DESK).new_page()
    walk(page, f"{window}/window", widow.number, lambda question: widow.memories[question], look=look)
    page.keyboard.press("Alt+e")  # the next one may come
    page.wait_for_selector("[data-stage=queue]")
    page.context.close()
    return times, paints


def _crowded(data: Path, database_url: str, crowd: Crowd) -> None:
    """Add the crowd; then wait until the ledger that grew so fast is witnessed, as it would be."""
    _stop(data, ("worker", AUDITOR))  # nothing may fold the crowd's entries a second time
    print(f"bench: adding {crowd.cases:,} cases and {crowd.entries:,} entries")
    began = time.monotonic()
    fill(database_url, data / "keys" / HUB, crowd)
    for department in AUTHORITIES:
        fill_site(data / "gateways" / department / "state.sqlite", crowd.people)
    print(f"bench: added in {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    _start_worker(data)
    while time.monotonic() - began < PATIENCE and not is_witnessed(database_url, crowd):
        time.sleep(1)


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


def _start_worker(data: Path) -> None:
    """Start the worker again, and no auditor: it would read millions of leaves beside what is measured."""
    start_missing(data, tuple(spec for spec in process_specs(data, SETTINGS) if spec.name != AUDITOR))


def _stop(data: Path, names: Sequence[str]) -> None:
    for process in recorded(data):
        if process.name in names and psutil.pid_exists(process.pid):
            running = psutil.Process(process.pid)
            running.terminate()
            try:
                running.wait(10)
            except psutil.TimeoutExpired:  # an auditor in the midst of five million leaves
                running.kill()


def _more(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {table: count - before.get(table, 0) for table, count in after.items() if count > before.get(table, 0)}


def _draw(first: Mapping[str, Times], full: Measured, crowd: Crowd) -> None:
    title = f"Pages with {crowd.cases:,} cases, {crowd.entries:,} entries, {crowd.people:,} residents; ms"
    table = Table(
        "page", "first day p50", "full p50", "p95", "CPU", "/ static", "/ first", "first paint", "kB", title=title
    )
    for name, one in full.times.items():
        day, paint = first.get(name), full.first_paint_ms.get(name)
        table.add_row(
            name, "" if day is None else f"{day.p50:.1f}", f"{one.p50:.1f}", _marked(one.p95, P95_MS), f"{one.cpu:.1f}",
            f"{one.p50 / full.times[FIXED].p50:.1f}", "" if day is None else f"{one.p50 / day.p50:.2f}",
            "" if paint is None else _marked(paint, PAINT_MS), f"{one.size / 1000:.0f}",
        )  # fmt: skip
    console().print(table)


def _marked(figure: float, most: float) -> str:
    return f"{figure:.0f}" if figure < most else f"[bold red]{figure:.0f}[/]"
