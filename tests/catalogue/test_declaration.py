"""A declaration 告知承诺 never stands in for special data, for safety, or where an outcome is hard to undo."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.catalogue.declaration import refusal
from mianzheng.catalogue.load import load
from mianzheng.model.item import Item
from mianzheng.rules.question import Placed
from tests.catalogue.small_packs import SMALL

COMPILED = load(SMALL).items[0]
ITEM = COMPILED.item
ASKED = next(one.placed for one in COMPILED.conditions if one.condition.id == "no-other")


def item(**change: Any) -> Item:
    return msgspec.structs.replace(ITEM, **change)


def asked(**change: Any) -> tuple[Placed, ...]:
    return tuple(
        msgspec.structs.replace(placed, question=msgspec.structs.replace(placed.question, **change)) for placed in ASKED
    )


def test_an_ordinary_condition_of_an_allowance_may_be_declared() -> None:
    assert refusal(ITEM, ASKED) == ""


def test_a_condition_of_form_values_alone_may_be_declared() -> None:
    assert refusal(ITEM, ()) == ""


def test_special_personal_data_may_not_be_declared() -> None:
    assert refusal(ITEM, asked(sensitive=True)) == "its answer rests on special personal data"


@pytest.mark.parametrize("register", ["criminal_record", "food_licence", "safety_licence"])
def test_what_a_register_of_safety_holds_may_not_be_declared(register: str) -> None:
    assert "register of safety" in refusal(ITEM, asked(register=register))


def test_a_permission_of_a_department_of_safety_may_not_be_declared() -> None:
    assert "touches safety" in refusal(item(kind="行政许可", department="emergency"), ASKED)
    assert refusal(item(kind="行政许可", department="culture-tourism"), ASKED) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "行政裁决"},
        {"kind": "行政许可", "outcome": msgspec.structs.replace(ITEM.outcome, valid="")},
        {"kind": "行政确认", "outcome": msgspec.structs.replace(ITEM.outcome, valid="")},
        {"retention": "永久"},
    ],
)
def test_an_outcome_hard_to_undo_may_not_rest_on_a_declaration(change: dict[str, Any]) -> None:
    assert "hard to undo" in refusal(item(**change), ASKED)
