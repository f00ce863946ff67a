"""Codes of service items 事项编码 (GB/T 39554.1-2020) and of the bodies that handle them (USCC, GB 32100-2015).

基本编码, 12 places: province (2), kind (2), main item (2 of the department, 3 of a sequence), sub-item (3, 000: none).
实施编码, 31: the USCC of the handling body, its level (4: county), the 12. 业务办理项编码, 33: the 31 and 2 more.
Sequences are of digits, then of letters without I, O, S, V, Z. The standard's text was not read here: the forms stand
as public implementations and published codes have them.
"""

from __future__ import annotations

import re

from stdnum.cn import uscc

from mianzheng.model.errors import WrongUse

KIND_CODES = {
    "行政许可": "01",
    "行政给付": "05",
    "行政确认": "07",
    "行政奖励": "08",
    "行政裁决": "09",
    "其他行政权力": "10",
    "公共服务": "20",
}
COUNTY = "4"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SIGN = "[0-9A-HJ-NP-RTUW-Y]"
_BASIC = re.compile(rf"[0-9]{{2}}({'|'.join(KIND_CODES.values())})[0-9A-Z]{{2}}{_SIGN}{{3}}{_SIGN}{{3}}\Z")
_PLACES = 12
_PARTS = (
    ("province", 0, 2, "[0-9]{2}"),
    (f"kind: {', '.join(f'{code} {kind}' for kind, code in KIND_CODES.items())}", 2, 4, "|".join(KIND_CODES.values())),
    ("department", 4, 6, "[0-9A-Z]{2}"),
    ("main item", 6, 9, f"{_SIGN}{{3}}"),
    ("sub-item", 9, 12, f"{_SIGN}{{3}}"),
)
_NUMBER = re.compile(r"[0-9]{2}\Z")


def is_uscc(text: str) -> bool:
    """Tell whether a text is a unified social credit code 统一社会信用代码 with both its check digits right.

    Places 9 to 17 are the body's own code (GB 11714), whose last place is its check.
    """
    return uscc.is_valid(text) and text == uscc.compact(text) and _body_check(text[8:16]) == text[16]


def _body_check(places: str) -> str:
    """Return the check of the eight places of a body's code: letters count from 10, the sum is taken by 11."""
    rest = 11 - sum(int(sign, 36) * weight for sign, weight in zip(places, _BODY_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def is_department_number(text: str) -> bool:
    """Tell whether a text can be a department's two places in the codes of its items."""
    return bool(_NUMBER.match(text)) and text != "00"


def is_basic_code(text: str) -> bool:
    """Tell whether a text has the form of a 基本编码; its main item is not 000."""
    return bool(_BASIC.match(text)) and text[6:9] != "000"


def wrong_part(text: str) -> str:
    """Return which part of a text keeps it from being a 基本编码, to stand behind a message; "" where none is wrong."""
    if is_basic_code(text):
        return ""
    if len(text) != _PLACES:
        return f": it has {len(text)} places, not {_PLACES}"
    for name, start, end, form in _PARTS:
        if not re.fullmatch(form, text[start:end]):
            return f": {text[start:end]} in places {start + 1} to {end} is no {name}"
    return ": the main item 000 is none, it begins with 001"


def basic_code(province: str, kind: str, department: str, main: str, sub: str = "000") -> str:
    """Return the 12 places of an item; `WrongUse` when a part has another form."""
    code = f"{province}{KIND_CODES.get(kind, kind)}{department}{main}{sub}"
    if not is_basic_code(code):
        raise WrongUse(f"{code} is no code of an item", hint="33 05 02 001 000: province, kind, department, item, part")
    return code


def implementing_code(body: str, basic: str, level: str = COUNTY) -> str:
    """Return the 31 places of an item at the body that handles it; `WrongUse` for a wrong USCC or code."""
    if not is_uscc(body) or not is_basic_code(basic) or not re.fullmatch("[1-6]", level):
        raise WrongUse(f"{body} {level} {basic} make no code", hint="USCC, level 1 to 6, the 12 places of the item")
    return f"{body}{level}{basic}"


def handling_code(body: str, basic: str, number: int, level: str = COUNTY) -> str:
    """Return the 33 places of one way of handling an item (1 to 99); `WrongUse` as above."""
    if not 1 <= number <= 99:
        raise WrongUse(f"{number} does not fit two places", hint="1 to 99")
    return f"{implementing_code(body, basic, level)}{number:02d}"
