"""axe-core on a page as it stands: every fault by rule, place and what to do.

WCAG 2.0 to 2.2 at A and AA, and axe's own best practices. A page is judged as it is shown now, so language, large
letters, dark mode and width are set before (`Look`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """async ([tags, off]) => {
  const rules = Object.fromEntries(off.map(name => [name, {enabled: false}]));
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"]});
  return {passes: found.passes.length, faults: found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} (${node.impact}): ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`))};
}"""


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
