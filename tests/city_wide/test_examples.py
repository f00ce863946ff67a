"""Every item's examples, reproduced through real gateways over HTTP from rows in real registers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mianzheng.model.item import needs_consent
from tests.city_wide.example_world import Came, ExampleWorld, Result, expected_of, holds
from tests.core_packs import ITEMS, core_catalogue, core_packs


@pytest.fixture(scope="module")
def results() -> Iterator[list[Result]]:
    """Return what each example came to."""
    folder = Path(tempfile.mkdtemp(prefix="mianzheng-examples-"))
    folder.chmod(0o755)  # the embedded server runs as another user when we are root
    world = ExampleWorld(folder, core_packs(), core_catalogue())
    try:
        yield world.run_all()
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("item", ITEMS)
def test_every_example_of_the_item_comes_out_as_its_author_says(results: list[Result], item: str) -> None:
    own = [one for one in results if one.told.compiled.item.item == item]
    assert own
    assert [differs for one in own if (differs := difference(one, expected_of(one.told.example)))] == []


@pytest.mark.parametrize("item", ITEMS)
def test_the_handling_gateway_decides_the_same_once_its_officer_signed_where_one_must(
    results: list[Result], item: str
) -> None:
    own = [one for one in results if one.told.compiled.item.item == item]
    assert [(one.told.example.name.en, one.word) for one in own] == [(one.told.example.name.en, one.due) for one in own]


def test_every_linked_role_is_reached_and_every_adult_who_must_sign_did(results: list[Result]) -> None:
    for compiled in {one.told.compiled.item.item: one.told.compiled for one in results}.values():
        own = [one for one in results if one.told.compiled.item.item == compiled.item.item]
        linked = {role for role, declared in compiled.item.roles.items() if declared.link}
        assert {role.partition("#")[0] for one in own for role in one.reached} == linked, compiled.item.item
        consenting = {role for role in linked if needs_consent(compiled.item, role)}
        assert {role.partition("#")[0] for one in own for role in one.consented} == consenting, compiled.item.item


def test_a_household_reaches_the_applicant_too_under_their_own_number(results: list[Result]) -> None:
    own = [one for one in results for label in one.reached if one.told.numbers.get(label) == one.told.number]
    assert {one.told.compiled.item.item for one in own} == {"ag-homestead", "subsistence-allowance"}


def test_nothing_that_an_officer_signs_is_decided_without_them(results: list[Result]) -> None:
    unsigned = {one.unsigned.partition(" ")[0] for one in results if one.unsigned}
    assert unsigned == {"decision-needs-officer", "refusal-needs-officer"}


def test_another_expectation_than_the_authors_fails(results: list[Result]) -> None:
    for one in results:
        expected = expected_of(one.told.example)
        for other in (
            msgspec.structs.replace(expected, decision="refused" if expected.decision != "refused" else "granted"),
            msgspec.structs.replace(expected, reasons=(*expected.reasons, "another")),
            msgspec.structs.replace(expected, undecided=(*expected.undecided, "another")),
            msgspec.structs.replace(expected, amount=(expected.amount or Decimal(0)) + 1),
        ):
            assert difference(one, other)


def difference(one: Result, expected: Came) -> str:
    """What differs from an expectation, in words; "" when nothing does."""
    return "" if holds(one.came, expected) else f"{one.told.example.name.en}: expected {expected}, came {one.came}"
