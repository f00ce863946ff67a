"""How pages are dressed when axe judges them: every width, light, language and size of letters, each in some dress.

`judged` narrows each page to 320 px besides, in both languages and both sizes of letters.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext

DRESSES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"},
    "phone, large": {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"},
    "zoomed, dark, english": {
        "viewport": {"width": 640, "height": 450},  # 1280 at 200 %
        "color_scheme": "dark",
        "locale": "en",
    },
}
BESIDE_DESK = tuple(dress for dress in DRESSES if dress != "desk")  # where another test judges the same at a desk


def dressed(chromium: Browser, dress: str) -> BrowserContext:
    """Return a browser that shows the pages of all our sites in one of `DRESSES`."""
    context = chromium.new_context(**DRESSES[dress])
    if "large" in dress:  # a cookie knows no port
        context.add_cookies([{"name": "mz-elder", "value": "1", "domain": "localhost", "path": "/"}])
    return context
