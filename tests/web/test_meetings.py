"""A phone's code at the window: once, for a clerk, to prepare; nothing earlier is seen and nothing is signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.cases.hub_world import shared
from tests.cases.leaks import dump, search
from tests.gateway.world import DRAWS, OLD
from tests.web.hub_client import Resident, code, hub, view
from tests.web.test_desk import header

ITEM = "old-age-allowance"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with hub() as made:
        yield made


@pytest.fixture
def phone(client: TestClient[Any]) -> Resident:
    person = Resident(client, OLD)
    person.sign_in()
    return person


def made(phone: Resident) -> str:
    answer = phone.post("/meetings", {})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["code"])


def join(client: TestClient[Any], text: str, role: str = "clerk") -> Any:
    return client.post("/meetings/guests", json={"code": text}, headers=header(role))


def guest(client: TestClient[Any], phone: Resident) -> Resident:
    """The clerk's session of whoever holds the phone."""
    found = Resident(client, "unknown")
    found.headers = {"authorization": f"Bearer {join(client, made(phone)).json()['session']}"}
    return found


def test_a_clerk_prepares_and_the_person_signs(client: TestClient[Any], phone: Resident) -> None:
    clerk = guest(client, phone)
    draft, openings = clerk.apply(ITEM)
    assert phone.authorise(draft, openings).decision == "granted"
    seen = view(clerk.get(f"/cases/{draft.case}"))
    assert (seen.decision, seen.seen_as) == ("granted", "clerk")


def test_the_clerk_cannot_sign_for_the_person(client: TestClient[Any], phone: Resident) -> None:
    clerk = guest(client, phone)
    draft, _ = clerk.apply(ITEM)
    body = {"authorisation": "", "assertion": _ANY, "openings": ()}
    assert code(clerk.post(f"/cases/{draft.case}/authorisation", body), 403) == "signs-on-phone"


def test_no_earlier_case_is_seen(client: TestClient[Any], phone: Resident) -> None:
    before = phone.run(ITEM).case
    clerk = guest(client, phone)
    assert code(clerk.get(f"/cases/{before}"), 404) == "not-found"
    assert before not in {one["case"] for one in clerk.get("/cases").json()}
    assert clerk.get("/my/ledger").json() == []


@pytest.mark.parametrize("asked", ["", "?view=resident", "?view=agent"])
def test_a_special_answer_is_withheld_from_the_clerk_however_they_ask(client: TestClient[Any], asked: str) -> None:
    person = Resident(client, DRAWS)
    person.sign_in()
    clerk = guest(client, person)
    draft, openings = clerk.apply("clean-record")
    person.authorise(draft, openings)
    assert {one.status for one in view(clerk.get(f"/cases/{draft.case}{asked}")).answers} == {"withheld"}
    listed = next(one for one in clerk.get("/cases").json() if one["case"] == draft.case)
    assert {one["status"] for one in listed["answers"]} == {"withheld"}


def test_a_code_opens_once(client: TestClient[Any], phone: Resident) -> None:
    text = made(phone)
    assert join(client, text).status_code == 200
    assert code(join(client, text), 404) == "bad-code"


def test_a_code_that_nobody_made_opens_nothing(client: TestClient[Any]) -> None:
    for text in ("00000000", "", "x" * 40):
        assert code(join(client, text), 404) == "bad-code"


@pytest.mark.parametrize("role", ["officer", "witness", "head"])
def test_only_a_clerk_meets_people(client: TestClient[Any], phone: Resident, role: str) -> None:
    assert code(join(client, made(phone), role), 403) == "not-staff"


def test_whom_a_clerk_serves_makes_no_code(client: TestClient[Any], phone: Resident) -> None:
    assert code(guest(client, phone).post("/meetings", {}), 400) == "wrong-use"


def test_the_code_itself_is_not_kept(client: TestClient[Any], phone: Resident) -> None:
    text = made(phone)
    assert len(text) == 8 and text.isdecimal()

    assert search(dump(shared()[0]), [text]) == []


_ANY = {
    "kind": "software",
    "key": {"kty": "EC", "crv": "P-256", "x": "", "y": ""},
    "authenticator_data": "",
    "client_data": "",
    "signature": "",
}
