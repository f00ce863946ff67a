"""One limit: from the day after, over holidays and make-up Saturdays, against a count by hand."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.deadlines import BadClock, Limit, Suspension, due, limit
from mianzheng.model.text import Text
from tests.deadlines.offices import CALENDAR, suspension

LABEL = Text("法定时限", "the legal limit")


def stands(days: int, after: date, today: date, *suspensions: Suspension, ended: date | None = None) -> Limit:
    return limit(
        days, label=LABEL, after=after, calendar=CALENDAR, today=today, ended=ended, suspensions=tuple(suspensions)
    )


def last_day(days: int, after: date, *suspensions: Suspension) -> date:
    return due(days, after=after, calendar=CALENDAR, suspensions=tuple(suspensions)).on


def test_the_day_of_acceptance_is_not_counted_the_next_is_day_one() -> None:
    assert last_day(1, date(2026, 3, 2)) == date(2026, 3, 3)  # Monday, Tuesday
    assert last_day(5, date(2026, 3, 2)) == date(2026, 3, 9)


def test_the_working_saturday_before_spring_festival_counts_and_the_festival_does_not() -> None:
    # accepted Thursday 12 February: 13, Saturday 14, then 24, 25, 26
    assert last_day(5, date(2026, 2, 12)) == date(2026, 2, 26)


def test_the_working_saturday_after_spring_festival_counts() -> None:
    # accepted Tuesday 24 February: 25, 26, 27, Saturday 28, Monday 2 March
    assert last_day(5, date(2026, 2, 24)) == date(2026, 3, 2)


def test_accepted_in_the_holidays_day_one_is_the_first_working_day() -> None:
    assert last_day(1, date(2026, 2, 18)) == date(2026, 2, 24)


def test_zero_days_is_at_once_on_the_day_itself() -> None:
    assert last_day(0, date(2026, 3, 2)) == date(2026, 3, 2)
    assert stands(0, date(2026, 3, 2), date(2026, 3, 2)).overdue is None
    assert stands(0, date(2026, 3, 2), date(2026, 3, 3)).overdue is not None


def test_zero_days_on_a_holiday_is_the_first_working_day() -> None:
    assert last_day(0, date(2026, 2, 18)) == date(2026, 2, 24)
    assert last_day(0, date(2026, 2, 14)) == date(2026, 2, 14)  # a working Saturday


def test_a_suspended_day_is_not_counted() -> None:
    hearing = suspension(date(2026, 3, 4), date(2026, 3, 10))
    assert last_day(5, date(2026, 3, 2), hearing) == date(2026, 3, 16)  # 3; 11, 12, 13, 16


def test_overlapping_suspensions_leave_each_day_out_once() -> None:
    one, two = suspension(date(2026, 3, 4), date(2026, 3, 9)), suspension(date(2026, 3, 6), date(2026, 3, 10))
    assert last_day(5, date(2026, 3, 2), one, two) == last_day(5, date(2026, 3, 2), two, one) == date(2026, 3, 16)
    assert last_day(5, date(2026, 3, 2), one, one) == last_day(5, date(2026, 3, 2), one)


def test_suspensions_that_touch_are_as_one() -> None:
    one, two = suspension(date(2026, 3, 4), date(2026, 3, 6)), suspension(date(2026, 3, 7), date(2026, 3, 10))
    whole = suspension(date(2026, 3, 4), date(2026, 3, 10))
    assert last_day(5, date(2026, 3, 2), one, two) == last_day(5, date(2026, 3, 2), whole)


def test_days_before_the_applicant_was_told_count() -> None:
    told_late = suspension(date(2026, 3, 4), date(2026, 3, 10), told_on=date(2026, 3, 6))
    assert last_day(5, date(2026, 3, 2), told_late) == date(2026, 3, 12)  # 3, 4, 5; 11, 12


def test_a_suspension_after_the_last_day_does_not_heal_what_is_overdue() -> None:
    late = suspension(date(2026, 3, 10), date(2026, 3, 20))
    overdue = stands(5, date(2026, 3, 2), date(2026, 3, 23), late).overdue
    assert overdue is not None
    assert (overdue.since, overdue.days) == (date(2026, 3, 10), 1)


def test_an_overdue_limit_says_since_when_and_that_the_reason_is_to_be_published() -> None:
    assert stands(5, date(2026, 2, 24), date(2026, 3, 2)).overdue is None
    overdue = stands(5, date(2026, 2, 24), date(2026, 3, 5)).overdue
    assert overdue is not None
    assert (overdue.since, overdue.days) == (date(2026, 3, 3), 3)
    assert overdue.publish.zh == "法定时限已于2026年3月2日届满，逾期原因须公开"
    assert overdue.publish.en == "the legal limit ended on 2026-03-02; the reason for the delay is to be published"


def test_what_ended_in_time_stays_in_time_and_what_ended_late_stays_late() -> None:
    assert stands(5, date(2026, 2, 24), date(2026, 6, 1), ended=date(2026, 3, 2)).overdue is None
    overdue = stands(5, date(2026, 2, 24), date(2026, 6, 1), ended=date(2026, 3, 3)).overdue
    assert overdue is not None and overdue.days == 1


def test_the_days_left_are_working_days_after_today() -> None:
    assert [stands(5, date(2026, 2, 24), date(2026, 2, day)).left for day in (20, 24, 27, 28)] == [5, 5, 2, 1]


def test_a_suspension_names_reason_days_and_writing() -> None:
    with pytest.raises(BadClock) as unreasoned:
        suspension(date(2026, 3, 4), date(2026, 3, 10), reason=" ")
    with pytest.raises(BadClock) as backwards:
        suspension(date(2026, 3, 4), date(2026, 3, 3))
    with pytest.raises(BadClock) as told_after:
        suspension(date(2026, 3, 4), date(2026, 3, 10), told_on=date(2026, 3, 11))
    with pytest.raises(BadClock) as mistyped:
        suspension(date(2026, 3, 4), date(2036, 3, 10))
    raised = [one.value.code for one in (unreasoned, backwards, told_after, mistyped)]
    assert raised == ["suspension-reason", "suspension-days", "suspension-days", "suspension-long"]


def test_a_limit_that_cannot_be_counted_is_an_error() -> None:
    with pytest.raises(BadClock):
        last_day(-1, date(2026, 3, 2))
    with pytest.raises(BadClock):
        last_day(20, date(9999, 12, 20))


DAYS = st.dates(min_value=date(2004, 1, 1), max_value=date(2028, 12, 31))


@st.composite
def some_suspensions(draw: st.DrawFn, after: date) -> tuple[Suspension, ...]:
    """Few and near, so that they overlap, touch, lie before acceptance or hold the last day."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        since = after + timedelta(days=draw(st.integers(-5, 40)))
        length = draw(st.integers(0, 25))
        told = since + timedelta(days=draw(st.integers(-3, length)))
        found.append(suspension(since, since + timedelta(days=length), told_on=told))
    return tuple(found)


@cache
def naive_worked(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.isoweekday() <= 5


def naive_counted(after: date, suspensions: tuple[Suspension, ...]) -> list[date]:
    """The counted days of three quarters of a year after `after`, crossed out one by one on a sheet."""
    sheet = [date.fromordinal(after.toordinal() + shift) for shift in range(1, 280)]
    for one in suspensions:
        begins = one.since if one.told_on < one.since else one.told_on
        length = (one.until - begins).days + 1
        crossed = {date.fromordinal(begins.toordinal() + shift) for shift in range(length)}
        sheet = [day for day in sheet if day not in crossed]
    return [day for day in sheet if naive_worked(day)]


@settings(max_examples=100, deadline=None)
@given(st.data(), DAYS, st.integers(1, 60), st.integers(0, 150))
def test_a_limit_is_as_counted_day_by_day(data: st.DataObject, after: date, days: int, passed: int) -> None:
    suspensions = data.draw(some_suspensions(after))
    counted = naive_counted(after, suspensions)
    today = after + timedelta(days=passed)
    found = stands(days, after, today, *suspensions)
    last = counted[days - 1]
    assert found.due.on == last
    assert found.left == len([day for day in counted[:days] if day > today])
    assert (found.overdue is not None) == (today > last)
    if found.overdue is not None:
        assert found.overdue.days == len([day for day in counted[days:] if day <= today])
        assert found.overdue.since == last + timedelta(days=1)
