"""Each reader gets over HTTP what they may see, and never more for asking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.decision.audience import WITHHELD
from mianzheng.ledger.proven import EntryProof
from mianzheng.model.archive import CaseFile
from mianzheng.model.case import CaseView, Explanation, State
from tests.gateway.world import DRAWS, OLD, YOUNG
from tests.web.hub_client import Resident, code, hub, view

ITEM = "clean-record"  # asks whether somebody has a criminal record: special


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with hub() as served:
        yield served


@pytest.fixture(scope="module")
def refused(client: TestClient[Any]) -> tuple[Resident, CaseView]:
    """Somebody with a record, to whom the certificate would be refused."""
    person = Resident(client, DRAWS)
    person.sign_in()
    shown = person.run(ITEM)
    assert shown.state is State.PROPOSED
    return person, shown


def test_the_person_sees_their_own_special_answer_and_the_reason(refused: tuple[Resident, CaseView]) -> None:
    person, shown = refused
    assert shown.seen_as == "resident"
    (reason,) = shown.reasons
    assert reason.condition and reason.contest is not None
    assert {answer.status for answer in shown.answers} == {"value"}
    assert view(person.get(f"/cases/{shown.case}?view=resident")) == view(person.get(f"/cases/{shown.case}"))


@pytest.mark.parametrize("reader", ["agent", "clerk"])
def test_an_agent_and_a_clerk_read_that_a_condition_is_not_met_and_not_which(
    refused: tuple[Resident, CaseView], reader: str
) -> None:
    person, shown = refused
    answer = person.get(f"/cases/{shown.case}?view={reader}")
    seen = view(answer)
    (reason,) = seen.reasons
    assert (reason.zh, reason.en, reason.condition, reason.contest) == (WITHHELD.zh, WITHHELD.en, "", None)
    assert {(one.status, one.value) for one in seen.answers} == {("withheld", None)}
    assert seen.not_examined == () and seen.seen_as == reader
    assert f'"{shown.reasons[0].condition}"'.encode() not in answer.content


@pytest.mark.parametrize("reader", ["agent", "clerk"])
def test_their_explanation_tells_no_more(refused: tuple[Resident, CaseView], reader: str) -> None:
    person, shown = refused
    answer = person.get(f"/cases/{shown.case}/explanation?view={reader}")
    explanation = msgspec.json.decode(answer.content, type=Explanation)
    assert {condition.result for condition in explanation.conditions} == {"withheld"}
    found = [one for condition in explanation.conditions for one in condition.answers]
    assert {(one.status, one.value, one.answer, one.sheet) for one in found} == {("withheld", None, None, "")}


def test_a_view_that_nobody_can_ask_for_is_refused_with_those_that_exist(refused: tuple[Resident, CaseView]) -> None:
    person, shown = refused
    for wanted in ("linked", "owner", "everything"):
        answer = person.get(f"/cases/{shown.case}?view={wanted}")
        assert code(answer, 400) == "wrong-use"
        assert "resident, agent, clerk" in answer.json()["detail"]


def test_another_person_sees_nothing_of_a_case_whatever_view_they_ask_for(
    client: TestClient[Any], refused: tuple[Resident, CaseView]
) -> None:
    other = Resident(client, YOUNG)
    other.sign_in()
    for path in ("", "/explanation", "/archive", "/consents/spouse%231"):
        for wanted in ("", "?view=clerk"):
            assert code(other.get(f"/cases/{refused[1].case}{path}{wanted}"), 404) == "not-found"
    assert code(other.get(f"/ledger/cases/{refused[1].case}/masked"), 404) == "not-found"


def test_entries_about_the_applicant_are_whole_for_all_who_may_see_the_case(
    refused: tuple[Resident, CaseView],
) -> None:
    person, shown = refused
    whole = msgspec.json.decode(person.get(f"/ledger/cases/{shown.case}").content, type=list[EntryProof])
    clerk = msgspec.json.decode(person.get(f"/ledger/cases/{shown.case}?view=clerk").content, type=list[EntryProof])
    assert {proof.leaf for proof in whole} == {proof.leaf for proof in clerk}
    assert person.get(f"/ledger/cases/{shown.case}/masked?view=clerk").json() == []


def test_a_case_file_is_there_once_the_case_is_over(client: TestClient[Any]) -> None:
    person = Resident(client, OLD)
    person.sign_in()
    draft, openings = person.apply("old-age-allowance")
    assert code(person.get(f"/cases/{draft.case}/archive"), 409) == "not-in-this-state"
    shown = person.authorise(draft, openings)
    file = msgspec.json.decode(person.get(f"/cases/{shown.case}/archive").content, type=CaseFile)
    assert {"decision.jws", "plan.json", "steps.json"} <= file.files.keys()
