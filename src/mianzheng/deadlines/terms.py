"""Terms of the procedure that are the same for every item: correction, delivery, contest, signature, fee.

They stand in `terms.toml` with their source and date of effect, not in code.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources

import msgspec

from mianzheng.deadlines.calendar import Calendar
from mianzheng.deadlines.limit import BadClock, Limit, Standstill, limit
from mianzheng.model.item import Reference
from mianzheng.model.text import Text


class Term(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of working days with its source."""

    days: int
    label: Text
    reference: Reference


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms in force from one day on; `standstill` is what the licensing law itself leaves uncounted."""

    effective: date
    correction: Term  # asked once and complete, else accepted on receipt
    delivery: Term  # from the decision
    contest: Term  # corrected, or upheld with reason
    signature: Term  # of an officer under a proposed refusal
    extension: Term
    joint_extension: Term  # several departments together
    fee: Term  # paid, else the case ends without delivery
    standstill: dict[Standstill, Reference]


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The term for asking the applicant for a correction 补正; run out, the case counts as accepted.

    `deemed_accepted_on` is then the day of receipt, from which the clock of the case runs.
    """

    limit: Limit
    deemed_accepted_on: date | None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    terms: tuple[Terms, ...]


def terms_on(day: date) -> Terms:
    """Return the terms in force on this day."""
    in_force = [one for one in _shipped() if one.effective <= day]
    if not in_force:
        raise BadClock(f"no terms in force on {day}", hint="the licensing law holds from 2004-07-01", code="no-terms")
    return max(in_force, key=lambda one: one.effective)


def within(term: Term, *, after: date, calendar: Calendar, today: date, ended: date | None = None) -> Limit:
    """Return how this term stands: it started on `after`, and was met on `ended`. Nothing suspends it."""
    return limit(term.days, label=term.label, after=after, calendar=calendar, today=today, ended=ended)


def correction(received_on: date, *, told_on: date | None, term: Term, calendar: Calendar, today: date) -> Correction:
    """Return whether a correction was asked for in time; `told_on` is the day all of it was told, None: not yet.

    Told late is as not told. A complete application needs none of this: it is accepted when found complete.
    """
    if told_on is not None and told_on < received_on:
        raise BadClock(f"told on {told_on}, received on {received_on}", hint="check the days", code="told-early")
    limit_ = within(term, after=received_on, calendar=calendar, today=today, ended=told_on)
    return Correction(limit=limit_, deemed_accepted_on=received_on if limit_.overdue is not None else None)


@cache
def _shipped() -> tuple[Terms, ...]:
    text = resources.files(__package__).joinpath("terms.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=_File).terms
