"""The clock of one case: two limits from acceptance 受理, what stood still, at most one extension.

The promise 承诺时限 and the legal limit 法定时限 run side by side. An extension moves the legal limit only: what
was promised stays promised, and is shown broken when it is.
"""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.deadlines.calendar import Calendar
from mianzheng.deadlines.limit import BadClock, Limit, Suspension, due, limit
from mianzheng.model.text import Text

_PROMISE = Text("承诺时限", "the promised limit")
_LEGAL = Text("法定时限", "the legal limit")


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of an item in working days; `extension_days` is the most the law allows (0: none)."""

    promise_days: int  # 0 = at once
    legal_days: int
    extension_days: int

    def __post_init__(self) -> None:
        if not 0 <= self.promise_days <= self.legal_days or self.extension_days < 0:
            raise BadClock(
                f"promised {self.promise_days}, legal {self.legal_days}, extension {self.extension_days} days",
                hint="0 <= promise <= legal, extension from 0",
                code="limit-days",
            )


class Extension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one extension 延长: working days, the reason told to the applicant, the head's signature.

    `signature` was verified by whoever made this value; a pure module holds no keys.
    """

    days: int
    reason: str
    signed_by: str  # the head 负责人
    signed_on: date
    signature: str
    told_on: date

    def __post_init__(self) -> None:
        if not (self.reason.strip() and self.signed_by.strip() and self.signature.strip()):
            raise BadClock(
                "an extension without reason, head or signature",
                hint="the head signs it with a reason",
                code="extension-unsigned",
            )
        if self.days < 1 or self.told_on < self.signed_on:
            raise BadClock(
                f"an extension of {self.days} days, signed on {self.signed_on}, told on {self.told_on}",
                hint="at least one day; told once it is signed",
                code="extension-days",
            )


class Clock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What happened to one case that its limits depend on; days in Asia/Shanghai."""

    accepted_on: date
    limits: Limits
    suspensions: tuple[Suspension, ...] = ()
    extension: Extension | None = None
    decided_on: date | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a case stands with the law's clock; `still` are the suspensions in force today."""

    promise: Limit
    legal: Limit
    still: tuple[Suspension, ...]


def standing(clock: Clock, calendar: Calendar, *, today: date) -> Standing:
    """Return both limits as they stand today, and what the clock stands still for."""
    still = () if clock.decided_on is not None else tuple(one for one in clock.suspensions if one.covers(today))
    return Standing(
        promise=_limit(clock, clock.limits.promise_days, _PROMISE, calendar, today),
        legal=_limit(clock, _legal_days(clock), _LEGAL, calendar, today),
        still=still,
    )


def suspended(clock: Clock, suspension: Suspension, *, today: date) -> Clock:
    """Return the clock with one more suspension, told by today; they may overlap, and no day is left out twice."""
    _undecided(clock, "suspended")
    if suspension.told_on > today:
        raise BadClock(f"a suspension told on {suspension.told_on}", hint="tell it first", code="suspension-untold")
    return msgspec.structs.replace(clock, suspensions=(*clock.suspensions, suspension))


def resumed(clock: Clock, suspension: Suspension, *, last: date) -> Clock:
    """Return the clock with one suspension ended early: `last` is the last day left out, before it began: none."""
    if suspension not in clock.suspensions or last > suspension.until:
        raise BadClock(
            f"{suspension.kind} from {suspension.since} to {suspension.until} cannot end on {last}",
            hint="name a suspension of this clock and an earlier day; what takes longer is suspended and told anew",
            code="suspension-days",
        )
    others = tuple(one for one in clock.suspensions if one != suspension)
    if last < max(suspension.since, suspension.told_on):
        return msgspec.structs.replace(clock, suspensions=others)
    return msgspec.structs.replace(clock, suspensions=(*others, msgspec.structs.replace(suspension, until=last)))


def extended(clock: Clock, extension: Extension, calendar: Calendar, *, today: date) -> Clock:
    """Return the clock with its extension: once, within the law's days, signed before the legal limit ran out."""
    _undecided(clock, "extended")
    if clock.extension is not None:
        raise BadClock("this case was extended before", hint="the law allows one extension", code="extended-twice")
    if extension.days > clock.limits.extension_days:
        raise BadClock(
            f"an extension of {extension.days} days where the law allows {clock.limits.extension_days}",
            hint="extend by no more",
            code="extension-days",
        )
    last = due(_legal_days(clock), after=clock.accepted_on, calendar=calendar, suspensions=clock.suspensions).on
    if not clock.accepted_on <= extension.signed_on <= min(last, today) or extension.told_on > today:
        raise BadClock(
            f"an extension signed on {extension.signed_on} of a limit that ends on {last}",
            hint="it is signed and told before the legal limit runs out; after that the case is overdue",
            code="extension-late",
        )
    return msgspec.structs.replace(clock, extension=extension)


def decided(clock: Clock, on: date) -> Clock:
    """Return the clock stopped by the decision of that day; what was overdue then stays so."""
    _undecided(clock, "decided")
    if on < clock.accepted_on:
        raise BadClock(f"decided on {on}, accepted on {clock.accepted_on}", hint="check the days", code="decided-early")
    return msgspec.structs.replace(clock, decided_on=on)


def _limit(clock: Clock, days: int, label: Text, calendar: Calendar, today: date) -> Limit:
    return limit(
        days,
        label=label,
        after=clock.accepted_on,
        calendar=calendar,
        today=today,
        ended=clock.decided_on,
        suspensions=clock.suspensions,
    )


def _legal_days(clock: Clock) -> int:
    return clock.limits.legal_days + (clock.extension.days if clock.extension is not None else 0)


def _undecided(clock: Clock, what: str) -> None:
    if clock.decided_on is not None:
        raise BadClock(
            f"decided on {clock.decided_on}, it cannot be {what}", hint="a case that runs again has a clock of its own"
        )
