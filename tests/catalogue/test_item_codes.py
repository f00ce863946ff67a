"""Codes of items (GB/T 39554.1) and bodies (GB 32100): worked and published examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from stdnum.cn import uscc

from mianzheng.catalogue.load import check
from mianzheng.model.errors import WrongUse
from mianzheng.model.item_codes import (
    KIND_CODES,
    basic_code,
    handling_code,
    implementing_code,
    is_basic_code,
    is_department_number,
    is_uscc,
)
from tests.catalogue.small_packs import DEPARTMENT, ITEM, bent

BODY = "11331082X00000019P"


PUBLISHED = (
    "11370800MB28559184",
    "91350100M000100Y43",
    "11100000000013338W",
    "11100000MB03271699",
    "11430000006122244L",
)


@pytest.mark.parametrize("code", [BODY, "91331082X00000027A", *PUBLISHED])
def test_a_uscc_has_its_check_digits(code: str) -> None:
    assert is_uscc(code)


@pytest.mark.parametrize("code", ["91350100M000100Y4Z", "11331082X00000019Q", BODY.lower(), f" {BODY}", BODY[:-1], ""])
def test_what_is_no_uscc_is_told(code: str) -> None:
    assert not is_uscc(code)


def test_the_check_digit_of_the_body_inside_is_looked_at_too() -> None:
    wrong_inside = "11331082X00000018"  # the body's code is X0000001-9
    assert not is_uscc(wrong_inside + uscc.calc_check_digit(wrong_inside))


def test_kinds_have_the_codes_of_gb_t_39046() -> None:
    """Table of annex A, as it was read: 01 许可, 05 给付, 07 确认, 08 奖励, 09 裁决, 10 其他, 20 公共服务."""
    assert [basic_code("33", kind, "11", "001")[2:4] for kind in KIND_CODES] == [
        "01",
        "05",
        "07",
        "08",
        "09",
        "10",
        "20",
    ]
    assert is_basic_code("330511A0B00C") and not is_basic_code("330211001000")  # 02 处罚 is asked for by nobody


def test_a_code_is_made_of_its_parts_and_grows_by_body_and_way_of_handling() -> None:
    basic = basic_code("33", "行政给付", "11", "001", "002")
    assert basic == "330511001002"
    assert implementing_code(BODY, basic) == "11331082X00000019P4330511001002"
    assert handling_code(BODY, basic, 1) == "11331082X00000019P433051100100201"


def test_a_published_code_of_another_province_has_the_form() -> None:
    assert implementing_code("11370800MB28559184", "370117002011", "3") == "11370800MB285591843370117002011"


@pytest.mark.parametrize("code", ["330511001O02", "331111001002", "330511000000", "33051100100", "33O511001002"])
def test_another_form_is_no_code(code: str) -> None:
    assert not is_basic_code(code)
    with pytest.raises(WrongUse):
        implementing_code(BODY, code)


def test_the_number_of_a_department_has_two_digits() -> None:
    assert [text for text in ("01", "42", "00", "1", "A1", "001") if is_department_number(text)] == ["01", "42"]


def test_a_second_item_with_a_code_is_a_fault_whatever_its_kind(tmp_path: Path) -> None:
    root = bent(tmp_path, DEPARTMENT, "short:", "short:")
    text = (root / ITEM).read_text(encoding="utf-8").replace("item: old-age", "item: very-old")
    other = text.replace("kind: 行政给付", "kind: 公共服务").replace("330502001000", "332002001000")
    (root / ITEM).with_stem("very-old").write_text(other, encoding="utf-8")
    assert [(Path(fault.file).stem, fault.code) for fault in check(root).faults] == [("very-old", "code-twice")]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("330602001000", "06 in places 3 to 4 is no kind: 01 行政许可"),
        ("33050200100", "it has 11 places, not 12"),
        ("330502000000", "the main item 000 is none"),
        ("3305020O1000", "0O1 in places 7 to 9 is no main item"),
    ],
)
def test_the_fault_of_a_code_says_which_part_is_wrong(code: str, said: str, tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, 'code: "330502001000"', f'code: "{code}"')
    (fault,) = check(root).faults
    assert fault.code == "item-code" and said in fault.message
