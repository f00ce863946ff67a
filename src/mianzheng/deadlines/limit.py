"""One limit: days counted one by one from the day after it starts, what stands still left out.

行政许可法 art. 82: limits count working days. 民法典 art. 201: the day of the start is not counted, the count
begins on the next day. Art. 203 (a last day on a holiday moves on) is kept by counting working days only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from mianzheng.deadlines.calendar import Calendar
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Reference
from mianzheng.model.text import Text

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=366)  # of one suspension: what is longer is a mistyped year


class BadClock(MianzhengError):
    """What a clock was told contradicts the law or itself."""

    code = "bad-clock"


class Standstill(StrEnum):
    """What the clock stands still for."""

    HEARING = "hearing"  # 听证
    TEST = "test"  # 检验、检测、检疫、鉴定
    EXPERT_REVIEW = "expert_review"  # 专家评审
    SITE_VISIT = "site_visit"  # 现场核查
    PUBLIC_NOTICE = "public_notice"  # 公示


class Suspension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of days `since` to `until`, both included, that the law does not count, told in writing.

    Nothing stands still in secret: days before `told_on` count. What ends early is replaced by one with an
    earlier `until`; what takes longer needs another notice in writing, so another suspension. `reference` is
    the law that lets it stand still: article 45 (`Terms.standstill`), or the item's own.
    """

    kind: Standstill
    since: date
    until: date
    told_on: date  # by the record of the delivered notice, never by an officer's word
    reason: str
    reference: Reference

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise BadClock("a suspension without a reason", hint="say what is waited for", code="suspension-reason")
        if not max(self.since, self.told_on) <= self.until:
            raise BadClock(
                f"suspended from {self.since} to {self.until}, told on {self.told_on}",
                hint="it ends after it begins and after it was told",
                code="suspension-days",
            )
        if self.until - self.since > _LONGEST:
            raise BadClock(
                f"suspended from {self.since} to {self.until}: more than a year",
                hint="check the year; what takes longer is told anew",
                code="suspension-long",
            )

    def covers(self, day: date) -> bool:
        """Return whether the clock stands still on this day."""
        return max(self.since, self.told_on) <= day <= self.until


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The last day of a limit; provisional while a notice still to come may move it."""

    on: date
    provisional: bool


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that ran out: `since` is the first day beyond, `days` the counted days beyond, `publish` what to say.

    The reason for it is to be published, whether or not the case has been decided since.
    """

    since: date
    days: int
    publish: Text


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit as it stands: `left` are the counted days after today up to the last one."""

    days: int
    due: Due
    left: int
    overdue: Overdue | None


def due(days: int, *, after: date, calendar: Calendar, suspensions: tuple[Suspension, ...] = ()) -> Due:
    """Return the last of `days` working days after `after`; 0 is at once: that day, or the first that is worked."""
    if days < 0:
        raise BadClock(f"a limit of {days} days", hint="0 is at once", code="limit-days")
    first = after if days == 0 else after + _DAY
    missing, provisional = max(days, 1), False
    for day in _running(first, suspensions):
        provisional = provisional or calendar.provisional(day)
        missing -= calendar.working(day)
        if not missing:
            return Due(on=day, provisional=provisional)
    raise BadClock(f"{days} working days after {after} lie beyond the calendar", code="limit-days")


def limit(
    days: int,
    *,
    label: Text,
    after: date,
    calendar: Calendar,
    today: date,
    ended: date | None = None,
    suspensions: tuple[Suspension, ...] = (),
) -> Limit:
    """Return how the limit stands today, or on the day `ended` when what it waits for was done."""
    last = due(days, after=after, calendar=calendar, suspensions=suspensions)
    now = max(after, today if ended is None else min(today, ended))
    return Limit(
        days=days,
        due=last,
        left=_counted(now, last.on, calendar, suspensions),
        overdue=_overdue(last.on, now, _counted(last.on, now, calendar, suspensions), label),
    )


def _overdue(last: date, now: date, days: int, label: Text) -> Overdue | None:
    if now <= last:
        return None
    publish = Text(
        f"{label.zh}已于{last.year}年{last.month}月{last.day}日届满，逾期原因须公开",
        f"{label.en} ended on {last}; the reason for the delay is to be published",
    )
    return Overdue(since=last + _DAY, days=days, publish=publish)


def _counted(after: date, last: date, calendar: Calendar, suspensions: tuple[Suspension, ...]) -> int:
    """Return the counted days after `after` up to and with `last`."""
    count = 0
    if last <= after:
        return count
    for day in _running(after + _DAY, suspensions):
        if day > last:
            break
        count += calendar.working(day)
    return count


def _running(first: date, suspensions: tuple[Suspension, ...]) -> Iterator[date]:
    """Yield the days from `first` on which the clock runs; the calendar's end ends them."""
    day = first
    while day < date.max:
        if not any(one.covers(day) for one in suspensions):
            yield day
        day += _DAY
