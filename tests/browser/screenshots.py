"""`make screenshots`: walk the pages of a small demo city in Chromium and renew docs/screenshots/*.png.

`python -m tests.browser.screenshots [--data DIR]`: of a city that is up already, with its window; else of one that is
built for it and removed. In Chinese; the resident's pages as on a phone, the others as at a desk.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from mianzheng.cli.bring_up import site_of
from mianzheng.cli.ports import ports_of
from mianzheng.cli.window import CAST, FOLDER, window_url
from mianzheng.window.cast import read_cast
from tests.browser.city_walk import ALLOWANCE, DESK, PHONE, sign_in, signed, to_the_plan
from tests.browser.conftest import CHROMIUM
from tests.browser.window_walk import walk
from tests.city_wide.running_city import running_city

INTO = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
RESIDENTS = 2_000
MOST = 250_000  # bytes of one picture


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description="renew docs/screenshots")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a city that is up, with its window")
    args = parser.parse_args()
    INTO.mkdir(exist_ok=True)
    with _city(args.data) as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        _resident(browser, site_of(data))
        _window(browser, data)
        browser.close()


@contextmanager
def _city(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with running_city(residents=RESIDENTS, window="yes") as city:
        yield city.data


def _resident(browser: Browser, hub: str) -> None:
    """Apply on a phone; then read at a desk, as the same person, who was asked, and check it."""
    phone = browser.new_context(**PHONE, device_scale_factor=2).new_page()
    phone.goto(hub)
    _take(phone, "front")
    phone.goto(f"{hub}/items/{ALLOWANCE}")
    _take(phone, "item")
    phone.get_by_test_id("apply").click()
    sign_in(phone, "elder")
    to_the_plan(phone)
    _take(phone, "plan")
    signed(phone, "elder")
    phone.get_by_test_id("decision").wait_for()
    _take(phone, "decision")
    desk = browser.new_context(storage_state=phone.context.storage_state(), **DESK).new_page()
    desk.goto(f"{hub}/my/ledger")
    _take(desk, "ledger")
    desk.get_by_test_id("proof").first.click()
    desk.get_by_role("heading", level=1).wait_for()
    _take(desk, "proof")


def _window(browser: Browser, data: Path) -> None:
    """The widow with nothing."""
    widow = read_cast(str(data / FOLDER / CAST))[0]
    desk = browser.new_context(**DESK).new_page()
    names = {"plan": "window-plan", "done": "window-decision"}

    def look(stage: str) -> None:
        if stage in names:
            _take(desk, names[stage])

    walk(desk, window_url(ports_of(data)), widow.number, lambda question: widow.memories[question], look=look)


def _take(page: Page, name: str) -> None:
    """Take what the screen shows; a picture too heavy for the repository is an error."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur()")
    picture = page.screenshot(path=INTO / f"{name}.png", animations="disabled")
    print(f"{name}.png {len(picture) / 1000:.0f} kB")
    if len(picture) > MOST:
        raise SystemExit(f"{name}.png has {len(picture):,} bytes, {MOST:,} at most")


if __name__ == "__main__":
    main()
