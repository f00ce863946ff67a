"""复议 and 诉讼: where a decision is reviewed and until when, from the day it was received.

The day of receipt is not counted (民法典 art. 201); sixty days are calendar days, six months end on the day of that
number, or the last of its month; a last day on a holiday moves to the next working day.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache

import msgspec

from mianzheng.deadlines import Calendar
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Reference
from mianzheng.model.text import Text
from mianzheng.papers.templates import shipped


class Remedies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The remedies from one day on; `elsewhere`: departments that another organ reviews."""

    effective: date
    review_days: int
    court_months: int
    review: Reference
    court: Reference
    rolls: Reference
    at: Text
    court_at: Text
    elsewhere: dict[str, Text]


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """One way on: where, and the last day when the paper is received on the given one."""

    kind: str  # review, court
    at: Text
    until: date
    law: Reference


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    remedies: tuple[Remedies, ...]


def remedies_on(day: date) -> Remedies:
    """Return the remedies in force on a day; `WrongUse` when the data begins later."""
    in_force = [one for one in _shipped() if one.effective <= day]
    if not in_force:
        raise WrongUse(f"no remedies in force on {day}", hint="papers/remedies.toml")
    return max(in_force, key=lambda one: one.effective)


def remedies_of(department: str, *, decided_on: date, received_on: date, calendar: Calendar) -> tuple[Remedy, ...]:
    """Return review and court for a decision of a department that is received on a day."""
    found = remedies_on(decided_on)
    review = _working(received_on + timedelta(days=found.review_days), calendar)
    court = _working(months_after(received_on, found.court_months), calendar)
    at = found.elsewhere.get(department, found.at)
    return (
        Remedy(kind="review", at=at, until=review, law=found.review),
        Remedy(kind="court", at=found.court_at, until=court, law=found.court),
    )


def months_after(day: date, months: int) -> date:
    """Return the day of the same number so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def remedy_words(remedies: tuple[Remedy, ...], *, days: int, months: int) -> tuple[Text, ...]:
    """Return the remedies as the paper says them, with the last day for who receives it on the day it was made."""
    review, court = remedies
    return (
        Text(
            f"对本决定不服的，可以自收到本文书之日起{days}日内，向{review.at.zh}申请行政复议"
            f"（作出当日收到的，至{day_zh(review.until)}止）。",
            f"You may apply for administrative review to {review.at.en} within {days} days of receipt"
            f" (received on the day it was made: until {review.until}).",
        ),
        Text(
            f"也可以自收到本文书之日起{months}个月内，直接向{court.at.zh}提起行政诉讼"
            f"（作出当日收到的，至{day_zh(court.until)}止）。",
            f"Or go straight to {court.at.en} within {months} months of receipt"
            f" (received on the day it was made: until {court.until}).",
        ),
    )


def day_zh(day: date) -> str:
    """Return 2026年12月3日, as official documents write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def _working(day: date, calendar: Calendar) -> date:
    while not calendar.working(day):
        day += timedelta(days=1)
    return day


@cache
def _shipped() -> tuple[Remedies, ...]:
    return shipped("remedies.toml", _File).remedies
