"""Calendars, suspensions and extensions for the tests of the law's clock."""

from __future__ import annotations

from datetime import date
from typing import Any

from mianzheng.deadlines import Calendar, Clock, Extension, Limits, Standstill, Suspension, calendar_on
from mianzheng.model.item import Reference

LAW = Reference(text="行政许可法第四十五条", verified=True)
TODAY = date(2026, 11, 25)
CALENDAR: Calendar = calendar_on(TODAY, ())


def suspension(since: date, until: date, *, told_on: date | None = None, **more: Any) -> Suspension:
    given = {"kind": Standstill.HEARING, "reason": "组织听证", "reference": LAW, **more}
    return Suspension(since=since, until=until, told_on=since if told_on is None else told_on, **given)


def extension(signed_on: date, days: int = 10, **more: Any) -> Extension:
    given = {"reason": "需要跨省核查", "signed_by": "head-1", "signature": "ey…", "told_on": signed_on, **more}
    return Extension(days=days, signed_on=signed_on, **given)


def clock(accepted_on: date, *, promise: int = 5, legal: int = 20, longer: int = 10, **more: Any) -> Clock:
    limits = Limits(promise_days=promise, legal_days=legal, extension_days=longer)
    return Clock(accepted_on=accepted_on, limits=limits, **more)
