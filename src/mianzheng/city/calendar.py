"""Dates of the city: whole years and months from a day, clamped to the month's end (design/rules.md, Dates)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from random import Random

YEAR = 365.2425  # days


_SHANGHAI = timezone(timedelta(hours=8))


def shanghai_today() -> date:
    """Return today's date in Asia/Shanghai, which has had no summer time since 1991."""
    return datetime.now(_SHANGHAI).date()


def add_months(day: date, months: int) -> date:
    """Return `day` moved by whole months; 29 January + 1 month = 28 February."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """Return `day` moved by whole years; a 29 February falls on the 28th of a common year."""
    return add_months(day, 12 * years)


def months_between(first: date, last: date) -> int:
    """Return the most whole months n for which `add_months(first, n) <= last`; negative when `last` is earlier."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1


def years_between(first: date, last: date) -> int:
    """Return the full years from `first` to `last`."""
    return months_between(first, last) // 12


def day_between(rng: Random, first: date, last: date) -> date:
    """Return a day from `first` to `last`, both included; `first` when they are the wrong way round."""
    span = (last - first).days
    return first + timedelta(days=int(rng.random() * (span + 1))) if span > 0 else first


def same_distance(day: date, *, origin: date, target: date) -> date:
    """Return the day that lies from `target` as `day` lies from `origin`, in whole months and then days.

    Keeps what an example rests on: who was 80 on the day `origin` is 80 on the day `target`.
    """
    months = months_between(origin, day)
    rest = day - add_months(origin, months)
    return add_months(target, months) + rest
