"""Dates: an example moved to today keeps what it rests on."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from mianzheng.city.calendar import add_months, add_years, months_between, same_distance, years_between

DAYS = st.dates(date(1950, 1, 1), date(2050, 12, 31))


def test_months_are_clamped_to_the_end_of_the_month() -> None:
    assert add_months(date(2025, 1, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)


@given(DAYS, DAYS)
def test_whole_months_are_the_most_that_do_not_pass_the_day(first: date, last: date) -> None:
    months = months_between(first, last)
    assert add_months(first, months) <= last < add_months(first, months + 1)


@given(st.integers(0, 110), DAYS, DAYS)
def test_who_reaches_an_age_on_the_examples_day_reaches_it_today(age: int, origin: date, today: date) -> None:
    birth = add_years(origin, -age)
    moved = same_distance(birth, origin=origin, target=today)
    assert years_between(moved, today) == age


def test_a_day_before_the_birthday_stays_a_day_before() -> None:
    moved = same_distance(date(1946, 3, 2), origin=date(2026, 3, 1), target=date(2026, 11, 25))
    assert years_between(moved, date(2026, 11, 25)) == 79
    assert years_between(moved, date(2026, 11, 26)) == 80
