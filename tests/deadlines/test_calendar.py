"""Working days: what the State Council published, what a notice turns, and what is not settled yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from mianzheng.deadlines import BadNotice, Notice, calendar_on, day_in_china, due, read_notices
from tests.deadlines.offices import CALENDAR, TODAY


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=shift) for shift in range((last - first).days + 1)]


def notice(published: date, **more: object) -> Notice:
    return Notice(source=f"示例通知 {published}", published=published, **more)  # type: ignore[arg-type]


def test_2026_is_as_the_state_council_published_it_on_4_november_2025() -> None:
    holidays = {
        *days(date(2026, 1, 1), date(2026, 1, 3)),
        *days(date(2026, 2, 15), date(2026, 2, 23)),
        *days(date(2026, 4, 4), date(2026, 4, 6)),
        *days(date(2026, 5, 1), date(2026, 5, 5)),
        *days(date(2026, 6, 19), date(2026, 6, 21)),
        *days(date(2026, 9, 25), date(2026, 9, 27)),
        *days(date(2026, 10, 1), date(2026, 10, 7)),
    }
    made_up = {
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    }
    for day in days(date(2026, 1, 1), date(2026, 12, 31)):
        assert CALENDAR.working(day) == (day in made_up or (day.weekday() < 5 and day not in holidays)), day


def test_a_year_not_yet_published_goes_by_the_weekday_and_is_provisional() -> None:
    new_year = date(2035, 1, 1)  # a Monday
    assert CALENDAR.working(new_year) and CALENDAR.provisional(new_year)
    assert not CALENDAR.working(date(2035, 1, 6))
    assert not CALENDAR.provisional(date(2025, 1, 1))


def test_the_last_week_of_december_waits_for_the_notice_of_the_next_year() -> None:
    last = max(year for year in range(2026, 2100) if year in CALENDAR.years)
    assert not CALENDAR.provisional(date(last, 12, 24))
    assert CALENDAR.provisional(date(last, 12, 25))
    assert not CALENDAR.provisional(date(last - 1, 12, 31))


def test_when_the_year_is_published_the_limit_is_counted_again() -> None:
    accepted = date(2034, 12, 29)
    before = due(5, after=accepted, calendar=CALENDAR)
    assert (before.on, before.provisional) == (date(2035, 1, 5), True)
    published = notice(
        date(2034, 11, 10), year=2035, off=(date(2035, 1, 1), date(2035, 1, 2)), working=(date(2034, 12, 30),)
    )
    ahead = notice(date(2034, 11, 9), year=2034)
    after = due(5, after=accepted, calendar=calendar_on(date(2034, 12, 29), (ahead, published)))
    assert (after.on, after.provisional) == (date(2035, 1, 8), False)  # 30 December, 3, 4, 5 and 8 January


def test_a_notice_counts_from_the_day_it_was_published() -> None:
    typhoon = notice(date(2026, 7, 10), off=(date(2026, 7, 13),), working=(date(2026, 7, 18),))
    monday, saturday = date(2026, 7, 13), date(2026, 7, 18)
    before, after = calendar_on(date(2026, 7, 9), (typhoon,)), calendar_on(date(2026, 7, 10), (typhoon,))
    assert (before.working(monday), before.working(saturday)) == (True, False)
    assert (after.working(monday), after.working(saturday)) == (False, True)


def test_over_one_day_the_later_notice_wins_in_any_order() -> None:
    closed = notice(date(2026, 7, 10), off=(date(2026, 7, 13),))
    reopened = notice(date(2026, 7, 12), working=(date(2026, 7, 13),))
    for notices in ((closed, reopened), (reopened, closed)):
        assert calendar_on(TODAY, notices).working(date(2026, 7, 13))


def test_a_day_that_a_notice_names_is_settled_even_in_a_year_not_yet_published() -> None:
    closed = notice(date(2026, 7, 10), off=(date(2035, 1, 1),))
    calendar = calendar_on(TODAY, (closed,))
    assert not calendar.provisional(date(2035, 1, 1))
    assert calendar.provisional(date(2035, 1, 2))


def test_the_override_file_is_read_with_source_and_date() -> None:
    text = '[[notice]]\nsource = "示例通知"\npublished = 2026-07-10\noff = [2026-07-13]\n'
    assert read_notices(text) == (Notice(source="示例通知", published=date(2026, 7, 10), off=(date(2026, 7, 13),)),)


@pytest.mark.parametrize(
    "text",
    [
        '[[notice]]\nsource = "x"\noff = [2026-07-13]',  # no date of publication
        "[[notice]]\npublished = 2026-07-10\noff = [2026-07-13]",  # no source
        '[[notice]]\nsource = " "\npublished = 2026-07-10\noff = [2026-07-13]',
        '[[notice]]\nsource = "x"\npublished = 2026-07-10',  # changes nothing
        '[[notice]]\nsource = "x"\npublished = 2026-07-10\nof = [2026-07-13]',  # a misspelt field
        '[[notice]]\nsource = "x"\npublished = 2026-07-10\noff = [2026-07-13]\nworking = [2026-07-13]',
        "[[notice",
    ],
)
def test_an_override_file_with_a_fault_is_refused(text: str) -> None:
    with pytest.raises(BadNotice):
        read_notices(text)


def test_the_shipped_file_is_read_when_none_is_given() -> None:
    assert calendar_on(TODAY).working(date(2026, 2, 14))


def test_a_moment_falls_on_its_day_in_shanghai() -> None:
    assert day_in_china(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)
    assert day_in_china(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == date(2026, 3, 2)
    with pytest.raises(BadNotice):
        day_in_china(datetime(2026, 3, 2))
