"""The protocol's document and the routes that are served are the same."""

from __future__ import annotations

import re
from pathlib import Path

from mianzheng.web.app import create_hub
from mianzheng.web.auditor import create_auditor
from mianzheng.web.auditor_config import AuditorConfig
from tests.cases.hub_world import world
from tests.web.hub_client import config

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"


def documented(section: str) -> set[str]:
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    found = re.findall(r"`(GET|POST) (/[^`?]*)", " ".join(cells))
    return {f"{method} {path}" for method, path in found}


def served(app: object, *, pages: bool = False) -> set[str]:
    """The paths of an application that programs ask; one with pages has these under `/api`."""
    return {
        f"{method} {re.sub(r':[a-z]+}', '}', route.path.removeprefix('/api'))}"
        for route in app.routes  # type: ignore[attr-defined]
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if method != "OPTIONS" and not route.path.startswith("/schema")
        if not pages or route.path.startswith(("/api/", "/health"))
    }


def test_every_route_of_the_hub_is_documented_and_every_documented_one_is_served() -> None:
    assert served(create_hub(config()), pages=True) == documented("Hub")


def test_every_route_of_the_auditor_is_documented(tmp_path: Path) -> None:
    keys, state = str(world().keys / "auditor"), str(tmp_path / "audit.sqlite")
    app = create_auditor(AuditorConfig(port=1, hub_url="http://hub.invalid", gateways={}, keys=keys, state=state))
    assert served(app) == documented("Auditor")
    app.state.auditor.state.close()
