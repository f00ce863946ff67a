"""axe-core on a page as it stands: every fault by rule, place and what to do.

WCAG 2.0 to 2.2 at A and AA, and axe's own best practices. A page is judged as it is shown now, so language, large
letters, dark mode and width are set before. `judged` also looks whether anything is wider than the window, there and
at 320 px (WCAG 1.4.10), and whether an English page shows Chinese that is not marked as Chinese. It is told the page by
its route: `test_every_page_is_judged` finds the routes that no test names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
NARROW = 320  # px: 1280 at 400 %, where nothing may scroll sideways
HAN = re.compile("[\u4e00-\u9fff]+")
MARK = "免"  # the seal beside the city's name
_ENGLISH = """() => {
  if (document.documentElement.lang !== "en") return [];
  const said = (one) => one && !one.closest("script, style") && one.closest("[lang]").lang === "en";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) if (said(walk.currentNode.parentElement)) found.push(walk.currentNode.data);
  for (const name of ["aria-label", "placeholder", "title", "alt"])
    for (const one of document.body.querySelectorAll(`[${name}]`)) if (said(one)) found.push(one.getAttribute(name));
  return [document.title, ...found];
}"""
_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(one => [one.tagName, one.className, one.textContent.trim().replace(/\\s+/g, " ").slice(0, 40)].join(" "))
  .slice(-4)"""
_RUN = """async ([tags, off]) => {
  const rules = Object.fromEntries(off.map(name => [name, {enabled: false}]));
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"]});
  return {passes: found.passes.length, faults: found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} (${node.impact}): ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`))};
}"""


def judged(page: Page, name: str, *, names: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a page as it stands, one line each that begins with `name`.

    `names`: of people and bodies, which stay Chinese in English. `name`: the site, the route as `docs/rights.md` has
    it, and the state where it has several: `hub /my/cases/{case} refused`. A page that does not come to such
    an address raises `TimeoutError`.
    """
    route = name.split()[1]
    address = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", route))
    page.wait_for_url(lambda url: bool(re.fullmatch(address, urlsplit(url).path)))
    found = [f"{name}: {fault}" for fault in faults(page)]
    size = page.viewport_size or {"width": NARROW, "height": 800}
    for width in sorted({size["width"], NARROW}):
        page.set_viewport_size({"width": width, "height": size["height"]})
        if (wide := overflow(page)) > 0:
            found.append(f"{name}: {wide} px too wide at {width} px: {'; '.join(page.evaluate(_WIDE))}")
    page.set_viewport_size(size)
    return found + [f"{name}: Chinese in English: {left}" for left in chinese_in_english(page, names)]


def chinese_in_english(page: Page, names: Iterable[str] = ()) -> list[str]:
    """Return what an English page says in Chinese without marking it so; `names` may stand in it."""
    found: list[str] = []
    for text in page.evaluate(_ENGLISH):
        for one in (*names, MARK):
            text = text.replace(one, "")
        found += HAN.findall(text)
    return found


def overflow(page: Page) -> int:
    """Return how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def faults(page: Page, *, off: Sequence[str] = ()) -> list[str]:
    """Return what axe finds wrong with the page as it stands, one line an element; `off` names rules left out.

    The page's own content security policy stays in force. A page on which axe can judge nothing raises
    `AssertionError`, so that an empty one never passes.
    """
    page.wait_for_load_state()  # a click may have led away a moment ago
    page.evaluate(_source())
    found: dict[str, Any] = page.evaluate(_RUN, [list(TAGS), list(off)])
    assert found["passes"] > 0, f"axe judged nothing on {page.url}"
    return list(found["faults"])


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")
