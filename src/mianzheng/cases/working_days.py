"""The working days of this hub: the calendar as it is known today, with the dates computed from it remembered.

A day that no notice has settled is provisional; so dates are computed whenever they are needed, and only
when the machine must wake is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from mianzheng.deadlines import Calendar, Due, Notice, Suspension, calendar_on, day_in_china, due

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
_KEPT = 4096


class WorkingDays:
    """Dates by the notices published up to today; `notices` None: those this release ships."""

    def __init__(self, clock: Callable[[], datetime], notices: tuple[Notice, ...] | None = None) -> None:
        self._clock = clock
        self._notices = notices
        self._known: tuple[date, Calendar] | None = None
        self._due = lru_cache(maxsize=_KEPT)(self._counted)

    @property
    def today(self) -> date:
        """The day it is in Asia/Shanghai."""
        return day_in_china(self._clock())

    @property
    def calendar(self) -> Calendar:
        """The calendar as it is known today."""
        today = self.today
        if self._known is None or self._known[0] != today:
            self._known = (today, calendar_on(today, self._notices))
        return self._known[1]

    def due(self, days: int, *, after: date, suspensions: tuple[Suspension, ...] = ()) -> Due:
        """Return the last of so many working days after a day."""
        return self._due(self.today, days, after, suspensions)

    def _counted(self, today: date, days: int, after: date, suspensions: tuple[Suspension, ...]) -> Due:
        return due(days, after=after, calendar=self.calendar, suspensions=suspensions)


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def day_after(day: date) -> date:
    """Return the next calendar day: the first on which a limit that ends on `day` has run out."""
    return day + timedelta(days=1)
