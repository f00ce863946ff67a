"""Values are fitted to structs, and every misfit is named at once with its place."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.catalogue.shape import did_you_mean, fit
from mianzheng.catalogue.yaml import read
from mianzheng.model.facts import Department, Fact
from mianzheng.model.item import Condition, ParamTable
from mianzheng.model.text import Fault


def faults(text: str, struct: type[msgspec.Struct]) -> list[tuple[str, int, int]]:
    return [(fault.code, fault.line, fault.column) for fault in whole_faults(text, struct)]


def whole_faults(text: str, struct: type[msgspec.Struct]) -> tuple[Fault, ...]:
    document, unread = read(text, "pack.yaml")
    assert document is not None
    assert unread == ()
    value, found = fit(document, struct)
    assert (value is None) == bool(found)
    return found


FACT = "label: {zh: 性别, en: sex}\ntype: enum\nsensitivity: L3\n"


def test_what_fits_becomes_a_struct() -> None:
    document, _ = read(FACT + "values: [男性, 女性]\n", "pack.yaml")
    assert document is not None
    value, found = fit(document, Fact)
    assert found == ()
    assert value is not None
    assert value.values == ("男性", "女性")


def test_an_unknown_key_is_named_with_the_key_it_may_have_been() -> None:
    (fault,) = whole_faults(FACT + "identifer: true\n", Fact)
    assert (fault.code, fault.line, fault.column) == ("unknown-key", 4, 1)
    assert fault.hint == "did you mean identifier?"


def test_all_misfits_are_named_at_once() -> None:
    text = "label: {zh: 性别, en: ''}\ntype: enmu\nsensitivity: 3\nvalues: 男性\nunit: 5\n"
    assert faults(text, Fact) == [
        ("empty-text", 1, 21),
        ("shape-type", 2, 7),
        ("shape-type", 3, 14),
        ("shape-type", 4, 9),
        ("shape-type", 5, 7),
    ]


def test_a_missing_key_is_named_at_the_table_that_lacks_it() -> None:
    text = "id: a\nrule: b\notherwise: {zh: 一}\nreference: {text: t, verified: false}\n"
    (fault,) = whole_faults(text, Condition)
    assert (fault.code, fault.line, fault.column) == ("missing-key", 3, 1)
    assert fault.message == "en is missing in otherwise"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("type: enmu", "did you mean enum?"),
        ("unit: 5", 'put it in quotes: "5"'),
        ("unit: true", 'put it in quotes: "true"'),
        ("sensitivity: [L3]", "one of: L1, L2, L3, L4"),
    ],
)
def test_a_misfit_says_what_to_write_instead(line: str, hint: str) -> None:
    name = line.split(":")[0]
    kept = "".join(f"{other}\n" for other in FACT.splitlines() if not other.startswith(name))
    (fault,) = whole_faults(f"{kept}{line}\n", Fact)
    assert fault.hint == hint


def test_the_place_in_a_list_of_tables_is_exact() -> None:
    text = (
        "param: p\nlabel: {zh: 一, en: one}\nowner: o\ntype: integer\nvalues:\n"
        "  - {effective: 2024-01-01, value: 1, reference: {text: t, verified: false}}\n"
        "  - {effective: 2024-13-01, value: [1], reference: {text: t, verified: no}}\n"
    )
    assert faults(text, ParamTable) == [("shape-type", 7, 17), ("shape-type", 7, 36), ("shape-type", 7, 72)]


@pytest.mark.parametrize("text", ["[]", "3", "text", "{a: {b: [c]}}", "department: [x]\nname: {zh: {}, en: 1}"])
def test_a_value_of_another_shape_is_a_fault(text: str) -> None:
    assert faults(text, Department)


def test_a_hint_lists_few_words_and_says_so_when_none_of_many_is_near() -> None:
    assert did_you_mean("zzz", ["a", "b"]) == "one of: a, b"
    assert did_you_mean("zzz", [f"word{n}" for n in range(20)]) == "check the spelling: none of the 20 known is near"
