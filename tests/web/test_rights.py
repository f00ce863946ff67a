"""Every route of the hub, asked by everybody who should not: `docs/rights.md` says what each gets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cases.opening import GUEST
from mianzheng.model.officers import Take
from mianzheng.web.access import Access
from mianzheng.web.app import create_hub
from mianzheng.web.sessions import SESSION_COOKIE, Ways, open_session, read_session
from tests.cases.hub_world import world as small_world
from tests.cases.procedure_world import HERE, staff_act
from tests.gateway.world import FIRM, OLD, SON
from tests.web.front_hub import Programs, pages
from tests.web.hub_client import Resident, config
from tests.web.my_client import Visitor
from tests.web.rights import Route, body_of, groups, served, table
from tests.web.test_desk import header, post

ROUTES = groups("Hub")
RULES = {  # the groups in which each access rule may stand
    Access.ANYONE: {"public", "carried", "signing-in", "handed"},
    Access.PAGE: {"own", "case"},
    Access.SESSION: {"own", "case"},
    Access.STAFF: {"desk", "desk-case", "queue", "guest"},
    Access.DEPARTMENT: {"act", "publish"},
}
STAFF = {
    "village-clerk": "witness",
    "window-clerk": "clerk",
    "officer": "officer",
    "steward": "steward",
    "supervisor": "head",
}
NOBODYS = ("designer", "auditor", "operator")
OTHER = "human-resources"
ITEM = "old-age-allowance"


class World:
    """A hub, one resident's case with everything that hangs on it, and those who ask for it."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client
        self.handlers = served(client.app)  # type: ignore[arg-type]
        visitor = Visitor(client, OLD)
        self.signing = visitor.go_on(visitor.apply(ITEM)).url.path.rpartition("/")[2]
        self.owner = Resident(Programs(client), OLD)  # type: ignore[arg-type]
        self.owner.sign_in()
        self.case = self.owner.run(ITEM).case
        self.leaf = self.owner.get("/my/ledger").json()[0]["leaf"]
        self.token = self.owner.headers["authorization"].partition(" ")[2]
        self.presence = self._presence("p" * 26)
        self.guest = self._presence(GUEST)
        self.stranger = self._session(SON)
        self.agent = self._session(FIRM)

    def _session(self, number: str) -> str:
        resident = Resident(Programs(self.client), number)  # type: ignore[arg-type]
        return str(resident.sign_in()["session"])

    def _presence(self, presence: str) -> str:
        """A session of the same person, of a presence in which a clerk looks on."""

        async def make() -> str:
            hub = self.client.app.state.hub
            own = await read_session(hub, self.token, self.client.app.state.sessions)
            seen = msgspec.structs.replace(own.applicant, presence=presence)
            return await open_session(hub, seen, Ways(method="window"))

        return self.client.blocking_portal.call(make)  # type: ignore[no-any-return]

    def path(self, path: str) -> str:
        """A path with the parts of the resident's own case, and of things that are not there."""
        parts = {
            "case": self.case, "token": self.signing, "leaf": self.leaf, "role": "child", "item": ITEM, "version": "1",
            "entry": "e" * 43, "paper": "x", "number": "x", "code": "x" * 12, "office": "centre", "ticket": "x",
            "file_path": "city.css", "path": "x", "body": "x", "mandate": "x",
        }  # fmt: skip
        return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], path)

    def ask(self, route: Route, *, session: str = "", staff: dict[str, str] | None = None, form: bool = True) -> Any:
        """Ask a route as its clients do: programs with a bearer token and JSON, browsers with a cookie and a form."""
        method, path = route
        self.client.cookies.clear()
        headers, body = dict(staff or {}), body_of(self.handlers[route])
        if path.startswith("/api/"):
            if session:
                headers["authorization"] = f"Bearer {session}"
            sent: dict[str, Any] = {"json": {} if body is None else body} if method == "POST" else {}
        else:
            cookies = {SESSION_COOKIE: session} if session else {}
            sent = {}
            if method == "POST":
                if form:
                    token = self._form()
                    cookies["__Host-mz-form"] = token
                    sent = {"data": {**(body if isinstance(body, dict) else {}), "_csrf_token": token}}
                else:
                    sent = {"data": body if isinstance(body, dict) else {}}
            if cookies:
                headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return self.client.request(method, self.path(path), headers=headers, follow_redirects=False, **sent)

    def _form(self) -> str:
        answer = self.client.get("/about")
        token = str(answer.cookies["__Host-mz-form"])
        self.client.cookies.clear()
        return token


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pages() as client:
        yield World(client)


def staff(role: str, department: str = HERE) -> dict[str, str]:
    return header(role, department=department)


def of(*names: str) -> list[Route]:
    return [route for route, group in ROUTES.items() if group in names]


def is_page(route: Route) -> bool:
    return not route[1].startswith("/api/")


def closed(route: Route, answer: Any) -> bool:
    """Whether an answer is what somebody gets who is not signed in."""
    if is_page(route):
        return bool(answer.status_code == 303 and answer.headers["location"].startswith("/my/sign-in"))
    return bool(answer.status_code == 401 and answer.json()["code"] == "not-signed-in")


FORMS = [one for one in ROUTES if one[0] == "POST" and is_page(one) and ROUTES[one] != "handed"]


# -- the table


def test_every_route_of_the_hub_has_a_line_and_every_line_a_route() -> None:
    assert served(create_hub(config())).keys() == ROUTES.keys()


def test_the_access_rule_of_each_route_is_that_of_its_group() -> None:
    wrong = [
        route
        for route, handler in served(create_hub(config())).items()
        if ROUTES.get(route, "") not in RULES[handler.opt["access"]]
    ]
    assert wrong == []


def test_every_group_of_the_table_of_roles_is_one_of_the_routes() -> None:
    named = {cells[0] for cells in table("Roles and groups of the hub's routes")}
    assert named < set(ROUTES.values())
    assert set(ROUTES.values()) - named == {"carried", "guest", "handed", "signing-in"}  # said beneath the table


# -- nobody


@pytest.mark.parametrize("route", of("own", "case"), ids=" ".join)
def test_without_a_session_nothing_of_a_person_is_reached(world: World, route: Route) -> None:
    assert closed(route, world.ask(route))


@pytest.mark.parametrize("route", of("own", "case"), ids=" ".join)
def test_a_token_of_nobody_opens_nothing(world: World, route: Route) -> None:
    assert closed(route, world.ask(route, session=secrets.token_urlsafe(32)))


@pytest.mark.parametrize("route", of("desk", "desk-case", "queue", "guest"), ids=" ".join)
def test_without_a_signature_of_staff_no_desk_opens(world: World, route: Route) -> None:
    for answer in (world.ask(route), world.ask(route, session=world.token)):
        assert (answer.status_code, answer.json()["code"]) == (403, "not-staff")


@pytest.mark.parametrize("route", of("act", "publish", "carried"), ids=" ".join)
def test_what_is_unsigned_or_not_sealed_is_not_taken(world: World, route: Route) -> None:
    for answer in (world.ask(route), world.ask(route, session=world.token), world.ask(route, staff=staff("officer"))):
        assert answer.status_code in (400, 401, 403), answer.text


@pytest.mark.parametrize("route", of("public"), ids=" ".join)
def test_what_is_public_asks_nobody_to_sign_in_and_names_nobody(world: World, route: Route) -> None:
    answer = world.ask(route)
    assert answer.status_code not in (401, 403) and not answer.headers.get("location", "").startswith("/my")
    assert world.case not in answer.text


# -- another person


@pytest.mark.parametrize("route", of("case"), ids=" ".join)
@pytest.mark.parametrize("who", ["stranger", "agent"])
def test_anothers_case_is_as_if_it_did_not_exist(world: World, route: Route, who: str) -> None:
    answer = world.ask(route, session=getattr(world, who))
    assert answer.status_code == 404, (answer.status_code, answer.text[:300])


@pytest.mark.parametrize("route", [one for one in of("own") if one[0] == "GET" and "{" not in one[1]], ids=" ".join)
@pytest.mark.parametrize("who", ["stranger", "agent", "presence", "guest"])
def test_a_list_of_ones_own_names_nothing_of_another_or_beside_a_clerk(world: World, route: Route, who: str) -> None:
    answer = world.ask(route, session=getattr(world, who))
    beside_a_clerk = who in ("presence", "guest")
    assert closed(route, answer) if beside_a_clerk and is_page(route) else answer.status_code == 200, answer.text
    assert world.case not in answer.text and world.leaf not in answer.text


def test_the_owner_finds_their_case_where_others_do_not(world: World) -> None:
    for route in (("GET", "/my"), ("GET", "/api/cases"), ("GET", "/my/cases/{case}"), ("GET", "/api/cases/{case}")):
        assert world.case in world.ask(route, session=world.token).text, route


# -- a presence: a clerk looks on


@pytest.mark.parametrize("route", of("case"), ids=" ".join)
@pytest.mark.parametrize("who", ["presence", "guest"])
def test_a_presence_sees_no_case_of_before(world: World, route: Route, who: str) -> None:
    answer = world.ask(route, session=getattr(world, who))
    assert closed(route, answer) or answer.status_code in (403, 404), (answer.status_code, answer.text[:300])


# -- staff


@pytest.mark.parametrize("route", of("own", "case"), ids=" ".join)
def test_staff_have_no_session(world: World, route: Route) -> None:
    assert closed(route, world.ask(route, staff=staff("clerk")))


@pytest.mark.parametrize("route", of("desk-case"), ids=" ".join)
@pytest.mark.parametrize("role", list(STAFF.values()))
def test_no_staff_of_another_department_see_the_case(world: World, route: Route, role: str) -> None:
    answer = world.ask(route, staff=staff(role, OTHER))
    assert answer.status_code == 403 and answer.json()["code"] in ("not-staff", "not-assigned")


@pytest.mark.parametrize("route", [one for one in of("desk") if one[0] == "GET"], ids=" ".join)
@pytest.mark.parametrize("role", list(STAFF.values()))
def test_the_lists_of_another_department_do_not_name_the_case(world: World, route: Route, role: str) -> None:
    answer = world.ask(route, staff=staff(role, OTHER))
    assert answer.status_code == 200 and world.case not in answer.text


def test_an_office_serves_only_the_departments_that_sit_there(world: World) -> None:
    hub = world.client.app.state.hub
    before, hub.offices = hub.offices, {"centre": (OTHER,)}
    try:
        for route in of("queue"):
            assert world.ask(route, staff=staff("clerk")).status_code == 403, route
            assert world.ask(route, staff=staff("clerk", OTHER)).status_code != 403, route
    finally:
        hub.offices = before


# -- roles by groups


def probes() -> dict[str, Route]:
    """One route of each group, by which a role's cell is shown; the walks above show every other."""
    return {
        "public": ("GET", "/api/items"),
        "own": ("GET", "/api/cases"),
        "case": ("GET", "/api/cases/{case}"),
        "queue": ("GET", "/api/queue/{office}"),
        "desk": ("GET", "/api/desk"),
    }


@pytest.mark.parametrize("cells", table("Roles and groups of the hub's routes"), ids=lambda cells: str(cells[0]))
def test_each_role_reaches_the_groups_that_the_table_says(world: World, cells: list[str]) -> None:
    route = probes().get(cells[0])
    if route is None:
        pytest.skip("by signed acts: the next tests, cases/ and test_hub.py")
    roles = ["resident", "agent", *STAFF, *NOBODYS]
    for role, cell in zip(roles, cells[1:], strict=True):
        if role in ("resident", "agent"):
            answer = world.ask(route, session=world.token if role == "resident" else world.agent)
        else:
            answer = world.ask(route, staff=staff(STAFF[role]) if role in STAFF else {})
        if role == "agent" and cells[0] == "case":
            assert cell == "own" and answer.status_code == 404  # the case is another's
        else:
            assert (answer.status_code in (200, 201)) == (cell != "—"), (role, cell, answer.status_code)


@pytest.mark.parametrize("role", [*STAFF])
def test_who_takes_a_case_and_sees_it_then_is_what_the_table_says(world: World, role: str) -> None:
    rows = {cells[0]: dict(zip(["resident", "agent", *STAFF, *NOBODYS], cells[1:], strict=True))
            for cells in table("Roles and groups of the hub's routes")}  # fmt: skip

    here = SimpleNamespace(hub=world.client.app.state.hub, world=small_world())
    signed = staff_act(here, world.case, Take(), role=STAFF[role])  # type: ignore[arg-type]
    answer = post(world.client, f"/api/desk/cases/{world.case}/acts", signed)
    refused = answer.status_code == 403 and answer.json()["code"] == "not-staff"
    assert refused == (rows["act"][role] == "—" or role == "supervisor"), answer.text  # a head assigns, takes nothing


# -- forms


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one[0] == "POST" and is_page(one) and ROUTES[one] != "handed"], ids=" ".join
)
def test_a_form_without_its_token_changes_nothing(world: World, route: Route) -> None:
    answer = world.ask(route, session=world.token, form=False)
    assert answer.status_code == 403 and "csrf" in answer.text


@pytest.mark.parametrize("route", [one for one in ROUTES if one[0] == "POST" and not is_page(one)], ids=" ".join)
def test_a_cookie_opens_nothing_of_the_api(world: World, route: Route) -> None:
    """So no form of another site can use it: `/api` needs no token of a form."""
    body = body_of(world.handlers[route])
    world.client.cookies.clear()
    headers = {"cookie": f"{SESSION_COOKIE}={world.token}"}
    answer = world.client.request("POST", world.path(route[1]), json=body or {}, headers=headers)
    assert answer.status_code in (400, 401, 403, 200) and (answer.status_code != 200 or route[1] == "/api/nonces")
    if ROUTES[route] in ("own", "case"):
        assert closed(route, answer)


# -- what every answer says


def test_every_answer_carries_the_security_headers(world: World) -> None:
    for route in ROUTES:
        for answer in (world.ask(route), world.ask(route, session=world.token)):
            said = answer.headers
            assert said["x-content-type-options"] == "nosniff", route
            assert "default-src 'none'" in said["content-security-policy"], route
            assert "frame-ancestors 'none'" in said["content-security-policy"], route
            assert "unsafe" not in said["content-security-policy"], route
            assert "max-age=31536000" in said["strict-transport-security"], route
            assert said["referrer-policy"] == "same-origin" and "access-control-allow-origin" not in said, route
            static = route[1].startswith("/static/") and answer.status_code == 200
            assert ("no-store" in said["cache-control"]) is not static, route
            assert {"server", "x-powered-by"}.isdisjoint(said), route


def test_every_cookie_is_of_this_host_closed_to_scripts_and_to_other_sites(world: World) -> None:
    seen = set()
    for route in ROUTES:
        for line in world.ask(route, session=world.stranger).headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            seen.add(name)
            if name not in ("mz-language", "mz-elder"):  # what a reader chose, and nothing about them
                assert name.startswith("__Host-") and "Secure" in rest, line
            assert "HttpOnly" in rest and "samesite=lax" in rest.lower() and "Domain" not in rest, line
    assert {"__Host-mz-form", SESSION_COOKIE} <= seen


@pytest.mark.parametrize("path", ["/my/sign-in", "/api/nonces"])
def test_no_page_or_path_answers_trace(world: World, path: str) -> None:
    assert world.client.request("TRACE", path).status_code in (404, 405)
