"""The oracle: what it expects is what the packs' authors expect, and every item has its people."""

from __future__ import annotations

from datetime import date
from functools import cache

import duckdb
import pytest

from mianzheng.city import trouble
from mianzheng.city.oracle.rows import Stated
from mianzheng.city.people import Expected, everyone, example_forms, find, find_people, outcomes
from mianzheng.city.truth import create_tables
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Example, Item
from mianzheng.model.scalar import from_wire
from tests.city.conftest import RESIDENTS, TODAY, City, keyless, packs, troubled
from tests.city.example_truth import insert_example

ITEMS = sorted(packs().items)
# The enrolment of 2026 has ended and that of 2027 is not announced: only an officer can let somebody in.
NOT_NOW = ("resident-medical-enrolment",)


@cache
def empty_truth() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection, packs().facts.registers.values())
    return connection


def outcome(item: Item, example: Example, facts: FactCatalogue) -> str:
    """Return what the oracle says of a truth that holds nothing but the example."""
    connection = empty_truth().cursor()
    connection.execute("BEGIN")
    insert_example(connection, item, example, facts)
    stated = Stated(
        as_of=example.as_of,
        params=packs().params,
        forms={n: from_wire(item.form[n].type, wire) for n, wire in example.form.items() if wire is not None},
        findings={
            n: from_wire(item.findings[n].type, wire) for n, wire in example.findings.items() if wire is not None
        },
    )
    query, parameters = outcomes(item, facts, stated)
    found = connection.execute(query, parameters).fetchall()
    connection.execute("ROLLBACK")
    assert len(found) == 1
    return str(found[0][2])


@pytest.mark.parametrize("name", ITEMS)
def test_the_oracle_expects_of_an_items_examples_what_their_author_does(name: str) -> None:
    item = packs().items[name]
    answering = [example for example in item.examples if not example.unavailable]
    assert answering
    for example in answering:
        assert outcome(item, example, packs().facts) == example.expect, example.name.en


@pytest.mark.parametrize("name", ITEMS)
def test_every_item_has_somebody_to_grant_to_refuse_and_to_leave_open(city: City, name: str) -> None:
    item = packs().items[name]
    unseen = any(not example.findings for example in item.examples if example.expect == "granted")
    if unseen and name not in NOT_NOW:  # else an officer must look first, and nobody is granted without
        assert find_people(city.folder, name, "granted", as_of=TODAY, limit=1)
    assert find_people(city.folder, name, "refused", as_of=TODAY, limit=1)
    assert find_people(city.folder, name, "undecided", as_of=TODAY, limit=1)


def test_people_found_are_those_asked_for_in_an_order_of_their_own(city: City) -> None:
    found = find_people(city.folder, "old-age-allowance", "granted", as_of=TODAY)
    assert {person.expect for person in found} == {"granted"}
    assert found[:3] == find_people(city.folder, "old-age-allowance", "granted", as_of=TODAY, limit=3)
    assert [person for person in all_of_them(city) if person.expect == "granted"] == list(found)


def all_of_them(city: City, *, dirty: bool = False) -> tuple[Expected, ...]:
    return find_people(city.folder, "old-age-allowance", as_of=TODAY, dirty=dirty)


def test_who_has_dirty_rows_or_chose_somebody_who_has_is_found_only_when_asked_for(city: City) -> None:
    traps = troubled(city, *trouble.TRAPS, trouble.OF_THE_DEAD)
    everybody = all_of_them(city, dirty=True)
    assert len(everybody) == RESIDENTS - keyless(city)
    assert [one for one in everybody if one.resident not in traps] == list(all_of_them(city))
    item = next(one for one in packs().items.values() if any(role.chosen for role in one.roles.values()))
    chosen = find_people(city.folder, item.item, as_of=TODAY)
    assert chosen and not any(traps & {one.resident, *one.choose.values()} for one in chosen)


def test_who_turns_eighty_today_is_granted_and_was_refused_yesterday(city: City) -> None:
    today = {p.resident for p in find_people(city.folder, "old-age-allowance", "granted", as_of=TODAY)}
    before = {p.resident for p in find_people(city.folder, "old-age-allowance", "granted", as_of=date(2026, 11, 24))}
    birthday = {number for number in today if number[10:14] == "1125" and number[6:10] == "1946"}
    assert birthday
    assert birthday.isdisjoint(before)


def test_form_values_are_taken_from_the_examples_unless_given(city: City) -> None:
    refused = find(city.folder, "nr-registry-query", "refused", as_of=TODAY, limit=2)
    assert refused.people
    assert refused.form in example_forms(packs().items["nr-registry-query"], TODAY)
    granted = find(city.folder, "nr-registry-query", as_of=TODAY, forms={"purpose": "本人住房情况"})
    assert {person.expect for person in granted.people} == {"granted"}


def test_wrong_items_and_forms_are_named(city: City) -> None:
    with pytest.raises(NotFound, match="no item old-age"):
        find_people(city.folder, "old-age", as_of=TODAY)
    with pytest.raises(WrongUse, match="has no form field purpose"):
        find_people(city.folder, "old-age-allowance", as_of=TODAY, forms={"purpose": "x"})
    with pytest.raises(WrongUse, match="not in force"):
        find_people(city.folder, "old-age-allowance", as_of=date(2020, 1, 1))


def test_everyone_is_listed_by_number(city: City) -> None:
    numbers = [person.resident for person in everyone(city.folder).people]
    assert numbers == sorted(numbers)
    assert len(numbers) == RESIDENTS - keyless(city) + city.manifest.bodies


def test_those_planted_for_a_trap_are_listed_with_or_without_a_key(city: City) -> None:
    planted = everyone(city.folder, trap="no_key").people
    assert {person.resident for person in planted} == troubled(city, "no_key")
    assert planted and all(not person.name for person in planted)
    assert all(person.name for person in everyone(city.folder, trap="leap_day").people)
