"""Codes of departments and items: each of its official form, and no two alike in the tree."""

from __future__ import annotations

from collections.abc import Iterable

from mianzheng.catalogue.findings import Findings
from mianzheng.model.facts import Department, FactCatalogue
from mianzheng.model.item import Item
from mianzheng.model.item_codes import KIND_CODES, is_basic_code, is_department_number, is_uscc, wrong_part

_FORM = "12 places: 33 (province) 05 (kind) 02 (department) 001 (item) 000 (sub-item)"


def check_departments(loaded: Iterable[tuple[Department, Findings]]) -> None:
    """Add a fault for each wrong USCC 统一社会信用代码 or number, and for one that stands in two departments."""
    numbers: dict[str, str] = {}
    bodies: dict[str, str] = {}
    for department, found in loaded:
        if not is_uscc(department.uscc):
            hint = "18 places of GB 32100 with both check digits; in quotes where all are digits"
            found.at(("uscc",), "uscc", f"{department.uscc} is no 统一社会信用代码", hint)
        if not is_department_number(department.number):
            found.at(
                ("number",), "department-number", f"{department.number} is no number", 'two digits in quotes: "02"'
            )
        _once(department.uscc, department.department, bodies, ("uscc",), found)
        _once(department.number, department.department, numbers, ("number",), found)


def check_codes(loaded: Iterable[tuple[Item, Findings]], facts: FactCatalogue) -> None:
    """Add a fault for each code 基本编码 of another form, kind, province or department, and for a second one.

    One sequence of main items runs through all kinds of a department: the type of credential is named by it.
    """
    codes: dict[str, str] = {}
    for item, found in loaded:
        department = facts.departments.get(item.department)
        if not is_basic_code(item.code):
            found.at(("code",), "item-code", f"{item.code} is no code 基本编码{wrong_part(item.code)}", _FORM)
        elif department is not None and is_department_number(department.number) and is_uscc(department.uscc):
            _check_parts(item, department, found)
            _once(item.code[4:], item.item, codes, ("code",), found)


def _check_parts(item: Item, department: Department, found: Findings) -> None:
    expected = (department.uscc[2:4], KIND_CODES[item.kind], department.number)
    for what, stated, right in zip(("province", item.kind, item.department), _parts(item.code), expected, strict=True):
        if stated != right:
            found.at(("code",), "item-code", f"{stated} stands in {item.code} for {what}", f"{right}: {_FORM}")


def _parts(code: str) -> tuple[str, str, str]:
    return code[:2], code[2:4], code[4:6]


def _once(value: str, name: str, seen: dict[str, str], path: tuple[str, ...], found: Findings) -> None:
    if value in seen:
        found.at(path, "code-twice", f"{seen[value]} has {value} too", "each has its own")
    seen.setdefault(value, name)
