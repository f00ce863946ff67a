"""How long a page takes: to the last byte as a program asks, to the first paint as Chromium tells, and what is read."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec
import psycopg
from playwright.sync_api import Browser
from tests.browser.city_walk import PHONE

from bench.city import cpu_seconds
from bench.looking import Looked

ASKED, WARM, PAINTS = 60, 5, 3
MANY_ROWS = 10_000
_SCANS = "SELECT relname, seq_scan, n_live_tup FROM pg_stat_user_tables WHERE schemaname = 'public' AND n_live_tup > %s"


_PAINTED = (
    "() => new Promise(done => new PerformanceObserver(list => list.getEntriesByName('first-paint')"
    ".forEach(one => done(one.startTime))).observe({type: 'paint', buffered: true}))"
)


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of one page, and the bytes of its last answer.

    `cpu`: milliseconds of processor time that all processes but the client's took for one request. `page`: a browser
    shows it; else it is a file.
    """

    p50: float
    p95: float
    cpu: float
    size: int
    page: bool


Ready = Callable[[Looked], None]
"""Called before each page: what must be so for it to be shown."""


def server_times(data: Path, pages: Sequence[Looked], ready: Ready = lambda page: None) -> dict[str, Times]:
    """Return the times of each page by name, over one kept connection a page; `SystemExit` for one that fails."""
    found = {}
    for page in pages:
        ready(page)
        found[page.name] = _times(data, page)
    return found


def first_openings(data: Path, pages: Sequence[Looked]) -> Times:
    """Return the times of pages that take longer the first time: each is asked once."""
    found = [_times(data, page, asked=1, warm=0) for page in pages]
    times = [one.p50 for one in found]
    late, cpu = statistics.quantiles(times, n=20)[-1], statistics.mean(one.cpu for one in found)
    return Times(p50=statistics.median(times), p95=late, cpu=cpu, size=found[-1].size, page=True)


def first_paints(browser: Browser, pages: Sequence[Looked], ready: Ready = lambda page: None) -> dict[str, float]:
    """Return the median first paint of each page in milliseconds, each time in a new context with an empty cache."""
    found = {}
    for page in pages:
        ready(page)
        found[page.name] = statistics.median(_paint(browser, page) for _ in range(PAINTS))
    return found


def sequential_scans(database_url: str) -> Mapping[str, int]:
    """Return how often each table of many rows was read from end to end so far."""
    with psycopg.connect(database_url) as connection:
        return {str(row[0]): int(row[1]) for row in connection.execute(_SCANS, (MANY_ROWS,))}


def _times(data: Path, page: Looked, *, asked: int = ASKED, warm: int = WARM) -> Times:
    parts = urlsplit(page.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    cookies = page.cookies.get("cookies", []) if page.cookies is not None else []
    headers = {"accept": "text/html", "cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies)}
    path = quote(page.url.partition(parts.netloc)[2] or "/", safe="/?=&%")
    before = _served(data)
    taken = [_ask(connection, path, headers) for _ in range(warm + asked)]
    cpu = (_served(data) - before) * 1000 / (warm + asked)
    connection.close()
    times = [one for one, _, _ in taken[warm:]]
    late = statistics.quantiles(times, n=20)[-1] if asked > 1 else times[0]
    return Times(p50=statistics.median(times), p95=late, cpu=cpu, size=taken[-1][1], page=taken[-1][2])


def _served(data: Path) -> float:
    """Return the CPU seconds of the whole city so far, without this process."""
    return sum(seconds for name, seconds in cpu_seconds(data).items() if name != "client")


def _ask(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> tuple[float, int, bool]:
    began = time.perf_counter()
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    is_page = (answer.getheader("content-type") or "").startswith("text/html")
    return (time.perf_counter() - began) * 1000, len(body), is_page


def _paint(browser: Browser, page: Looked) -> float:
    context = browser.new_context(**PHONE, storage_state=page.cookies)
    shown = context.new_page()
    shown.goto(page.url, wait_until="load")
    found = float(shown.evaluate(_PAINTED))
    context.close()
    return found
