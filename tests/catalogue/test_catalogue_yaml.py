"""YAML of packs: few kinds of value, and the place of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.catalogue.place import Mark
from mianzheng.catalogue.yaml import Document, read


def document(text: str) -> Document:
    found, faults = read(text, "pack.yaml")
    assert faults == ()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("yes", "yes"),
        ("no", "no"),
        ("True", "True"),
        ("12", 12),
        ("-3", -3),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("高龄津贴", "高龄津贴"),
    ],
)
def test_a_scalar_is_null_truth_whole_number_or_text(text: str, value: object) -> None:
    assert document(f"a: {text}\n").value == {"a": value}


def test_keys_are_always_text() -> None:
    assert document("{1: 男性, true: 女性, 01: 其他}").value == {"1": "男性", "true": "女性", "01": "其他"}


def test_values_and_keys_have_their_place() -> None:
    found = document("名: 高龄\nb:\n  - c: 1\n    d: [x, 中文, y]\n")
    assert found.mark(("名",)) == Mark(1, 4)
    assert found.mark(("b", 0, "d", 2)) == Mark(4, 16)
    assert found.key_mark(("b", 0, "d")) == Mark(4, 5)
    assert found.mark(("b", 0, "no", "such")) == Mark(3, 5)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: &x 1", "yaml-anchor", (1, 4)),
        ("a: !!int 1", "yaml-tag", (1, 4)),
        ("a: ! 1", "yaml-tag", (1, 4)),
        ("a: b: c", "yaml-syntax", (1, 5)),
        ("a: 1\nb: 2\na: 3", "yaml-duplicate", (3, 1)),
        ("a: {b: 1, b: 2}", "yaml-duplicate", (1, 11)),
        ("<<: {a: 1}", "yaml-merge", (1, 1)),
        ("[a, b]: 1", "yaml-key", (1, 1)),
        ("a: 1\n---\nb: 2", "yaml-documents", (2, 1)),
        ("# nothing\n", "yaml-empty", (1, 1)),
        ("a: 12345678901234567890", "yaml-number", (1, 4)),
        ("a: [1", "yaml-syntax", (2, 1)),
        ("中: 文\x00", "yaml-syntax", (1, 5)),
        ("[" * 40 + "]" * 40, "yaml-depth", (1, 26)),
        ("a: " + "x" * 1_000_001, "yaml-size", (1, 1)),
    ],
)
def test_what_a_pack_may_not_use_is_a_fault_with_its_place(text: str, code: str, place: tuple[int, int]) -> None:
    _, faults = read(text, "pack.yaml")
    assert [(fault.code, fault.line, fault.column) for fault in faults][:1] == [(code, *place)]


def test_an_alias_is_a_fault_beside_its_anchor() -> None:
    _, faults = read("a: &x 1\nb: *x\n", "pack.yaml")
    assert [(fault.code, fault.line, fault.column) for fault in faults] == [
        ("yaml-anchor", 1, 4),
        ("yaml-alias", 2, 4),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "place"),
    [
        ("rule: a and b", 1, 7, (1, 13)),
        ("rule: 'a = ''x'' and b'", 1, 13, (1, 22)),
        ('rule: "a = \\"x\\" and b"', 1, 13, (1, 22)),
        ("rule: >-\n  a\n  and b", 1, 7, (3, 7)),
        ("rule: |\n  a\n    and b", 2, 7, (3, 9)),
        ("rule: a\n  and b", 1, 7, (2, 7)),
        ("rule: 'a\n\n  and b'", 2, 5, (3, 7)),
        ("rule: > # why\n  a and b", 1, 7, (2, 9)),
        ("rule: 中文 = b", 1, 6, (1, 12)),
        ("rule: a", 1, 2, (1, 8)),
        ("rule: ''", 1, 1, (1, 7)),
        ("rule: >2\n  a\r\n  b", 1, 3, (3, 3)),
    ],
)
def test_a_place_inside_a_text_is_led_back_to_the_file(
    text: str, line: int, column: int, place: tuple[int, int]
) -> None:
    assert document(text).inside(("rule",), line=line, column=column) == Mark(*place)


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_faults(text: str) -> None:
    found, faults = read(text, "pack.yaml")
    assert found is not None or faults
    for fault in faults:
        assert fault.line >= 1
        assert fault.column >= 1


@given(st.text(alphabet="ab=1 ()\n", min_size=1, max_size=60), st.sampled_from(["|\n", ">\n"]))
def test_every_visible_character_of_a_block_has_its_place(text: str, style: str) -> None:
    lines = [line for line in text.split("\n") if line.strip()] or ["a"]
    source = f"rule: {style}" + "".join(f"   {line.lstrip()}\n" for line in lines)
    found = document(source)
    value = str(found.value["rule"])  # type: ignore[index]
    for offset, sign in enumerate(value):
        if sign.isspace():
            continue
        before = value[:offset]
        mark = found.inside(("rule",), line=before.count("\n") + 1, column=offset - (before.rfind("\n") + 1) + 1)
        assert found.places.lines[mark.line - 1][mark.column - 1] == sign
