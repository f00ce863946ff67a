"""A widow with nothing is served at the window by keys alone; each step is written down for a keystroke-level estimate.

`walk` drives a real browser and returns what a clerk did: `K` keys, `M` thoughts, and what was said aloud. The mouse is
never touched, so there is no `P` and no `H`. Chinese words are typed by pinyin: three keys a character on average.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import msgspec
from playwright.sync_api import Page

Kind = Literal["K", "P", "H", "M", "say", "reply"]
SECONDS: dict[Kind, float] = {"K": 0.28, "P": 1.1, "H": 0.4, "M": 1.35, "say": 0.25, "reply": 2.0}
"""Seconds of one operator; `say` of one character read aloud (four a second), `reply` of one answer of the person."""
KEYS_OF_A_SIGN = 3  # of a Chinese character typed by pinyin
FIND = "glj"  # 高龄津贴 by its initials
ALOUD = "plan"  # what is read out but need not be: the person may read their own screen


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """So many of one kind, and in which step."""

    kind: Kind
    count: int
    step: str


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """One sitting: what was done, how long the system took (seconds), and what came of it."""

    operators: tuple[Operator, ...]
    system: float
    decision: str
    documents: str  # as the page says it: 4 → 0

    def seconds(self, *, aloud: bool) -> float:
        """Return the estimate in seconds, system time included, with or without the plan read aloud."""
        done = [one for one in self.operators if aloud or one.step != ALOUD or one.kind != "say"]
        return sum(SECONDS[one.kind] * one.count for one in done) + self.system


def press(page: Page, keys: str) -> None:
    """Press one of the window's keys, once its page hears them."""
    page.wait_for_selector("html[data-keys]")
    page.keyboard.press(keys)


class _Clerk:
    """Types, thinks, and waits for the page; writes all of it down."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.operators: list[Operator] = []
        self.system = 0.0

    def do(self, kind: Kind, step: str, count: int = 1) -> None:
        self.operators.append(Operator(kind=kind, count=count, step=step))

    def key(self, keys: str, step: str, until: str = "") -> None:
        """Press one chord; with `until`, wait for what the page then shows and count it as the system's time."""
        self.do("K", step, keys.count("+") + 1)
        began = time.monotonic()
        press(self.page, keys)
        if until:
            self.page.wait_for_selector(until)
            self.system += time.monotonic() - began

    def type(self, text: str, step: str) -> None:
        """Type into whatever has the focus."""
        self.do("K", step, sum(KEYS_OF_A_SIGN if "\u4e00" <= sign <= "\u9fff" else 1 for sign in text))
        self.page.keyboard.type(text)

    def stage(self, name: str) -> str:
        return f"[data-stage={name}]"


def walk(
    page: Page, address: str, number: str, answer: Callable[[str], str], *, look: Callable[[str], None] = lambda _: None
) -> Walk:
    """Serve whoever states this number, who answers the authority's questions; return what was done.

    A number is drawn before the clock begins. `look` is called with each stage's name once it is shown.
    """
    page.goto(address)
    if page.locator("[data-stage=queue]").count() == 0:
        press(page, "Alt+e")  # whoever sat there before
        page.wait_for_selector("[data-stage=queue]")
    press(page, "F3")
    page.wait_for_selector("[data-testid=said]")
    look("queue")
    clerk = _Clerk(page)
    clerk.do("M", "next")
    clerk.key("F2", "next", clerk.stage("who"))
    look("who")
    clerk.do("M", "number")
    clerk.type(number, "number")
    clerk.key("Enter", "number", clerk.stage("asked"))
    look("asked")
    _questions(clerk, answer)
    look("item")
    clerk.do("M", "item")
    clerk.type(FIND, "item")
    page.wait_for_selector("[data-hit]")
    look("found")
    clerk.key("Enter", "item", clerk.stage("plan"))
    look("plan")
    clerk.do("say", ALOUD, sum(len(text) for text in page.locator("[data-say]").all_inner_texts()))
    clerk.do("reply", "agree")
    clerk.key("Control+Enter", "sign", clerk.stage("done"))
    look("done")
    clerk.do("M", "result")
    clerk.key("Control+p", "print")
    decision = page.get_by_test_id("decision").get_attribute("data-decision") or ""
    return Walk(
        operators=tuple(clerk.operators),
        system=clerk.system,
        decision=decision,
        documents=page.locator(".story .big").first.inner_text(),
    )


def _questions(clerk: _Clerk, answer: Callable[[str], str]) -> None:
    """Read out the authority's two questions and type what the person says."""
    for place in (1, 2):
        asked = clerk.page.locator(f"label[for=answer-{place}]").inner_text().partition(". ")[2]
        clerk.do("M", "questions")
        clerk.do("say", "questions", len(asked))
        clerk.do("reply", "questions")
        clerk.type(answer(asked), "questions")
        clerk.key(*(("Tab", "questions") if place == 1 else ("Enter", "questions", clerk.stage("item"))))
