"""`like: N` in examples: an earlier one with changes, written out when the file is read."""

from __future__ import annotations

from typing import Any

import pytest

from mianzheng.catalogue.alike import written_out
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.yaml import read

FIRST = """
examples:
  - name: {zh: 一, en: one}
    as_of: 2026-03-02
    given: {applicant.hukou.age: 81, applicant.hukou.name: 甲, spouse.hukou.age: 80}
    rows: {applicant.car: [{status: 正常, year: 2020}]}
    absent: [applicant.shop]
    unavailable: [applicant.pension]
    people: {members: 2, child: none}
    form: {months: 3, way: 银行}
    expect: granted
    amount: "100"
"""


def whole(later: str, first: str = FIRST) -> tuple[dict[str, Any], list[str]]:
    """Return the second example written out, and what was found wrong."""
    document, faults = read(f"{first}  - {later}\n", "x.yaml")
    assert document is not None and not faults
    found = Findings(document)
    value = written_out(document, found).value
    assert isinstance(value, dict)
    return value["examples"][1], [f"{fault.line}: {fault.code}" for fault in found.faults]


@pytest.mark.parametrize(
    ("later", "changed"),
    [
        ("{like: 1, expect: refused}", {}),
        ("{like: 1, expect: refused, as_of: 2026-03-03}", {"as_of": "2026-03-03"}),
        ("{like: 1, expect: refused, form: {months: null}}", {"form": {"way": "银行"}}),
        (
            "{like: 1, expect: refused, given: {applicant.hukou.age: 79}}",
            {"given": {"applicant.hukou.age": 79, "applicant.hukou.name": "甲", "spouse.hukou.age": 80}},
        ),
        (
            "{like: 1, expect: refused, given: {applicant.car.year: 1999}}",
            {"rows": {"applicant.car": [{"status": "正常", "year": 1999}]}},
        ),
        (
            "{like: 1, expect: refused, rows: {applicant.shop: [{kind: 店}]}}",
            {"rows": {"applicant.car": [{"status": "正常", "year": 2020}], "applicant.shop": [{"kind": "店"}]},
             "absent": None},
        ),
        (
            "{like: 1, expect: refused, absent: [applicant.hukou, applicant.pension]}",
            {"given": {"spouse.hukou.age": 80}, "unavailable": None,
             "absent": ["applicant.shop", "applicant.hukou", "applicant.pension"]},
        ),
        (
            "{like: 1, expect: refused, people: {spouse: none}}",
            {"given": {"applicant.hukou.age": 81, "applicant.hukou.name": "甲"},
             "people": {"members": 2, "child": "none", "spouse": "none"}},
        ),
        (
            "{like: 1, expect: refused, absent: [child.hukou]}",
            {"people": {"members": 2}, "absent": ["applicant.shop", "child.hukou"]},
        ),
    ],
)  # fmt: skip
def test_a_later_example_is_the_earlier_one_but_for_what_it_says(later: str, changed: dict[str, Any]) -> None:
    first, _ = whole("{like: 1, expect: refused}")
    expected = {name: value for name, value in (first | changed).items() if value is not None}
    assert whole(later) == (expected, [])


def test_name_outcome_and_amount_are_never_taken_over() -> None:
    assert not {"name", "amount"} & set(whole("{like: 1, expect: refused}")[0])


@pytest.mark.parametrize("number", ["2", "0", "one", "true"])
def test_an_example_is_like_an_earlier_one_only(number: str) -> None:
    assert whole(f"{{like: {number}, expect: refused}}") == ({"expect": "refused"}, ["13: example-like"])


def test_what_is_no_example_is_left_to_the_check_of_shapes() -> None:
    assert whole("{like: 1, given: 7}") == ({"given": 7}, [])
