"""The oracle and people beside the applicant: links, sets of none or one, folds over many, relations, choices."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import duckdb
import msgspec
import pytest

from mianzheng.city.oracle.rows import Stated
from mianzheng.city.people import outcomes
from mianzheng.city.truth import create_tables
from mianzheng.model.facts import Absence, FactCatalogue, KeyColumn, Link
from mianzheng.model.item import Condition, Item, Role
from mianzheng.model.text import Text
from tests.city.conftest import packs
from tests.city.test_oracle_meaning import AS_OF, NO, SOURCE, UNKNOWN, YES, register

Rows = list[tuple[str, dict[str, object]]]  # subject and what its row holds
NAME = Text("某", "someone")


def link(where: str, *, kind: str = "", column: str = "other", most: int = 20) -> Link:
    return Link(label=NAME, to="person", key=KeyColumn(column=column), where=where, kind=kind, most=most)


@cache
def catalogue() -> FactCatalogue:
    bond = msgspec.structs.replace(
        register("bond", "one", Absence.OPEN), links={"spouse": link("bond.state = 'a'", most=1)}
    )
    kin = msgspec.structs.replace(
        register("kin", "many", Absence.CLOSED_HERE),
        links={"all": link("kin.flag = true", kind="state"), "kids": link("kin.state = 'b' and kin.flag = true")},
    )
    own = register("own", "one", Absence.CLOSED_NATIONWIDE)
    return msgspec.structs.replace(packs().facts, registers={"bond": bond, "kin": kin, "own": own})


ROLES = {
    "applicant": Role(kind="person", label=NAME),
    "spouse": Role(kind="person", label=NAME, link="applicant.bond.spouse", optional=True),
    "kids": Role(kind="person", label=NAME, link="applicant.kin.kids", many=True),
}
PARTNER = {"partner": Role(kind="person", label=NAME, link="applicant.bond.spouse")}
CHILD = {"child": Role(kind="person", label=NAME, link="one of applicant.kin.kids")}


def ask(
    rule: str, roles: dict[str, Role] | None = None, scope: Literal["here", "country"] = "here", **rows: Rows
) -> list[tuple[str, ...]]:
    """Return the outcome, and what was chosen, of each case of one person, whose number is 1."""
    some = packs().items["old-age-allowance"]
    condition = Condition(id="c", rule=rule, otherwise=NAME, reference=SOURCE, scope=scope)
    outcome = msgspec.structs.replace(some.outcome, claims={}, pay=None)
    everyone = ROLES if roles is None else {"applicant": ROLES["applicant"], **roles}
    item: Item = msgspec.structs.replace(some, conditions=(condition,), outcome=outcome, roles=everyone)
    connection = duckdb.connect()
    create_tables(connection, catalogue().registers.values())
    connection.execute("INSERT INTO _people VALUES ('1', 'x', 'person')")
    for name, listed in rows.items():
        for subject, row in listed:
            columns = ", ".join(["subject", *(f'"{fact}"' for fact in row)])
            marks = ", ".join("?" * (len(row) + 1))
            connection.execute(f"INSERT INTO {name} ({columns}) VALUES ({marks})", [subject, *row.values()])
    query, parameters = outcomes(item, catalogue(), Stated(as_of=AS_OF, params={}))
    return sorted((expect, *chosen) for _, _, expect, *chosen in connection.execute(query, parameters).fetchall())


def one(
    rule: str, roles: dict[str, Role] | None = None, scope: Literal["here", "country"] = "here", **rows: Rows
) -> str:
    [found] = ask(rule, roles, scope, **rows)
    return found[0]


def kid(number: str | None, *, state: str = "b", flag: bool | None = True) -> tuple[str, dict[str, object]]:
    return "1", {"state": state, "flag": flag, "all": number, "kids": number}


def wed(number: str | None, state: str | None = "a") -> Rows:
    return [("1", {"state": state, "spouse": number})]


def owns(number: str, state: str = "a") -> tuple[str, dict[str, object]]:
    return number, {"state": state, "sum": 5}


IS_A = "has(spouse, spouse.own.state = 'a')"
ALL_A = "every(spouse, spouse.own.state = 'a')"


def test_a_spouse_is_a_set_of_none_or_one() -> None:
    assert one(IS_A, bond=wed("2"), own=[owns("2")]) == YES
    assert one(IS_A, bond=wed("2"), own=[owns("2", "b")]) == NO
    assert one(IS_A, bond=wed("2", "b")) == NO
    assert one(ALL_A, bond=wed("2", "b")) == YES
    assert one(ALL_A, bond=wed("2"), own=[owns("2", "b")]) == NO


def test_who_is_married_elsewhere_or_not_known_to_be_is_neither() -> None:
    assert one(IS_A) == UNKNOWN
    assert one(ALL_A) == UNKNOWN
    assert one(IS_A, bond=wed("2", None), own=[owns("2")]) == UNKNOWN
    assert one(ALL_A, bond=wed(None)) == UNKNOWN


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ("count(kids) = 2", YES),
        ("count(kids) = 3", NO),
        ("count(kids, kids.own.state = 'a') = 1", YES),
        ("every(kids, kids.own.state = 'a')", NO),
        ("total(kids, kids.own.sum) = 10", YES),
        ("highest(kids, kids.own.sum) > 5", NO),
    ],
)
def test_the_people_of_a_link_are_folded(rule: str, outcome: str) -> None:
    kin = [kid("2"), kid("3"), kid("4", flag=False), kid("5", state="a")]
    assert one(rule, kin=kin, own=[owns("2"), owns("3", "b"), owns("4"), owns("5")]) == outcome


def test_a_row_that_may_lead_to_one_more_person_leaves_a_count_open() -> None:
    kin = [kid("2"), kid("3", flag=None)]
    assert one("count(kids) >= 1", kin=kin) == YES
    assert one("count(kids) >= 2", kin=kin) == UNKNOWN
    assert one("count(kids) >= 3", kin=kin) == NO
    assert one("count(kids) = 0") == YES


def test_a_person_stands_once_in_a_set_however_many_rows_lead_there() -> None:
    assert one("count(kids) = 1", kin=[kid("2"), kid("2")]) == YES


def test_a_required_role_that_the_link_does_not_reach_makes_what_rests_on_it_unknown() -> None:
    assert one("partner.own.state = 'a'", PARTNER, bond=wed("2"), own=[owns("2")]) == YES
    assert one("partner.own.flag = false", PARTNER, bond=wed("2")) == YES
    assert one("partner.own.flag = false", PARTNER, bond=wed("2", "b")) == UNKNOWN
    assert one("partner.own.flag = false", PARTNER) == UNKNOWN
    assert one("not exists(partner.own)", PARTNER) == UNKNOWN


def test_each_choice_is_a_case_of_its_own() -> None:
    found = ask("child.own.state = 'a'", CHILD, kin=[kid("2"), kid("3")], own=[owns("2"), owns("3", "b")])
    assert found == [(YES, "2"), (NO, "3")]
    assert ask("child.own.state = 'a'", CHILD) == []


def test_a_relation_is_read_from_the_rows_of_the_first() -> None:
    assert ask("relation(applicant, child) = 'b'", CHILD, kin=[kid("2")]) == [(YES, "2")]
    assert ask("relation(applicant, child) in ('a')", CHILD, kin=[kid("2")]) == [(NO, "2")]
    assert ask("relation(child, applicant) in ('a')", CHILD, kin=[kid("2")]) == [(NO, "2")]
    back = ("2", {"state": "a", "flag": True, "all": "1"})
    assert ask("relation(child, applicant) in ('a')", CHILD, kin=[kid("2"), back]) == [(YES, "2")]


def test_a_link_compared_with_a_role_is_whether_some_row_leads_there() -> None:
    assert ask("applicant.bond.spouse = child", CHILD, kin=[kid("2"), kid("3")], bond=wed("3")) == [
        (YES, "3"),
        (NO, "2"),
    ]
    assert one("applicant.bond.spouse = child", CHILD, kin=[kid("2")], bond=wed("2", "b")) == NO
    assert one("not applicant.bond.spouse = child", CHILD, kin=[kid("2")]) == UNKNOWN


def test_ages_of_others_count_from_the_cases_day() -> None:
    kin = [kid("2"), kid("3")]
    own: Rows = [("2", {"day": date(2008, 3, 1)}), ("3", {"day": date(2008, 3, 2)})]
    assert one("count(kids, kids.own.age >= 18) = 1", kin=kin, own=own) == YES


def test_a_link_may_stand_among_conditions_on_one_row() -> None:
    kin = [kid("2"), kid("3", state="a"), kid("4", flag=None)]
    rule = "has(applicant.kin, kids = child and state = 'b')"
    assert ask(rule, CHILD, kin=kin[:2]) == [(YES, "2")]
    back: Rows = [("2", {"state": "a", "flag": True, "all": "1", "sum": 7}), ("2", {"state": "a", "flag": True})]
    assert ask("has(child.kin, all = applicant and sum > 6)", CHILD, kin=[kid("2"), *back]) == [(YES, "2")]
    assert ask("has(child.kin, all = applicant and sum > 7)", CHILD, kin=[kid("2"), back[0]]) == [(NO, "2")]
    assert ask("has(child.kin, all = applicant and sum > 7)", CHILD, kin=[kid("2"), *back]) == [(UNKNOWN, "2")]
    assert one("has(kids, has(kids.kin, all = applicant and sum > 6))", kin=[kid("2"), *back]) == YES
    assert one("has(applicant.kin, all = partner)", PARTNER, kin=[kid("2")], bond=wed("2")) == YES
    assert one("has(applicant.kin, all = partner)", PARTNER, kin=[kid("2")]) == UNKNOWN


def test_of_a_role_of_one_whoever_is_there_is_all_of_them_wherever_other_rows_may_lie() -> None:
    partner = {"partner": msgspec.structs.replace(PARTNER["partner"], link="applicant.kin.kids", optional=True)}
    rule = "every(partner, partner.own.state = 'a')"
    assert one(rule, partner, "country", kin=[kid("2")], own=[owns("2")]) == YES
    assert one(rule, partner, "country", kin=[kid("2"), kid("3", flag=None)], own=[owns("2")]) == UNKNOWN
    assert one(rule, partner, "country", own=[owns("2")]) == UNKNOWN
    many = {"partner": msgspec.structs.replace(partner["partner"], optional=False, many=True)}
    assert one(rule, many, "country", kin=[kid("2")], own=[owns("2")]) == UNKNOWN
