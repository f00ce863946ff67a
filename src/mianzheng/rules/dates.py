"""Whole days, months and years, counted one way everywhere: no date arithmetic reaches a database.

Months are added with the day clamped to the month's end (29 January + 1 month = 28 February), so
who was born on 29 February reaches an age on 28 February of a common year.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Unit


class OutsideCalendar(MianzhengError):
    """A date would lie before year 1 or after year 9999."""

    code = "outside-calendar"


def add(day: date, amount: int, unit: Unit) -> date:
    """Return `day` plus `amount` (may be negative) whole units; `OutsideCalendar` beyond the calendar."""
    try:
        if unit == "days":
            return day + timedelta(days=amount)
        year, month = _month(day, amount * 12 if unit == "years" else amount)
        return date(year, month, min(day.day, monthrange(year, month)[1]))
    except (ValueError, OverflowError):
        raise OutsideCalendar(f"{day} and {amount} {unit} lie outside the calendar", hint="check the figure") from None


def cutoff(as_of: date, amount: int, unit: Unit) -> date:
    """Return the latest day `d` with `add(d, amount, unit) <= as_of`.

    So `d <= cutoff` says: at least `amount` whole units have passed since `d`.
    """
    if unit == "days":
        return add(as_of, -amount, unit)
    landed = add(as_of, -amount, unit)
    # On the last day of a month every later day of the month counted from is clamped onto it.
    if as_of.day == monthrange(as_of.year, as_of.month)[1]:
        return landed.replace(day=monthrange(landed.year, landed.month)[1])
    return landed


def _month(day: date, months: int) -> tuple[int, int]:
    total = day.year * 12 + day.month - 1 + months
    return total // 12, total % 12 + 1
