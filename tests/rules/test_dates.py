"""Whole units between dates, against a plain search of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.model.facts import Unit
from mianzheng.rules.dates import OutsideCalendar, add, cutoff

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
UNITS: list[Unit] = ["days", "months", "years"]


def test_a_month_after_29_january_is_28_february() -> None:
    assert add(date(2023, 1, 29), 1, "months") == date(2023, 2, 28)
    assert add(date(2024, 1, 31), 1, "months") == date(2024, 2, 29)
    assert add(date(2024, 3, 31), -1, "months") == date(2024, 2, 29)


def test_born_on_29_february_reaches_an_age_on_28_february_of_a_common_year() -> None:
    assert cutoff(date(2022, 2, 28), 18, "years") == date(2004, 2, 29)
    assert cutoff(date(2022, 2, 27), 18, "years") == date(2004, 2, 27)


def test_whole_years_are_reached_on_the_birthday() -> None:
    assert cutoff(date(2026, 11, 25), 80, "years") == date(1946, 11, 25)
    assert cutoff(date(2026, 11, 24), 80, "years") < date(1946, 11, 25)


@settings(max_examples=200, deadline=None)
@given(DAYS, st.integers(-600, 1200), st.sampled_from(UNITS))
def test_the_cutoff_is_the_latest_day_that_has_reached_the_amount(as_of: date, amount: int, unit: Unit) -> None:
    if unit == "years":
        amount //= 12
    found = cutoff(as_of, amount, unit)
    near = [found + timedelta(days=shift) for shift in range(-40, 41)]
    reached = [day for day in near if add(day, amount, unit) <= as_of]
    assert max(reached) == found
    assert reached == near[: len(reached)]  # reaching is monotone: one cutoff says it all


def test_beyond_the_calendar_is_an_error_with_a_code() -> None:
    for unit in UNITS:
        with pytest.raises(OutsideCalendar):
            add(date(2024, 1, 1), -(10**9), unit)
