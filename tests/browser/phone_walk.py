"""A resident on a phone is granted the allowance by taps alone; each step is written down as at the window.

The phone holds a passkey already. A tap is `P` and `K`: to point at a thing and to press it. A flick of the page is a
`P`. A finger on the sensor is a `K` after an `M`. Nothing is typed, so nobody moves to a keyboard and there is no `H`.
"""

from __future__ import annotations

import time

from playwright.sync_api import Locator, Page

from tests.browser.window_walk import ALOUD, Operator, Walk

ITEM = "old-age-allowance"
OLD = "80"  # what the happening's tile says: a parent is 80
_FLICK = 0.7  # of the screen's height that one flick moves


class _Thumb:
    """Flicks, taps, and waits for the page; writes all of it down."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.operators: list[Operator] = []
        self.system = 0.0

    def tap(self, wanted: Locator, step: str, until: str, *, sensor: bool = False) -> None:
        """Find a thing, tap it, and wait for what the page then shows: the system's time."""
        wanted.wait_for()
        self._write("M", step)
        if flicks := self._flicks(wanted):
            self._write("P", step, flicks)
        self._write("P", step)
        self._write("K", step)
        if sensor:
            self._write("M", step)
            self._write("K", step)
        began = time.monotonic()
        wanted.click()
        self.page.wait_for_selector(until)
        self.system += time.monotonic() - began

    def read(self, wanted: Locator) -> None:
        """Have the list of questions read aloud."""
        self._write("say", ALOUD, sum(len(text) for text in wanted.all_inner_texts()))

    def _flicks(self, wanted: Locator) -> int:
        """How often the page is flicked before the thing is on the screen."""
        box, screen = wanted.bounding_box(), self.page.viewport_size
        assert box and screen
        beyond = box["y"] + box["height"] - screen["height"]
        return max(0, -int(-beyond // (_FLICK * screen["height"])))

    def _write(self, kind: str, step: str, count: int = 1) -> None:
        self.operators.append(Operator(kind=kind, count=count, step=step))  # type: ignore[arg-type]


def walk_on_a_phone(page: Page, hub: str) -> Walk:
    """Be granted the allowance, from the front page on; `page` holds a passkey that the authority knows."""
    page.goto(hub)
    thumb, by = _Thumb(page), page.get_by_test_id
    thumb.tap(by("happening").filter(has_text=OLD), "find", "[data-testid=item], [data-testid=count]")
    thumb.tap(page.locator(f"main a[href='/items/{ITEM}']").first, "find", "[data-testid=apply]")
    thumb.tap(by("apply"), "sign-in", "[data-testid=to-authority]")
    thumb.tap(by("to-authority"), "sign-in", "[data-testid=passkey]")
    thumb.tap(by("passkey"), "sign-in", "[data-testid=form]", sensor=True)
    thumb.tap(by("apply"), "form", "[data-testid=plan]")
    thumb.read(page.locator(".asked .ask"))
    thumb.tap(by("sign"), "plan", "[data-testid=signing]")
    thumb.tap(by("sign-passkey"), "sign", "[data-testid=decision]", sensor=True)
    return Walk(
        operators=tuple(thumb.operators),
        system=thumb.system,
        decision="granted" if "准予" in by("decision").inner_text() else "",
        documents=page.locator(".story .big").first.inner_text(),
    )
