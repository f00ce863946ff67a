"""Every page of `docs/rights.md` is judged by axe in some browser test, or stands here with the reason why not.

`judged(page, name)` refuses a page at another address than the route in `name`, so a name in a test is a page judged.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.web.rights import groups

HERE = Path(__file__)
SECTIONS = {
    "hub": "Hub",
    "authority": "Authority's site",
    "window": "Window's program",
    "provider": "Demo provider",
}
NO_PAGE = re.compile(r"/api/|/static/|/health|/schema/|.*\.xlsx$|.*/pdf$|/jwks|/\.well-known/")
LEFT_OUT = {
    "hub /my/signed-in": "leads on at once",
    "hub /my/signing/{token}/signed": "leads on at once",
    "hub /my/acting/{token}": "leads on at once",
    "hub /my/cases/{case}/live": "a part of the page of the case",
    "hub /my/ledger/receipts/{leaf}": "a file",
    "authority /sign-in/with/{name}": "leads to the provider at once",
    "window /": "leads to /window",
    "window /window/found": "a part of the page, judged with it",
    "window /window/paper/{name}": "a PDF",
    "window /window/desk/{case}/papers/{paper}": "a PDF",
    "window /window/mandate/paper": "a PDF",
    "provider /authorize/{person}": "leads back at once",
}


def _pages() -> set[str]:
    """Every page that some site serves, as tests name it."""
    return {
        f"{site} {path}"
        for site, section in SECTIONS.items()
        for method, path in groups(section)
        if method == "GET" and not NO_PAGE.match(path)
    }


def _named() -> set[str]:
    """The routes that the browser tests name."""
    found = set[str]()
    for path in HERE.parent.glob("*.py"):
        if path == HERE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {" ".join(one) for one in re.findall(rf"^({'|'.join(SECTIONS)}) (/\S*)", node.value)}
    return found


def test_every_page_is_judged_or_left_out_with_a_reason() -> None:
    assert _pages() - _named() - set(LEFT_OUT) == set()


def test_nothing_is_left_out_that_is_no_page_or_is_judged_after_all() -> None:
    assert set(LEFT_OUT) - _pages() == set() and set(LEFT_OUT) & _named() == set()
