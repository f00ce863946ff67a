"""Identifiers 证照标识 (GB/T 36904-2018) and metadata 元数据 (GB/T 36903-2018) of electronic certificates 电子证照.

An identifier is the root of the standard, the type 证照类型代码 (USCC of the body that defines it, three places), the
issuer's USCC (few issue under a code of six digits), a serial, a version of three digits and a check character, ISO
7064 MOD 37,36 over all but root and dots. The standards' texts were not read here: form and check agree with real
identifiers in public code, and the names of metadata are those in use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import msgspec
from stdnum.iso7064 import mod_37_36

from mianzheng.model.errors import WrongUse
from mianzheng.model.item_codes import is_uscc

ROOT = "1.2.156.3005.2"
FIRST = "001"
_FORM = re.compile(
    rf"{re.escape(ROOT)}\.(?P<type>[0-9A-Z]{{18}}[0-9A-Z]{{3}})\.(?P<issuer>[0-9A-Z]{{18}}|[0-9]{{6}})"
    r"\.(?P<serial>[0-9A-Z]{7,32})\.(?P<version>[0-9]{3})\.(?P<check>[0-9A-Z])\Z"
)
_CHINA = timezone(timedelta(hours=8))


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an identifier; `type` has 21 places."""

    type: str
    issuer: str
    serial: str
    version: str = FIRST

    def __str__(self) -> str:
        parts = (self.type, self.issuer, self.serial, self.version)
        return ".".join((ROOT, *parts, mod_37_36.calc_check_digit("".join(parts))))


def licence(*, body: str, sequence: str, serial: str) -> Licence:
    """Return the identifier of a first version whose type and issue are of one body; `WrongUse` for a wrong part."""
    places = re.fullmatch("[0-9A-Z]{3}", sequence) and re.fullmatch("[0-9A-Z]{7,32}", serial)
    if not is_uscc(body) or not places:
        raise WrongUse(f"{body}, {sequence}, {serial} make no 证照标识", hint="USCC, 3 places, 7 to 32 places")
    return Licence(type=f"{body}{sequence}", issuer=body, serial=serial)


def read_licence(text: str) -> Licence | None:
    """Return the parts of an identifier; None when it has another form or a wrong check character."""
    found = _FORM.match(text)
    if found is None:
        return None
    parts = Licence(**{name: found[name] for name in ("type", "issuer", "serial", "version")})
    return parts if str(parts) == text else None


def metadata(disclosed: Mapping[str, object], *, issued: int, ends: int | None, status: str) -> dict[str, str]:
    """Return the elements of GB/T 36903 that disclosed claims and times give; the hidden ones are not there.

    `issued`, `ends`: seconds; `status`: 有效, 已撤销, 未知 as the verifier found.
    """
    name, number = str(disclosed.get("name", "")), str(disclosed.get("number", ""))
    parts = read_licence(str(disclosed.get("licence", "")))
    called = disclosed.get("credential")
    body = is_uscc(number)
    found = {
        "证照名称": str(called.get("zh", "")) if isinstance(called, Mapping) else "",
        "证照标识": str(parts or ""),
        "证照类型代码": parts.type if parts else "",
        "证照编号": parts.serial if parts else "",
        "证照颁发机构代码": parts.issuer if parts else "",
        "证照颁发日期": _day(issued),
        "持证主体": name,
        "持证主体代码": number,
        "持证主体代码类型": ("统一社会信用代码" if body else "公民身份号码") if number else "",
        "持证主体代码类型代码": ("001" if body else "111") if number else "",
        "证照有效期起始日期": _day(issued),
        "证照有效期截止日期": _day(ends) if ends is not None else "",
        "证照状态": status,
    }
    return {element: value for element, value in found.items() if value}


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(_CHINA).date().isoformat()
