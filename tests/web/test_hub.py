"""The hub over HTTP: a resident's whole way, and everything a stranger may not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.credentials import jws
from mianzheng.gateway.approving import sign_item
from mianzheng.model.canonical import b64
from mianzheng.model.case import State
from mianzheng.store.engine import Store
from mianzheng.web.access import Access
from mianzheng.web.app import create_hub
from tests.cases.hub_world import sign_draft, sign_step, world
from tests.gateway.world import DRAWS, FIRM, OLD, YOUNG
from tests.web.hub_client import Resident, code, config, hub, view


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with hub() as opened:
        yield opened


@pytest.fixture
def old(client: TestClient[Any]) -> Resident:
    resident = Resident(client, OLD)
    resident.sign_in()
    return resident


def test_a_resident_signs_in_applies_signs_and_is_granted(old: Resident) -> None:
    found = old.run("old-age-allowance")
    assert (found.state, found.decision, found.credential is not None) == (State.DELIVERED, "granted", True)
    assert view(old.get(f"/cases/{found.case}")).case == found.case
    assert found.case in {one["case"] for one in old.get("/cases").json()}
    assert view(old.post(f"/cases/{found.case}/receipt")).state is State.ENDED


def test_the_hub_shows_only_a_masked_name_and_never_a_number(client: TestClient[Any]) -> None:
    opened = Resident(client, OLD).sign_in()
    assert opened["display"] == "陈〇〇" and opened["level"] == 3
    assert OLD not in json.dumps(opened, ensure_ascii=False)


def test_a_refusal_is_accepted_over_http(client: TestClient[Any]) -> None:
    young = Resident(client, YOUNG)
    young.sign_in()
    found = young.run("old-age-allowance")
    assert (found.state, found.decided_by) == (State.PROPOSED, "proposed")
    final = young.step(found.case, "acceptance", "accept-refusal", found.reasons)
    assert (final.state, final.decided_by) == (State.REFUSED, "machine")


def test_an_answer_is_contested_and_a_person_asked_for_over_http(client: TestClient[Any]) -> None:
    draws = Resident(client, DRAWS)
    draws.sign_in()
    found = draws.run("old-age-allowance")
    wrong = next(answer for answer in found.answers if answer.value is False)
    name = f"contest:{wrong.question}:{wrong.role}"
    contested = draws.step(found.case, "contests", name, wrong, question=wrong.question, role=wrong.role)
    assert contested.state is State.WAITING_PERSON
    other = draws.run("old-age-allowance")
    assert draws.step(other.case, "review", "ask-person").state is State.WAITING_PERSON
    assert draws.step(other.case, "escalation", "escalate").state is State.ESCALATED
    third = draws.run("old-age-allowance")
    assert draws.step(third.case, "withdrawal", "withdraw").state is State.WITHDRAWN


def test_a_body_signs_in_with_its_own_authority(client: TestClient[Any]) -> None:
    firm = Resident(client, FIRM)
    firm.sign_in()
    assert firm.run("good-standing").decision == "granted"


def test_the_explanation_names_who_signed(old: Resident) -> None:
    case = old.run("old-age-allowance").case
    found = old.get(f"/cases/{case}/explanation").json()
    assert found["decision_signed_by"] == "civil-affairs"
    assert all(answer["signed_by"] for condition in found["conditions"] for answer in condition["answers"])


def test_the_ledger_shows_hashes_to_anyone_and_entries_to_their_subject(old: Resident, client: TestClient[Any]) -> None:
    case = old.run("old-age-allowance").case
    entries = old.get(f"/ledger/cases/{case}").json()
    assert len(entries) > 20 and all(entry["leaf"] for entry in entries)
    assert len(old.get("/my/ledger").json()) >= len(entries)
    assert client.get("/ledger/head").json().keys() == {"head", "cosignatures"}
    assert client.get("/ledger/leaves", params={"start": 0, "end": 5}).json()["start"] == 0
    assert code(client.get("/ledger/consistency", params={"first": 5, "second": 1}), 400) == "wrong-use"


def test_whoever_hands_in_a_signature_that_names_nobody_is_told_so(client: TestClient[Any]) -> None:
    person = Resident(client, OLD)
    person.sign_in()
    draft, openings = person.apply("old-age-allowance")
    signed, assertion = sign_draft(world(), YOUNG, draft, openings)
    body = {"authorisation": b64(signed), "assertion": assertion, "openings": openings}
    assert code(person.post(f"/cases/{draft.case}/authorisation", body), 403) == "bundle-refused"
    assert view(person.get(f"/cases/{draft.case}")).state is State.WITHDRAWN


def test_another_persons_case_does_not_exist(old: Resident, client: TestClient[Any]) -> None:
    case = old.run("old-age-allowance").case
    young = Resident(client, YOUNG)
    young.sign_in()
    for path in (f"/cases/{case}", f"/cases/{case}/explanation", f"/ledger/cases/{case}"):
        assert code(young.get(path), 404) == "not-found"
    for path in ("receipt", "withdrawal", "acceptance", "review", "escalation"):
        body = old_step() if path != "receipt" else None
        assert code(young.post(f"/cases/{case}/{path}", body), 404) == "not-found"
    assert young.get("/cases/c-nothing").json() == {
        **young.get(f"/cases/{case}").json(),
        "detail": "there is no case c-nothing",
    }
    assert case not in {one["case"] for one in young.get("/cases").json()}


def old_step() -> Any:
    return sign_step(world(), YOUNG, "any", "withdraw")


SESSION = [
    ("GET", "/cases"),
    ("POST", "/cases"),
    ("GET", "/cases/c1"),
    ("GET", "/cases/c1/explanation"),
    ("GET", "/cases/c1/archive"),
    ("POST", "/cases/c1/authorisation"),
    ("POST", "/cases/c1/acceptance"),
    ("POST", "/cases/c1/contests"),
    ("POST", "/cases/c1/withdrawal"),
    ("POST", "/cases/c1/review"),
    ("POST", "/cases/c1/escalation"),
    ("POST", "/cases/c1/receipt"),
    ("POST", "/cases/c1/corrections"),
    ("POST", "/cases/c1/declarations"),
    ("POST", "/cases/c1/supply"),
    ("POST", "/notices/c1/objections"),
    ("POST", "/cases/c1/invitations"),
    ("POST", "/invitations/k1"),
    ("GET", "/cases/c1/consents/r1"),
    ("POST", "/cases/c1/consents"),
    ("POST", "/cases/c1/consents/withdrawal"),
    ("GET", "/ledger/cases/c1"),
    ("GET", "/ledger/cases/c1/masked"),
    ("GET", "/my/ledger"),
]
PARTS = {"c1": "{case:str}", "k1": "{code:str}", "r1": "{role:str}"}


@pytest.mark.parametrize(("method", "path"), SESSION)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic x", "Bearer \x7f"])
def test_without_a_session_nothing_of_a_person_is_reached(
    client: TestClient[Any], method: str, path: str, header: str
) -> None:
    headers = {"authorization": header} if header else {}
    assert code(client.request(method, path, headers=headers, json={}), 401) == "not-signed-in"


def test_every_route_has_an_access_rule_and_no_other_route_is_open() -> None:
    app = create_hub(config())
    rules: dict[str, set[Access]] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods == {"OPTIONS"}:
                continue  # Litestar's own: the guard lets none through
            assert isinstance(handler.opt.get("access"), Access), route.path
            rules.setdefault(route.path, set()).add(handler.opt["access"])
    session = {path for path, found in rules.items() if Access.SESSION in found}
    assert session >= {"/api" + "/".join(PARTS.get(part, part) for part in path.split("/")) for _, path in SESSION}
    assert all(found == {Access.SESSION} for path, found in rules.items() if path in session)
    assert {"/api/items", "/api/nonces", "/api/sign-ins", "/api/ledger/head", "/health"} <= rules.keys() - session


def test_a_route_that_litestar_adds_by_itself_is_closed(client: TestClient[Any]) -> None:
    assert code(client.options("/cases"), 401) == "not-signed-in"


def test_a_session_ends(old: Resident, client: TestClient[Any]) -> None:
    hub_ = client.app.state.hub
    clock = hub_.clock
    hub_.clock = lambda: clock() + timedelta(hours=2)
    try:
        assert code(old.get("/cases"), 401) == "not-signed-in"
    finally:
        hub_.clock = clock


@pytest.mark.parametrize("how", ["used nonce", "own nonce", "other hub", "other authority", "no authority", "nonsense"])
def test_a_sign_in_that_is_not_for_this_hub_and_nonce_opens_no_session(client: TestClient[Any], how: str) -> None:
    resident = Resident(client, OLD)
    nonce = resident.nonce()
    sealed = resident.sealed(nonce)
    authority = resident.authority
    if how == "used nonce":
        resident.client.post("/sign-ins", json={"authority": authority, "sealed": sealed})
        sealed = resident.sealed(nonce)
    elif how == "own nonce":
        sealed = resident.sealed(nonce, nonce="mine" * 8)
    elif how == "other hub":
        sealed = resident.sealed(nonce, audience="other-hub")
    elif how == "other authority":
        authority = "market-regulation"
    elif how == "no authority":
        authority = "civil-affairs"
    elif how == "nonsense":
        sealed = "nonsense"
    answer = client.post("/sign-ins", json={"authority": authority, "sealed": sealed})
    assert code(answer, 401) in ("sign-in-refused", "nonce-used", "bad-sign-in")
    assert OLD not in answer.text


def test_an_authority_that_is_down_is_a_matter_of_trying_again(client: TestClient[Any]) -> None:
    resident = Resident(client, OLD)
    body = {"authority": resident.authority, "sealed": resident.sealed(resident.nonce())}
    client.app.state.hub.peers.down.add(resident.authority)
    try:
        assert code(client.post("/sign-ins", json=body), 503) == "unavailable"
    finally:
        client.app.state.hub.peers.down.clear()


def test_items_are_read_by_anyone_and_handed_in_by_nobody_without_a_signature(client: TestClient[Any]) -> None:
    items = client.get("/items").json()["items"]
    assert {"item", "version", "department", "kind", "status"} <= items[0].keys()
    assert client.get("/items/old-age-allowance").json()["item"] == "old-age-allowance"
    assert client.get("/items/old-age-allowance/1").json()["summary"]["status"] == "published"
    assert code(client.get("/items/nothing"), 404) == "not-found"
    body = {"token": "x.y.z", "certificate": ""}
    assert code(client.post("/items", json=body), 403) == "bad-signature"
    assert code(client.post("/items/old-age-allowance/1/retirement", json=body), 403) == "bad-signature"
    assert code(client.post("/items/old-age-allowance/1/approvals", json=[body]), 403) == "bad-signature"


def test_a_draft_is_handed_in_approved_and_published_over_http(client: TestClient[Any]) -> None:
    item = msgspec.structs.replace(world().loaded["good-standing"].item, item="good-standing-too")
    steward = world().steward("market-regulation")
    draft = client.post("/items", content=msgspec.json.encode(sign_item(item, steward)))
    assert (draft.status_code, draft.json()["status"]) == (201, "draft")
    text = client.get("/items/good-standing-too/1").json()
    assert text["missing"] == ["market-regulation"]
    assert jws.unverified_kid(text["signed"]["token"]) == steward.key.kid


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "expected"),
    [
        ("GET", "/nowhere", None, 404, "not-found"),
        ("DELETE", "/items", None, 405, "wrong-method"),
        ("POST", "/sign-ins", b"not json", 400, "bad-request"),
        ("POST", "/sign-ins", b'{"authority": "public-security", "sealed": "\xff"}', 400, "bad-request"),
        ("POST", "/items", b'{"token": "\xff"}', 400, "bad-request"),
        ("POST", "/sign-ins", b"{}", 400, "bad-request"),
        ("POST", "/sign-ins", b'{"authority": 1, "sealed": "x"}', 400, "bad-request"),
        ("POST", "/sign-ins", b'{"authority": "a", "sealed": "x", "number": "y"}', 400, "bad-request"),
        ("POST", "/sign-ins", b'{"sealed": "' + b"x" * 1_100_000 + b'"}', 413, "body-too-long"),
        ("GET", "/ledger/leaves?start=-1&end=5", None, 400, "bad-request"),
        ("GET", "/ledger/leaves?start=a&end=5", None, 400, "bad-request"),
        ("GET", "/ledger/leaves", None, 400, "bad-request"),
    ],
)
def test_what_cannot_be_read_is_a_problem_document(
    client: TestClient[Any], method: str, path: str, body: bytes | None, status: int, expected: str
) -> None:
    answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
    assert code(answer, status) == expected


def test_nothing_of_the_inside_leaves_with_an_unforeseen_error(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("mianzheng.cases.publishing.summaries", fail)
    answer = client.get("/items")
    assert code(answer, 500) == "internal"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    number = answer.json()["detail"].split()[-1]
    assert number in caplog.text


def test_a_database_that_is_away_is_a_matter_of_trying_again(client: TestClient[Any]) -> None:
    here = client.app.state.hub
    store = here.store
    here.store = Store("postgresql://nobody@127.0.0.1:9/nothing")
    try:
        assert code(client.post("/nonces", json={}), 503) == "database-failed"
    finally:
        here.store = store


def test_sign_ins_are_limited() -> None:
    with hub(sign_ins_per_minute=3) as client:
        statuses = [client.post("/nonces", json={}).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert code(client.post("/nonces", json={}), 429) == "too-many-requests"
        assert client.get("http://testserver.local/health").status_code == 200


def test_the_schema_is_served(client: TestClient[Any]) -> None:
    found = client.get("http://testserver.local/schema/openapi.json").json()
    assert "/api/cases/{case}/authorisation" in found["paths"]
