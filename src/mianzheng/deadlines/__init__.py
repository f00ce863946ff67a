"""The law's clock: working days, what stands still, one extension, and what is overdue. Pure: today is passed in."""

from mianzheng.deadlines.calendar import BadNotice, Calendar, Notice, calendar_on, day_in_china, read_notices
from mianzheng.deadlines.clock import (
    Clock,
    Extension,
    Limits,
    Standing,
    decided,
    extended,
    resumed,
    standing,
    suspended,
)
from mianzheng.deadlines.limit import BadClock, Due, Limit, Overdue, Standstill, Suspension, due, limit
from mianzheng.deadlines.terms import Correction, Term, Terms, correction, terms_on, within

__all__ = [
    "BadClock",
    "BadNotice",
    "Calendar",
    "Clock",
    "Correction",
    "Due",
    "Extension",
    "Limit",
    "Limits",
    "Notice",
    "Overdue",
    "Standing",
    "Standstill",
    "Suspension",
    "Term",
    "Terms",
    "calendar_on",
    "correction",
    "day_in_china",
    "decided",
    "due",
    "extended",
    "limit",
    "read_notices",
    "resumed",
    "standing",
    "suspended",
    "terms_on",
    "within",
]
