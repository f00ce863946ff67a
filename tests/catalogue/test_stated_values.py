"""What a person may only state is held against the calendar or a register, never believed for its size."""

from __future__ import annotations

import re

import pytest

from mianzheng.model.facts import Type
from mianzheng.model.item import Item
from tests.catalogue.test_real_packs import real

NO_YEAR_OF_A_RULE = {
    "tx-paid-certificate": ("from_year", "until_year"),  # a span of rows to be listed: nothing follows from it
    "information-disclosure": ("requests_this_year",),  # a count
}
CALENDAR = "date '2000-01-01'"  # years since then are the year of the day


def _stated_years(item: Item) -> list[str]:
    whole = (name for name, field in item.form.items() if field.type is Type.INTEGER)
    return [
        name for name in whole if re.search(r"(^|_)year$", name) and name not in NO_YEAR_OF_A_RULE.get(item.item, ())
    ]


def _bound(item: Item, field: str) -> bool:
    rules = [condition.rule for condition in item.conditions]
    return any(
        f"= form.{field}" in rule.replace(CALENDAR, "") or (CALENDAR in rule and f"form.{field}" in rule)
        for rule in rules
    )


def test_a_stated_year_is_one_of_the_calendar_or_one_that_a_register_holds() -> None:
    items = [compiled.item for compiled in real().catalogue.items]
    stated = [(item, name) for item in items for name in _stated_years(item)]
    assert len(stated) > 25
    assert [(item.item, name) for item, name in stated if not _bound(item, name)] == []


@pytest.mark.parametrize("words", ["距活动天数", "距赛事天数", "变更后天数"])
def test_nobody_counts_the_days_to_or_from_a_date_in_a_form(words: str) -> None:
    items = [compiled.item for compiled in real().catalogue.items]
    assert [item.item for item in items if any(words in field.label.zh for field in item.form.values())] == []
