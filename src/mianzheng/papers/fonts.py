"""The fonts of papers: which families they need, and which of them are not installed here.

`python -m mianzheng.papers.fonts` ends with 1 when one is missing: `make` asks it before it installs anything.
"""

from __future__ import annotations

import sys
from functools import cache

import typst

FAMILIES = ("Noto Serif CJK SC", "Noto Sans CJK SC")


@cache
def installed() -> typst.Fonts:
    """Return the fonts of this machine, and those that typst brings."""
    return typst.Fonts()


def missing_families() -> tuple[str, ...]:
    """Return the families that are not installed."""
    here = set(installed().families())
    return tuple(name for name in FAMILIES if name not in here)


if __name__ == "__main__":
    sys.exit(1 if missing_families() else 0)
