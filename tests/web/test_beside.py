"""What else could be done in the same sitting: known answers may only take items away, and nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.model.case import CaseView
from mianzheng.model.guide import Guide, Happening
from mianzheng.model.text import Text
from tests.cases.hub_world import hub_world, run
from tests.cases.procedure_world import published
from tests.gateway.world import DRAWS, OLD, YOUNG
from tests.web.hub_client import Resident, code, hub

TWIN = "signed-allowance"  # rests on the same questions as the allowance
EIGHTY = Happening(
    id="father-eighty",
    name=Text("爸爸满 80 了", "Father turns 80"),
    hint=Text("高龄津贴", "Allowance"),
    items=("old-age-allowance", "family-aid"),
    effective=date(2024, 1, 1),
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    async def publish() -> None:
        async with hub_world() as here:
            await published(here, TWIN)

    run(publish())
    with hub() as served:
        library = served.app.state.hub.library
        before, library.guide = library.guide, Guide(happenings=(EIGHTY,))
        yield served
        library.guide = before


def ran(client: TestClient[Any], number: str, item: str) -> tuple[Resident, CaseView]:
    person = Resident(client, number)
    person.sign_in()
    return person, person.run(item)


def beside(person: Resident, shown: CaseView) -> dict[str, dict[str, Any]]:
    answer = person.get(f"/cases/{shown.case}/beside")
    assert answer.status_code == 200, answer.text
    return {one["item"]: one for one in answer.json()}


def test_what_an_answer_speaks_for_is_named_with_how_much_of_it_holds(client: TestClient[Any]) -> None:
    found = beside(*ran(client, OLD, "old-age-allowance"))
    assert "old-age-allowance" not in found
    assert (found[TWIN]["met"], found[TWIN]["conditions"]) == (4, 4)
    assert 0 < found["family-aid"]["met"] < found["family-aid"]["conditions"]


def test_what_belongs_to_the_same_life_event_comes_first_and_all_else_is_met_already(client: TestClient[Any]) -> None:
    first, *others = beside(*ran(client, OLD, "old-age-allowance")).values()
    assert first["item"] == "family-aid"
    assert others and all(one["met"] == one["conditions"] for one in others)


def test_an_item_that_an_answer_contradicts_is_left_out(client: TestClient[Any]) -> None:
    found = beside(*ran(client, YOUNG, "old-age-allowance"))
    assert TWIN not in found and "family-aid" in found


def test_an_item_for_bodies_is_not_for_a_person(client: TestClient[Any]) -> None:
    assert "good-standing" not in beside(*ran(client, OLD, "old-age-allowance"))


def test_a_special_answer_changes_nothing_that_a_clerk_reads(client: TestClient[Any]) -> None:
    assert beside(*ran(client, DRAWS, "clean-record")) == {}


def test_no_register_is_asked_for_it(client: TestClient[Any]) -> None:
    person, shown = ran(client, OLD, "old-age-allowance")
    before = len(client.app.state.hub.peers.sent)
    beside(person, shown)
    assert len(client.app.state.hub.peers.sent) == before


def test_it_is_read_of_ones_own_case_only(client: TestClient[Any]) -> None:
    _, shown = ran(client, OLD, "old-age-allowance")
    other = Resident(client, YOUNG)
    other.sign_in()
    assert code(other.get(f"/cases/{shown.case}/beside"), 404) == "not-found"
