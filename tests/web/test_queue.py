"""The queue over HTTP: each number is called once, by one member of staff, at one window."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.web.hub_client import code, hub
from tests.web.test_desk import header


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    offices: dict[str, tuple[str, ...]] = dict.fromkeys(_OFFICES, ())
    offices["elsewhere"] = ("human-resources",)
    with hub(offices=offices) as made:
        yield made


_OFFICES = [f"office-{secrets.token_hex(4)}" for _ in range(12)]  # each test's own: the database is shared


@pytest.fixture
def office() -> str:
    return _OFFICES.pop()


def issue(client: TestClient[Any], office: str) -> dict[str, Any]:
    answer = client.post(f"/queue/{office}/tickets", headers=header("clerk"))
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    return ticket


def call(client: TestClient[Any], office: str, window: str = "3", role: str = "clerk", **who: Any) -> Any:
    return client.post(f"/queue/{office}/next", json={"window": window}, headers=header(role, **who))


def move(client: TestClient[Any], ticket: dict[str, Any], name: str, role: str = "clerk", **more: str) -> Any:
    path = f"/queue/{ticket['office']}/tickets/{ticket['ticket']}/moves"
    return client.post(path, json={"move": name, **more}, headers=header(role))


def view(client: TestClient[Any], office: str, role: str = "clerk") -> dict[str, Any]:
    answer = client.get(f"/queue/{office}?window=3", headers=header(role))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_numbers_are_given_out_and_called_in_order(client: TestClient[Any], office: str) -> None:
    drawn = [issue(client, office) for _ in range(3)]
    assert [one["number"] for one in drawn] == [1, 2, 3]
    assert [call(client, office).json()["number"] for _ in range(3)] == [1, 2, 3]
    assert code(call(client, office), 404) == "nobody-waits"


def test_two_windows_that_call_at_once_get_two_numbers(client: TestClient[Any], office: str) -> None:
    for _ in range(8):
        issue(client, office)
    with ThreadPoolExecutor(4) as pool:
        called = list(pool.map(lambda at: call(client, office, window=str(at)).json()["number"], range(8)))
    assert sorted(called) == list(range(1, 9))


def test_a_ticket_says_nothing_about_a_person(client: TestClient[Any], office: str) -> None:
    expected = {"ticket", "office", "number", "state", "window", "meant_for", "why"}
    assert issue(client, office).keys() == expected | {"issued_at", "called_at", "ended_at"}


def test_a_paused_ticket_stays_in_its_clerks_hands(client: TestClient[Any], office: str) -> None:
    issue(client, office)
    ticket = call(client, office).json()
    assert move(client, ticket, "pause").json()["state"] == "paused"
    assert code(call(client, office), 404) == "nobody-waits"
    assert [one["ticket"] for one in view(client, office)["mine"]] == [ticket["ticket"]]
    assert move(client, ticket, "resume").json()["state"] == "called"


def test_a_handed_over_ticket_is_next_at_its_window_and_at_no_other(client: TestClient[Any], office: str) -> None:
    first, second = issue(client, office), issue(client, office)
    ticket = call(client, office, window="3").json()
    move(client, ticket, "hand-over", to="5", why="avoidance")
    assert call(client, office, window="3").json()["ticket"] == second["ticket"]
    found = call(client, office, window="5", role="officer").json()
    assert (found["ticket"], found["why"]) == (first["ticket"], "avoidance")


def test_a_colleague_cannot_move_a_ticket(client: TestClient[Any], office: str) -> None:
    issue(client, office)
    ticket = call(client, office).json()
    assert code(move(client, ticket, "done", role="officer"), 409) == "not-in-hands"
    assert view(client, office, role="officer")["mine"] == []


def test_what_has_ended_ends_once(client: TestClient[Any], office: str) -> None:
    issue(client, office)
    ticket = call(client, office).json()
    assert move(client, ticket, "done").json()["state"] == "done"
    assert code(move(client, ticket, "absent"), 409) == "not-in-hands"


def test_a_shift_lists_what_one_called_and_how_it_ended(client: TestClient[Any], office: str) -> None:
    for _ in range(3):
        issue(client, office)
    move(client, call(client, office).json(), "done")
    move(client, call(client, office).json(), "absent")
    call(client, office, role="officer")
    listed = client.get(f"/queue/{office}/shift", headers=header("clerk")).json()
    assert [one["state"] for one in listed] == ["done", "absent"]
    first, second = (one["number"] for one in listed)

    def shift(asked: str) -> list[int]:
        page = client.get(f"/queue/{office}/shift?{asked}", headers=header("clerk"))
        return [one["number"] for one in page.json()]

    assert (shift("limit=1"), shift(f"limit=1&after={first}"), shift(f"after={second}")) == ([first], [second], [])
    assert shift(f"number={second}") == [second]


@pytest.mark.parametrize("role", ["witness", "steward"])
def test_a_queue_is_for_who_serves_people(client: TestClient[Any], office: str, role: str) -> None:
    assert code(call(client, office, role=role), 403) == "not-staff"


def test_staff_of_a_department_that_does_not_sit_there_call_nobody(client: TestClient[Any]) -> None:
    assert code(call(client, "elsewhere"), 403) == "not-staff"
    assert code(call(client, "elsewhere", department="human-resources"), 404) == "nobody-waits"


def test_an_office_that_the_hub_does_not_name_does_not_exist(client: TestClient[Any]) -> None:
    assert code(call(client, "nowhere"), 404) == "not-found"


def test_who_is_no_staff_sees_no_queue(client: TestClient[Any], office: str) -> None:
    assert code(client.get(f"/queue/{office}"), 403) == "not-staff"
