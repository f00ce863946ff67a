"""Sessions: a token of their own at each sign-in, ended by rest, age and signing out; the person reads all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.web.sessions import KEPT_SECONDS, SESSION_COOKIE
from tests.cases.hub_world import TEST_TIMINGS
from tests.gateway.world import OLD, SON
from tests.web.front_hub import pages, words
from tests.web.hub_client import Resident, code, hub
from tests.web.my_client import Visitor


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with hub() as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[TestClient[Any]]:
    with pages() as opened:
        yield opened


@pytest.fixture
def later(client: TestClient[Any]) -> Iterator[Any]:
    """Move the hub's clock on, in seconds."""
    state = client.app.state.hub
    clock = state.clock

    def move(seconds: float) -> None:
        state.clock = lambda: clock() + timedelta(seconds=seconds)

    yield move
    state.clock = clock


def signed_in(client: TestClient[Any], number: str = OLD) -> Resident:
    resident = Resident(client, number)
    resident.sign_in()
    return resident


def lines(resident: Resident) -> list[dict[str, Any]]:
    answer = resident.get("/my/sign-ins")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["sign_ins"]
    return found


def test_a_session_that_rests_ends(client: TestClient[Any], later: Any) -> None:
    resident = signed_in(client)
    later(TEST_TIMINGS.session_idle_seconds + 1)
    assert code(resident.get("/cases"), 401) == "not-signed-in"


def test_a_session_in_use_lives_on_but_never_longer_than_its_longest_life(client: TestClient[Any], later: Any) -> None:
    resident = signed_in(client)
    step = TEST_TIMINGS.session_idle_seconds * 0.6
    at = step
    while at < TEST_TIMINGS.session_seconds:
        later(at)
        assert resident.get("/cases").status_code == 200, at
        at += step
    later(TEST_TIMINGS.session_seconds + 1)
    assert code(resident.get("/cases"), 401) == "not-signed-in"


def test_signing_out_ends_the_session_and_clears_what_the_browser_kept(client: TestClient[Any]) -> None:
    resident = signed_in(client)
    answer = resident.post("/my/sign-out")
    assert (answer.status_code, answer.headers["clear-site-data"]) == (204, '"cache"')
    assert code(resident.get("/cases"), 401) == "not-signed-in"


def test_each_sign_in_has_a_token_that_was_never_there_before(client: TestClient[Any]) -> None:
    tokens = {signed_in(client).headers["authorization"] for _ in range(3)}
    assert len(tokens) == 3 and all(len(one) > len("Bearer ") + 40 for one in tokens)


def test_a_token_that_somebody_chose_opens_nothing(client: TestClient[Any]) -> None:
    answer = client.get("/cases", headers={"authorization": "Bearer " + "a" * 43})
    assert code(answer, 401) == "not-signed-in"


def test_the_person_reads_each_sign_in_and_how_it_ended(client: TestClient[Any]) -> None:
    former = signed_in(client)
    former.post("/my/sign-out")
    here = signed_in(client)
    first, second = lines(here)[:2]
    assert (first["here"], first["ended"], first["ended_at"]) == (True, "", 0)
    assert (second["here"], second["ended"]) == (False, "signed-out") and second["ended_at"] >= second["at"]


def test_a_sign_in_whose_time_is_over_says_so(client: TestClient[Any], later: Any) -> None:
    signed_in(client)
    here = signed_in(client)
    later(TEST_TIMINGS.session_idle_seconds * 0.6)
    assert here.get("/cases").status_code == 200
    later(TEST_TIMINGS.session_idle_seconds * 1.1)
    assert [one["ended"] for one in lines(here)[:2]] == ["", "time"]


def test_nobody_reads_anothers_sign_ins(client: TestClient[Any]) -> None:
    ids = {one["id"] for one in lines(signed_in(client))}
    assert ids.isdisjoint(one["id"] for one in lines(signed_in(client, SON)))


def test_another_session_of_ones_own_is_ended_at_once(client: TestClient[Any]) -> None:
    lost, here = signed_in(client), signed_in(client)
    number = lines(here)[1]["id"]
    assert here.post("/my/sign-ins/closed", {"sign_in": number}).status_code == 204
    assert code(lost.get("/cases"), 401) == "not-signed-in"
    assert lines(here)[1]["ended"] == "closed" and here.get("/cases").status_code == 200


def test_all_others_are_ended_and_this_one_stays(client: TestClient[Any]) -> None:
    others = [signed_in(client) for _ in range(2)]
    here, stranger = signed_in(client), signed_in(client, SON)
    assert here.post("/my/sign-ins/closed", {}).status_code == 204
    assert [code(one.get("/cases"), 401) for one in others] == ["not-signed-in"] * 2
    assert here.get("/cases").status_code == stranger.get("/cases").status_code == 200


def test_the_session_of_somebody_else_is_not_ended(client: TestClient[Any]) -> None:
    other = signed_in(client, SON)
    number = lines(other)[0]["id"]
    assert code(signed_in(client).post("/my/sign-ins/closed", {"sign_in": number}), 404) == "not-found"
    assert other.get("/cases").status_code == 200


def test_sign_ins_are_read_page_by_page(client: TestClient[Any]) -> None:
    for _ in range(21):
        here = signed_in(client)
    first = here.get("/my/sign-ins").json()
    second = here.get(f"/my/sign-ins?after={first['after']}").json()
    assert len(first["sign_ins"]) == 20 and first["sign_ins"][-1]["id"] > second["sign_ins"][0]["id"]


def test_the_page_of_sign_ins_ends_the_others(browser: TestClient[Any]) -> None:
    lost, here = Visitor(browser, OLD), Visitor(browser, OLD)
    page = here.get("/my/sign-ins")
    assert "就是这里" in words(page) and "自己的密钥" in words(page)
    assert here.post("/my/sign-ins", page, sign_in="0").headers["location"] == "/my/sign-ins"
    assert lost.get("/my").status_code == 303 and here.get("/my").status_code == 200


def test_what_a_process_remembers_of_a_session_is_seconds_old_at_most() -> None:
    assert KEPT_SECONDS <= 5


def test_the_session_cookie_is_of_this_host_alone() -> None:
    assert SESSION_COOKIE.startswith("__Host-")
