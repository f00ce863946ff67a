"""Every route of a gateway, an authority and its site, asked by nobody known: `docs/rights.md` has a line for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.app import serve_department
from mianzheng.authority.site.routes import FORM_COOKIES
from tests.authority.site_world import SITE, SiteWorld, site_world
from tests.gateway.world import World
from tests.web.rights import Route, groups, served

SITE_ROUTES = groups("Authority's site")
GATEWAY = groups("Gateway")
AUTHORITY = groups("Authority")


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site-rights")) as made:
        yield made


def path(route: Route) -> str:
    parts = {"name": "demo", "mandate": "x", "file_path": "city.css"}
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], route[1])


def ask(client: TestClient[Any], route: Route) -> Any:
    """Ask with the token of a form, so that nothing but the right is wanting."""
    if route[0] == "GET":
        return client.get(path(route), follow_redirects=False)
    client.get("/")
    data = {"_csrf_token": str(client.cookies.get(FORM_COOKIES["person"])), "flow": "x", "assertion": "x", "key": "x"}
    data |= {"credential": "x", "telephone": "13900000000", "mandate": "x"}
    return client.post(path(route), data=data, follow_redirects=False)


def test_every_route_of_gateway_and_site_has_a_line_and_every_line_a_route(site: SiteWorld) -> None:
    assert set(served(site.app())) == set(SITE_ROUTES) | set(GATEWAY)


def test_every_route_of_an_authority_has_a_line_and_every_line_a_route(world: World) -> None:
    app: Any = world.clients["public-security"].app
    assert set(served(app)) == set(AUTHORITY) | set(GATEWAY)


@pytest.mark.parametrize("route", [one for one, group in SITE_ROUTES.items() if group == "own"], ids=" ".join)
def test_without_a_session_nothing_of_a_person_is_reached(site: SiteWorld, route: Route) -> None:
    answer = ask(site.browser().client, route)
    leads = answer.status_code == 303 and answer.headers["location"].split("?")[0] in ("/sign-in", "/")
    assert leads or answer.status_code == 400, (answer.status_code, answer.text[:400])
    assert route[1] == "/sign-out" or answer.headers.get("location", "/sign-in").startswith("/sign-in")


@pytest.mark.parametrize("route", [one for one, group in SITE_ROUTES.items() if group == "flow"], ids=" ".join)
def test_what_this_browser_did_not_begin_does_not_go_on(site: SiteWorld, route: Route) -> None:
    assert ask(site.browser().client, route).status_code in (400, 409)


@pytest.mark.parametrize(
    "route", [one for one, group in SITE_ROUTES.items() if one[0] == "POST" and group != "handed"], ids=" ".join
)
def test_a_form_without_its_token_changes_nothing(site: SiteWorld, route: Route) -> None:
    answer = site.browser().client.post(path(route), data={"flow": "x"}, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.parametrize("route", [*GATEWAY, *AUTHORITY], ids=" ".join)
def test_what_is_not_signed_or_sealed_is_refused(world: World, route: Route) -> None:
    client = world.clients["public-security"]
    answer = client.request(route[0], path(route), content=b"{}" if route[0] == "POST" else None)
    if {**GATEWAY, **AUTHORITY}[route] == "public":
        assert answer.status_code == 200
    else:
        assert answer.status_code in (400, 401, 403), answer.text


def test_every_answer_of_the_site_carries_the_security_headers(site: SiteWorld) -> None:
    for route in [*SITE_ROUTES, *GATEWAY, ("GET", "/nowhere")]:
        said = ask(site.browser().client, route).headers
        assert said["x-content-type-options"] == "nosniff", route
        policy = said["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy, route
        assert "no-store" in said["cache-control"] or route[1].startswith("/static"), route


def test_a_gateways_own_process_carries_them_too(world: World) -> None:
    app = serve_department(world.gateways["civil-affairs"])
    said = TestClient(app).get("/health").headers
    assert (said["x-content-type-options"], said["cache-control"]) == ("nosniff", "no-store")


def test_every_cookie_of_the_site_is_of_this_host_alone(site: SiteWorld) -> None:
    lines = site.browser().sign_in_page().headers.get_list("set-cookie")
    assert lines and all(one.startswith("__Host-") for one in lines)
    assert all("Secure" in one and "HttpOnly" in one and "samesite=lax" in one.lower() for one in lines)
    assert SITE.startswith("https://")
