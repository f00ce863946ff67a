"""Keystroke-level estimate of a granted case, at the window and on a phone, beside the newspaper's eight minutes.

Two walks in Chromium through a running city write down every key, tap, thought and sentence read out
(`tests/browser/window_walk.py`, `phone_walk.py`); the system's time is measured in the same walk. Operators are those
of Card, Moran and Newell (1980): K 0.28 s, P 1.1 s, H 0.4 s, M 1.35 s. With the plan read aloud: four characters a
second; an answer of the person takes two. Run: `python -m bench klm`, or with `--data DIR` in a city
that is built already.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from playwright.sync_api import Browser, sync_playwright
from rich.table import Table
from tests.browser.city_walk import DESK, PHONE, registered, with_authenticator
from tests.browser.phone_walk import walk_on_a_phone
from tests.browser.window_walk import SECONDS, Kind, Walk, walk

from bench.city import bench_city, city_in
from bench.looking import open_seat, window_of
from bench.report import console, machine, write
from mianzheng.cli.bring_up import site_of
from mianzheng.cli.ports import ports_of
from mianzheng.cli.window import CAST, FOLDER, window_url
from mianzheng.settings import Settings
from mianzheng.web.config import read_config
from mianzheng.window.cast import read_cast

NEWSPAPER = 8 * 60.0  # seconds: what the press reported of one item at a counter
AUTHORITY = "gateway-public-security"
CHROMIUM = Path("/usr/bin/chromium")
RESIDENTS, RUNS = 2_000, 3  # the first run of each warms up
KINDS: tuple[Kind, ...] = ("K", "P", "H", "M", "say", "reply")


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of one walk: of the person, of the system, and both, with and without the plan read aloud."""

    counts: dict[str, int]
    system: float
    silent: float
    aloud: float


def main(data: Path | None = None) -> None:
    """Walk, print the table, write the JSON."""
    if not CHROMIUM.exists():
        print(f"bench: no {CHROMIUM}: nothing is walked")
        return
    about, wanted = machine(), Settings(residents=RESIDENTS, log_level="warning")
    built = bench_city(wanted) if data is None else city_in(data, wanted)
    with built as city, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        found = {"window": _at_window(browser, city), "phone": _on_a_phone(browser, city)}
        browser.close()
    _draw(found)
    write("klm", {**about, "newspaper_seconds": NEWSPAPER, "walks": msgspec.to_builtins(found)})


def _at_window(browser: Browser, data: Path) -> Estimate:
    """The widow with nothing, by keys alone."""
    widow = read_cast(str(data / FOLDER / CAST))[0]
    page = browser.new_context(**DESK).new_page()
    open_seat(browser, window_of(data))
    url = window_url(ports_of(data))
    done = [walk(page, url, widow.number, lambda question: widow.memories[question]) for _ in range(RUNS)][-1]
    return _estimate(done)


def _on_a_phone(browser: Browser, data: Path) -> Estimate:
    """A resident with a passkey; each time a new sign-in."""
    context = browser.new_context(**PHONE)
    page = with_authenticator(context)
    registered(page, read_config(data / "hub").sites[AUTHORITY], "elder")
    for _ in range(RUNS):
        context.clear_cookies()
        done = walk_on_a_phone(page, site_of(data))
    return _estimate(done)


def _estimate(done: Walk) -> Estimate:
    if done.decision != "granted":
        raise SystemExit("bench: the walk did not end in a grant")
    counts: dict[str, int] = {kind: sum(one.count for one in done.operators if one.kind == kind) for kind in KINDS}
    return Estimate(counts=counts, system=done.system, silent=done.seconds(aloud=False), aloud=done.seconds(aloud=True))


def _draw(found: dict[str, Estimate]) -> None:
    words = " · ".join(f"{kind} {SECONDS[kind]:g} s" for kind in KINDS)
    table = Table("walk", *KINDS, "system s", "s", "8 min /", "aloud s", "8 min /", title=f"One granted case: {words}")
    for name, one in found.items():
        counts = (str(one.counts[kind]) for kind in KINDS)
        ratios = (f"{NEWSPAPER / seconds:.1f}" for seconds in (one.silent, one.aloud))
        table.add_row(
            name, *counts, f"{one.system:.2f}", f"{one.silent:.1f}", next(ratios), f"{one.aloud:.1f}", next(ratios)
        )
    table.add_row("newspaper", *("" for _ in KINDS), "", f"{NEWSPAPER:.0f}", "1.0", f"{NEWSPAPER:.0f}", "1.0")
    console().print(table)
