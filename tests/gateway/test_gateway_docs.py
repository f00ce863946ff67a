"""What docs/gateway.md promises: every setting, command and refusal of the code stands there."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import pytest

from mianzheng.cli.gateway import add_parsers
from mianzheng.gateway.config import Budgets, GatewayConfig
from mianzheng.gateway.refusals import REFUSALS
from mianzheng.model.sites import ProviderConfig, SiteConfig

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "gateway.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", REFUSALS)
def test_each_refusal_is_documented(code: str) -> None:
    assert f"`{code}`" in TEXT


SETTINGS = (GatewayConfig, Budgets, SiteConfig, ProviderConfig)


@pytest.mark.parametrize("field", sorted({f.name for s in SETTINGS for f in msgspec.structs.fields(s)}))
def test_each_setting_is_documented(field: str) -> None:
    assert f"`{field}`" in TEXT


def test_each_command_is_documented() -> None:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    add_parsers(subparsers)
    (commands,) = [a for a in subparsers.choices["gateway"]._actions if isinstance(a, argparse._SubParsersAction)]
    assert all(f"gateway {name}" in TEXT for name in commands.choices)


def test_each_path_stands_in_the_protocol() -> None:
    protocol = (DOCS / "protocol.md").read_text(encoding="utf-8")
    routes = [
        path
        for module in ("gateway", "authority")
        for path in _paths((DOCS.parent / "src" / "mianzheng" / module / "routes.py").read_text(encoding="utf-8"))
    ]
    assert len(routes) >= 15
    assert all(f"`{method} {path}" in protocol for method, path in routes)


def _paths(source: str) -> list[tuple[str, str]]:
    lines = [line.strip() for line in source.splitlines() if line.strip().startswith(("@post(", "@get("))]
    return [(line[1:].partition("(")[0].upper(), line.split('"')[1]) for line in lines]
