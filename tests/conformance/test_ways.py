"""How those who are played come: enough of each way, and nobody in a way that the law does not leave open."""

from __future__ import annotations

from collections import Counter
from datetime import date

import duckdb
import msgspec
import pytest

from mianzheng.city.truth import TROUBLES
from mianzheng.conformance.wanted import Outcome, Wanted
from mianzheng.conformance.ways import Company, company, with_ways
from mianzheng.model.item import Item
from tests.core_packs import core_catalogue

ITEMS = {one.item.item: one.item for one in core_catalogue().items}
TODAY = date(2026, 11, 30)
PEOPLE = {f"p{number}": f"name {number}" for number in range(60)}


def wanted(item: Item, resident: str, expect: Outcome = "granted") -> Wanted:
    truth = {"granted": True, "refused": False, "undecided": None}[expect]
    return Wanted(
        item=item.item,
        department=item.department,
        resident=resident,
        name="",
        choose={},
        form={},
        findings={},
        conditions={"one": truth},
        before={"one": truth},
        looked={"one": truth},
        computed=True,
        amount=None,
    )


def played(name: str, count: int = 40) -> list[Wanted]:
    return [wanted(ITEMS[name], f"p{number}") for number in range(count)]


def come(people: list[Wanted], *, faces: bool = True, represented: dict[str, str] | None = None) -> tuple[Wanted, ...]:
    return with_ways(people, ITEMS, Company(able=PEOPLE, represented=represented or {}), faces=faces)


def test_one_in_twenty_comes_by_mandate_and_one_in_twenty_to_a_window() -> None:
    assert Counter(one.way for one in come(played("old-age-allowance"))) == {"self": 36, "mandate": 2, "window": 2}


def test_nobody_is_their_own_agent() -> None:
    agents = [one for one in come(played("old-age-allowance")) if one.way == "mandate"]
    assert all(one.through in PEOPLE and one.through != one.resident for one in agents)


@pytest.mark.parametrize("name", ["id-card-replace", "nr-inheritance"])
def test_what_nobody_does_for_another_has_no_agent(name: str) -> None:
    assert "mandate" not in {one.way for one in come(played(name))}


def test_an_item_of_presence_three_takes_a_face_and_no_questions() -> None:
    assert ITEMS["senior-grant"].presence == 3
    assert {one.way for one in come(played("senior-grant"))} == {"self", "mandate", "face"}
    assert {one.way for one in come(played("senior-grant"), faces=False)} == {"self", "mandate"}


def test_of_each_item_of_bodies_one_case_is_the_legal_representatives_and_a_grant_if_there_is_one() -> None:
    refused = [wanted(ITEMS["mr-suspension"], body, "refused") for body in ("b1", "b2")]
    people = [*refused, wanted(ITEMS["mr-suspension"], "b3"), wanted(ITEMS["mr-suspension"], "b4")]
    found = come(people, represented=dict.fromkeys(("b1", "b3", "b4"), "p1"))
    assert [one.way for one in found] == ["self", "self", "representative", "self"]
    assert found[2].through == "p1"


def test_a_body_that_names_nobody_comes_with_its_own_key() -> None:
    assert come([wanted(ITEMS["mr-suspension"], "b1")])[0].way == "self"


def test_every_outcome_is_among_those_who_come_by_another() -> None:
    people = [
        wanted(ITEMS["old-age-allowance"], f"p{number}", ("granted", "refused", "undecided")[number // 20])  # type: ignore[arg-type]
        for number in range(60)
    ]
    assert {one.expect for one in come(people) if one.way == "mandate"} == {"granted", "refused", "undecided"}


def test_the_way_changes_nothing_of_what_must_come_out() -> None:
    people = played("old-age-allowance")
    bare = {"way": "self", "through": "", "through_name": ""}
    assert [msgspec.structs.replace(one, **bare) for one in come(people)] == people


@pytest.fixture
def truth() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE _people (resident VARCHAR, name VARCHAR, kind VARCHAR)")
    connection.execute("CREATE TABLE hukou (subject VARCHAR, status VARCHAR, birth_date DATE)")
    connection.execute("CREATE TABLE kinship (subject VARCHAR, relation VARCHAR)")
    connection.execute("CREATE TABLE enterprise (subject VARCHAR, legal_representative VARCHAR)")
    connection.execute(f"CREATE TABLE {TROUBLES} (subject VARCHAR)")
    connection.execute("INSERT INTO enterprise VALUES ('b1', 'adult'), ('b2', 'child'), ('b3', NULL)")
    for number, status, born in (
        ("adult", "正常", "1980-01-01"),
        ("eighteen", "正常", "2008-11-30"),
        ("child", "正常", "2008-12-01"),
        ("dead", "死亡注销", "1950-01-01"),
        ("ward", "正常", "1970-01-01"),
        ("dirty", "正常", "1970-01-01"),
    ):
        connection.execute("INSERT INTO _people VALUES (?, ?, 'person')", [number, number])
        connection.execute("INSERT INTO hukou VALUES (?, ?, ?)", [number, status, born])
    connection.execute("INSERT INTO kinship VALUES ('ward', '监护人')")
    connection.execute(f"INSERT INTO {TROUBLES} VALUES ('dirty')")
    return connection


def test_those_who_act_are_grown_up_alive_and_nobodys_ward(truth: duckdb.DuckDBPyConnection) -> None:
    found = company(truth, TODAY, salt="42")
    assert set(found.able) == {"adult", "eighteen"}
    assert found.represented == {"b1": "adult"}
