"""The oracle's three values: absence by class, NULL, many rows with bounds, dates (design/rules.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import msgspec
import pytest

from mianzheng.city.oracle.rows import Stated
from mianzheng.city.people import outcomes
from mianzheng.city.truth import create_tables
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Absence, Fact, FactCatalogue, Register, Sensitivity, Type
from mianzheng.model.item import Condition, Item, Reference
from mianzheng.model.text import Text
from tests.city.conftest import packs

AS_OF = date(2026, 3, 1)
SOURCE = Reference(text="none", verified=False)
YES, NO, UNKNOWN = "granted", "refused", "undecided"

FACTS: dict[str, dict[str, Any]] = {
    "state": {"type": Type.ENUM, "values": ("a", "b")},
    "flag": {"type": Type.BOOLEAN, "when_absent": False},
    "plain": {"type": Type.BOOLEAN},
    "count": {"type": Type.INTEGER, "when_absent": 0},
    "sum": {"type": Type.DECIMAL},
    "day": {"type": Type.DATE},
    "age": {"type": Type.INTEGER, "derive": {"age_of": "day"}},
    "months": {"type": Type.INTEGER, "derive": {"months_since": "day"}},
    "good": {"type": Type.BOOLEAN, "derive": {"expression": "state = 'a'"}},
}


def register(name: str, rows: str, absence: Absence, *, visible_when: str = "") -> Register:
    facts = {
        fact: {"label": {"zh": fact, "en": fact}, "sensitivity": Sensitivity.L2, **declared}
        for fact, declared in FACTS.items()
    }
    if absence not in (Absence.CLOSED_NATIONWIDE, Absence.CLOSED_HERE):
        facts = {fact: {k: v for k, v in declared.items() if k != "when_absent"} for fact, declared in facts.items()}
    columns = {fact: {"column": fact} for fact, declared in facts.items() if "derive" not in declared}
    known = packs().facts.registers["hukou"]
    source = {"table": name, "key": {"column": "id"}, "columns": columns, "visible_when": visible_when}
    return msgspec.structs.replace(
        known,
        register=name,
        rows=rows,
        absence=absence,
        facts=msgspec.convert(facts, dict[str, Fact]),
        source=msgspec.convert(source, type(known.source)),
    )


@cache
def catalogue() -> FactCatalogue:
    registers = {
        f"{prefix}_{rows}": register(f"{prefix}_{rows}", rows, absence)
        for rows in ("one", "many")
        for prefix, absence in (
            ("nation", Absence.CLOSED_NATIONWIDE),
            ("here", Absence.CLOSED_HERE),
            ("open", Absence.OPEN),
            ("fault", Absence.FAULT),
        )
    }
    registers["sealed"] = register("sealed", "one", Absence.CLOSED_NATIONWIDE, visible_when="plain = false")
    return msgspec.structs.replace(packs().facts, registers=registers)


@cache
def truth() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection, catalogue().registers.values())
    connection.execute("INSERT INTO _people VALUES ('1', 'x', 'person')")
    return connection


def ask(rule: str, scope: str = "country", **rows: list[dict[str, object]]) -> str:
    """Return what an item of one condition comes to for a person with these rows."""
    some = packs().items["old-age-allowance"]
    condition = Condition(id="c", rule=rule, otherwise=Text("否", "no"), reference=SOURCE, scope=scope)  # type: ignore[arg-type]
    outcome = msgspec.structs.replace(some.outcome, claims={}, pay=None)
    item: Item = msgspec.structs.replace(some, conditions=(condition,), outcome=outcome)
    connection = truth().cursor()
    connection.execute("BEGIN")
    for name, listed in rows.items():
        for row in listed:
            columns = ", ".join(["subject", *(f'"{fact}"' for fact in row)])
            marks = ", ".join("?" * (len(row) + 1))
            connection.execute(f"INSERT INTO {name} ({columns}) VALUES ({marks})", ["1", *row.values()])
    query, parameters = outcomes(item, catalogue(), Stated(as_of=AS_OF, params={}))
    found = connection.execute(query, parameters).fetchall()
    connection.execute("ROLLBACK")
    return str(found[0][2])


ABSENT = [
    ("p.{}.state = 'a'", NO),
    ("not (p.{}.state = 'a')", YES),
    ("p.{}.state <> 'a'", YES),
    ("p.{}.state in ('a', 'b')", NO),
    ("p.{}.state is null", YES),
    ("p.{}.state is distinct from 'a'", YES),
    ("p.{}.flag", NO),
    ("not p.{}.flag", YES),
    ("p.{}.flag = false", YES),
    ("p.{}.plain = false", NO),
    ("p.{}.count = 0", YES),
    ("p.{}.count + 1 < 2", YES),
    ("coalesce(p.{}.sum, 0) = 0", YES),
    ("p.{}.age < 200", NO),
    ("not (p.{}.age >= 18)", YES),
    ("p.{}.good", NO),
    ("exists(p.{})", NO),
]


@pytest.mark.parametrize(("rule", "result"), ABSENT)
def test_a_missing_row_of_a_closed_register_is_an_answer_where_the_scope_allows_it(rule: str, result: str) -> None:
    rule = rule.replace("p.", "applicant.")
    assert ask(rule.format("nation_one")) == result
    assert ask(rule.format("here_one"), "here") == result


@pytest.mark.parametrize("rule", [rule for rule, _ in ABSENT if not rule.startswith("exists")])
def test_a_missing_row_elsewhere_proves_nothing(rule: str) -> None:
    rule = rule.replace("p.", "applicant.")
    facts = catalogue().registers
    for name in ("open_one", "fault_one", "here_one"):
        assert facts[name].absence is not Absence.CLOSED_NATIONWIDE
        assert ask(rule.format(name)) == UNKNOWN, name


def test_exists_is_always_true_or_false() -> None:
    assert ask("exists(applicant.open_one)") == NO
    assert ask("exists(applicant.open_one)", open_one=[{}]) == YES


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        ("state = 'a'", UNKNOWN),
        ("not (state = 'a')", UNKNOWN),
        ("state is null", YES),
        ("state is distinct from 'a'", YES),
        ("coalesce(sum, 0) = 0", YES),
        ("state = 'a' or count is null", YES),
        ("state = 'a' and count is not null", NO),
        ("case when state = 'a' then 1 else 2 end = 2", UNKNOWN),
        ("case when count is null then 1 else 2 end = 1", YES),
    ],
)
def test_a_null_is_unknown_to_comparisons_and_known_to_is_null(rule: str, result: str) -> None:
    for fact in ("state", "count", "sum"):
        rule = rule.replace(f"{fact} ", f"applicant.open_one.{fact} ").replace(
            f"({fact},", f"(applicant.open_one.{fact},"
        )
    assert ask(rule, open_one=[{}]) == result


def row(state: str | None, amount: str | None = None) -> dict[str, object]:
    return {"state": state, "sum": None if amount is None else Decimal(amount)}


@pytest.mark.parametrize(
    ("rule", "rows", "result"),
    [
        ("has(applicant.nation_many, state = 'a')", [row("b"), row(None)], UNKNOWN),
        ("has(applicant.nation_many, state = 'a')", [row("a"), row(None)], YES),
        ("has(applicant.nation_many, state = 'a')", [], NO),
        ("every(applicant.nation_many, state = 'a')", [row("a"), row(None)], UNKNOWN),
        ("every(applicant.nation_many, state = 'a')", [row("b"), row(None)], NO),
        ("every(applicant.nation_many, state = 'a')", [], YES),
        ("count(applicant.nation_many, state = 'a') >= 1", [row("a"), row(None)], YES),
        ("count(applicant.nation_many, state = 'a') >= 2", [row("a"), row(None)], UNKNOWN),
        ("count(applicant.nation_many, state = 'a') >= 3", [row("a"), row(None)], NO),
        ("2 <= count(applicant.nation_many)", [row(None), row(None)], YES),
        ("total(applicant.nation_many.sum) <= 10", [row("a", "4"), row("b", "6")], YES),
        ("total(applicant.nation_many.sum, state = 'a') <= 9", [row("a", "4"), row(None, "6")], UNKNOWN),
        ("total(applicant.nation_many.sum, state = 'a') <= 10", [row("a", "4"), row(None, "6")], YES),
        ("total(applicant.nation_many.sum, state = 'a') >= 0", [row("a", None)], UNKNOWN),
        ("total(applicant.nation_many.sum) = 0", [], YES),
        ("lowest(applicant.nation_many.sum) < 5", [row("a", "4"), row("a", None)], YES),
        ("lowest(applicant.nation_many.sum) < 3", [row("a", "4"), row("a", None)], UNKNOWN),
        ("highest(applicant.nation_many.sum, state = 'a') > 3", [row("a", "4"), row(None, "9")], YES),
        ("highest(applicant.nation_many.sum, state = 'a') > 5", [row("a", "4"), row(None, "9")], UNKNOWN),
        ("highest(applicant.nation_many.sum) > 5", [], NO),
        ("highest(applicant.nation_many.sum) is null", [], YES),
    ],
)
def test_a_null_that_matters_leaves_an_aggregate_open(rule: str, rows: list[dict[str, object]], result: str) -> None:
    assert ask(rule, nation_many=rows) == result


@pytest.mark.parametrize("name", ["open_many", "here_many"])
def test_rows_that_may_lie_elsewhere_never_make_an_aggregate_certain(name: str) -> None:
    rows: dict[str, Any] = {name: [row("a", "4")]}
    assert ask(f"has(applicant.{name}, state = 'a')", **rows) == YES
    assert ask(f"has(applicant.{name}, state = 'b')", **rows) == UNKNOWN
    assert ask(f"count(applicant.{name}) >= 1", **rows) == YES
    assert ask(f"count(applicant.{name}) < 2", **rows) == UNKNOWN
    assert ask(f"total(applicant.{name}.sum) >= 0", **rows) == UNKNOWN
    assert ask("has(applicant.here_many, state = 'b')", "here", here_many=[row("a")]) == NO


def test_a_row_that_may_not_be_seen_is_a_missing_row() -> None:
    assert ask("applicant.sealed.state = 'a'", sealed=[{"state": "a", "plain": False}]) == YES
    assert ask("applicant.sealed.state = 'a'", sealed=[{"state": "a", "plain": True}]) == NO
    assert ask("exists(applicant.sealed)", sealed=[{"state": "a", "plain": None}]) == NO


def test_whole_years_and_months_are_clamped_to_the_months_end() -> None:
    assert ask("applicant.open_one.age >= 80", open_one=[{"day": date(1946, 3, 1)}]) == YES
    assert ask("applicant.open_one.age >= 80", open_one=[{"day": date(1946, 3, 2)}]) == NO
    leap: list[dict[str, object]] = [{"day": date(2024, 2, 29)}]
    assert ask("applicant.open_one.months = 24", open_one=leap) == YES
    assert ask("applicant.open_one.day <= today - 2 years", open_one=leap) == YES
    assert ask("applicant.open_one.day >= today - 25 months", open_one=leap) == YES


def test_a_rule_about_a_second_person_is_refused() -> None:
    with pytest.raises(WrongUse, match="speaks of spouse as of one person"):
        ask("spouse.open_one.state = 'a'")
