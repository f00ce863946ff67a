"""Working days 工作日 of China: chinesecalendar, behind notices that change single days or publish a year.

A day that no notice has settled yet is *provisional*: the weekday rule (Monday to Friday) stands in, and
whoever counted over it counts again when the notice is out. So dates are computed, never stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib import resources

import chinese_calendar
import msgspec

from mianzheng.model.errors import MianzhengError

_CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
_OFF: frozenset[date] = frozenset(chinese_calendar.holidays)
_WORKING: frozenset[date] = frozenset(chinese_calendar.workdays)
_YEARS = frozenset(day.year for day in _OFF)
# A year's notice reaches back: 29 to 31 December 2018 were moved by the notice for 2019. Until it is out, the
# last week of December is not settled. 29 December is the earliest since 2004; the rest is margin.
_REACHED_BACK = (12, 25)


class BadNotice(MianzhengError):
    """The override file cannot be read, or contradicts itself."""

    code = "bad-notice"


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One notice on working days: its source, when it was published, and the days that it turns.

    With `year` it settles that whole year: days not named follow the weekday rule, or chinesecalendar where
    that knows the year.
    """

    source: str
    published: date
    year: int | None = None
    working: tuple[date, ...] = ()
    off: tuple[date, ...] = ()


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """The working days as they were known on one day; made by `calendar_on`."""

    turned: dict[date, bool]  # day -> working, as the notices say
    years: frozenset[int]  # years published

    def working(self, day: date) -> bool:
        """Return whether offices work on this day: make-up Saturdays 调休上班 do, holidays do not."""
        said = self.turned.get(day)
        if said is not None:
            return said
        return day in _WORKING or (day.weekday() < 5 and day not in _OFF)

    def provisional(self, day: date) -> bool:
        """Return whether a notice still to come may change this day."""
        if day in self.turned:
            return False
        return day.year not in self.years or ((day.month, day.day) >= _REACHED_BACK and day.year + 1 not in self.years)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notice: tuple[Notice, ...] = ()


def read_notices(text: str) -> tuple[Notice, ...]:
    """Return the notices of an override file (TOML, shaped as `holidays.toml` beside this module); `BadNotice`."""
    try:
        notices = msgspec.toml.decode(text, type=_File).notice
    except msgspec.DecodeError as error:
        raise BadNotice(f"the override file of working days: {error}", hint="see deadlines/holidays.toml") from None
    for notice in notices:
        if not notice.source.strip():
            raise BadNotice(f"a notice of {notice.published} names no source", hint="write its title and number")
        if not (notice.working or notice.off or notice.year):
            raise BadNotice(f"{notice.source} changes nothing", hint="name year, working or off")
    _turned(notices)
    return notices


@cache
def shipped_notices() -> tuple[Notice, ...]:
    """Return the notices that come with this release."""
    return read_notices(resources.files(__package__).joinpath("holidays.toml").read_text(encoding="utf-8"))


def calendar_on(today: date, notices: tuple[Notice, ...] | None = None) -> Calendar:
    """Return the calendar by the notices published up to `today`; without `notices`, by the shipped ones."""
    given = shipped_notices() if notices is None else notices
    known = [notice for notice in given if notice.published <= today]
    return Calendar(turned=_turned(known), years=_YEARS.union(one.year for one in known if one.year is not None))


def day_in_china(at: datetime) -> date:
    """Return the day on which this moment falls in Asia/Shanghai; a moment without a time zone is an error."""
    if at.tzinfo is None:
        raise BadNotice(f"{at} has no time zone", hint="pass an aware datetime", code="naive-time")
    return at.astimezone(_CHINA).date()


def _turned(notices: Iterable[Notice]) -> dict[date, bool]:
    """Return what the notices say of each day; the later wins, two of one day must agree."""
    turned: dict[date, bool] = {}
    by: dict[date, Notice] = {}
    for notice in sorted(notices, key=lambda one: one.published):
        for day, working in [(day, True) for day in notice.working] + [(day, False) for day in notice.off]:
            other = by.get(day)
            if other is not None and other.published == notice.published and turned[day] != working:
                raise BadNotice(
                    f"{day} is both working and off: {other.source}; {notice.source}", hint="keep the notice that holds"
                )
            turned[day], by[day] = working, notice
    return turned
