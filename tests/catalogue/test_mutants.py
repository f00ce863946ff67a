"""Changed conditions: what is changed, what the examples notice, and that those of this city notice everything."""

from __future__ import annotations

import json

import pytest

from mianzheng.catalogue.load import load
from mianzheng.catalogue.mutants import changed, mutants
from mianzheng.catalogue.mutating import mutate
from mianzheng.cli.main import main
from mianzheng.cli.packs import REASONING
from tests.catalogue.small_packs import ITEM, SMALL
from tests.catalogue.test_real_packs import real


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("applicant.hukou.age >= 80", [">= to >", "80 to 79", "80 to 81"]),
        ("form.area <= 0.5", ["<= to <", "0.5 to 0.49", "0.5 to 0.51"]),
        ("form.months between 0 and 3", ["0 to 1", "3 to 2", "3 to 4"]),
        ("finding.a <> '12 < 3'", []),
        ("form.a < 12 months or form.b", ["< to <=", "12 to 11", "12 to 13"]),
        ("form.d = date '2016-01-01'", [f"date '2016-01-01' to date '{day}'" for day in ("2015-12-31", "2016-01-02")]),
        (
            "form.a = params.allowance_old",
            [f"params.allowance_old to (params.allowance_old {step})" for step in ("- 0.01", "+ 0.01")],
        ),
    ],
)  # fmt: skip
def test_a_rule_is_negated_made_strict_or_not_and_moved_by_a_step(rule: str, expected: list[str]) -> None:
    assert [change for change, _ in changed(rule, load(SMALL).params)] == ["negated", *expected]


def test_each_condition_is_dropped_and_the_others_stay() -> None:
    item = load(SMALL).items[0].item
    dropped = [one for one in mutants(item, {}) if one.change == "dropped"]
    assert [one.condition for one in dropped] == [condition.id for condition in item.conditions]
    assert all(len(one.item.conditions) == len(item.conditions) - 1 for one in dropped)


def test_a_change_that_no_example_notices_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "mutate", str(SMALL / ITEM), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["items"], found["changes"]) == (1, 14)
    assert [(one["condition"], one["change"]) for one in found["unnoticed"]] == [
        ("resident", "dropped"),
        ("no-cars", "2 to 1"),
    ]


def test_the_examples_of_this_city_notice_each_change_of_each_condition() -> None:
    catalogue = real().catalogue
    mutated = mutate(catalogue.items, catalogue, REASONING)
    assert mutated.items == len(catalogue.items) and mutated.changes > 10 * mutated.items
    assert [str(one) for one in mutated.unnoticed] == []
