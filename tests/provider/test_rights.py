"""Every route of the demo provider, asked by whoever began nothing and is no client."""

from __future__ import annotations

import re

import pytest

from mianzheng.model.errors import WrongUse
from mianzheng.provider.site import create_provider
from tests.provider.test_issuer import Provider
from tests.web.rights import Route, groups, served

ROUTES = groups("Demo provider")
RULES = {"public": "anyone"}  # what a group's rule is called, where otherwise


def test_every_route_of_the_provider_has_a_line_and_its_rule_every_line_a_route() -> None:
    rules = {route: handler.opt["access"] for route, handler in served(Provider().client.app).items()}
    assert rules == {route: RULES.get(group, group) for route, group in ROUTES.items()}


@pytest.mark.parametrize("route", [one for one, group in ROUTES.items() if group != "public"], ids=" ".join)
def test_who_began_nothing_and_knows_no_secret_is_refused(route: Route) -> None:
    path = re.sub(r"\{\w+\}", "old", route[1])
    client = Provider().client
    answer = client.request(route[0], path, data={"code": "x"} if route[0] == "POST" else None, follow_redirects=False)
    assert answer.status_code in (400, 401)


def test_a_route_without_a_rule_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mianzheng.provider.site.CLIENT", {})
    with pytest.raises(WrongUse, match="/token"):
        create_provider(Provider().issuer, (), hub="https://hub.test")
