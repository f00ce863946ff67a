"""Identifiers of electronic certificates (GB/T 36904): real ones from public code, and a worked one."""

from __future__ import annotations

import pytest

from mianzheng.credentials.licence import Licence, licence, metadata, read_licence
from mianzheng.model.errors import WrongUse

BODY = "11331082X00000019P"
WORKED = "1.2.156.3005.2.11331082X00000019P001.11331082X00000019P.20260000000000000001.001.3"
REAL = (
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
)


def test_the_worked_identifier_is_made() -> None:
    assert str(licence(body=BODY, sequence="001", serial="20260000000000000001")) == WORKED


@pytest.mark.parametrize("text", [WORKED, *REAL])
def test_an_identifier_is_read_back(text: str) -> None:
    found = read_licence(text)
    assert found is not None and str(found) == text and (found.issuer, found.version) == (text.split(".")[6], "001")


@pytest.mark.parametrize("text", ["", WORKED[:-1] + "4", WORKED.replace("2026", "2025"), WORKED.lower(), WORKED + "\n"])
def test_a_wrong_check_or_form_is_no_identifier(text: str) -> None:
    assert read_licence(text) is None


@pytest.mark.parametrize(("body", "serial"), [(BODY, "2026"), (BODY, "2026-0000001"), (BODY[:-1] + "Q", "20260000001")])
def test_wrong_parts_make_none(body: str, serial: str) -> None:
    with pytest.raises(WrongUse):
        licence(body=body, sequence="001", serial=serial)


def test_metadata_say_what_was_disclosed_and_nothing_else() -> None:
    shown = {"licence": WORKED, "credential": {"zh": "高龄津贴资格证明", "en": "…"}, "number": "91331082X00000027A"}
    found = metadata(shown, issued=1_772_380_800, ends=None, status="有效")
    assert found["证照编号"] == "20260000000000000001" and found["证照类型代码"] == f"{BODY}001"
    assert (found["证照颁发日期"], found["持证主体代码类型代码"]) == ("2026-03-02", "001")
    assert not {"持证主体", "证照有效期截止日期"} & found.keys()
    assert metadata({"number": "331082198001011234"}, issued=0, ends=0, status="未知")["持证主体代码类型代码"] == "111"


def test_an_identifier_with_a_lost_part_is_another() -> None:
    assert str(Licence(type=f"{BODY}001", issuer=BODY, serial="20260000000000000001", version="002")) != WORKED
