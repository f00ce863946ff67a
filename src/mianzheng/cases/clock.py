"""The law's clock of a case: computed from what happened, so that a day no notice had settled is counted anew.

It starts on the day of acceptance that counts for the department: the day on which the application was complete,
that is signed (行政许可法 art. 32); until then nobody but the applicant can do anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec

from mianzheng.cases.procedure import Procedure
from mianzheng.cases.working_days import WorkingDays, day_after, start_of
from mianzheng.deadlines import Clock, Limits, Standing, day_in_china, standing, terms_on
from mianzheng.model.case import State
from mianzheng.model.item import Item

REVIEW_DAYS = 60  # 行政复议法 art. 20: sixty days to ask for a review; then the case ends by itself
WITHDRAWN_DAYS = 10
REMIND_DAYS = 10  # working days before the term for a fee ends

DECIDING = frozenset(
    {
        State.AUTHORISED,
        State.ASKING,
        State.UNDECIDED,
        State.WAITING_REGISTER,
        State.WAITING_PERSON,
        State.WAITING_SIGNATURE,
        State.ACCEPTED_INCOMPLETE,
        State.VISIT_BOOKED,
        State.SUSPENDED,
        State.PUBLIC_NOTICE,
        State.PROPOSED,
        State.CONTESTED,
        State.ESCALATED,
        State.REOPENED,
        State.GRANTED,
    }
)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which the clock does something by itself: `what` is a limit that ran out, or a term of the state."""

    on: date  # the first day on which it is so
    what: str
    provisional: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the clock of a case depends on."""

    item: Item
    state: State
    as_of: date | None
    authorised_at: datetime | None
    procedure: Procedure
    since: date  # the day on which this state was entered
    contested: frozenset[str] = frozenset()  # keys of open contests


def clock_of(facts: Facts) -> Clock | None:
    """Return the clock of a case; None before acceptance, and of one that nobody is shown to have signed."""
    kept = facts.procedure
    if kept.told == "not-named":
        return None
    signed_on = None if facts.authorised_at is None else day_in_china(facts.authorised_at)
    accepted = kept.accepted_on or signed_on or facts.as_of
    if accepted is None:
        return None
    return Clock(
        accepted_on=accepted,
        limits=limits_of(facts.item, accepted),
        suspensions=kept.suspensions,
        extension=kept.extension,
        decided_on=None if kept.decided_on is None else max(kept.decided_on, accepted),
    )


def limits_of(item: Item, on: date) -> Limits:
    """Return the limits of an item: what several departments decide may be extended by more."""
    terms = terms_on(on)
    joint = terms.joint_extension if item.approval == "departments" else terms.extension
    legal = max(item.legal_days, item.promise_days)
    return Limits(promise_days=item.promise_days, legal_days=legal, extension_days=joint.days)


def standing_of(facts: Facts, days: WorkingDays) -> Standing | None:
    """Return both limits as they stand today."""
    clock = clock_of(facts)
    return None if clock is None else standing(clock, days.calendar, today=days.today)


def next_turn(facts: Facts, days: WorkingDays) -> Turn | None:
    """Return the turn that comes first; None when nothing happens by itself."""
    return min(turns(facts, days), key=lambda turn: turn.on, default=None)


def wakes_at(turn: Turn | None) -> datetime | None:
    """Return when the machine must look."""
    return None if turn is None else start_of(turn.on)


def turns(facts: Facts, days: WorkingDays) -> Iterator[Turn]:
    """Yield every turn that is still to come, or came and was not taken yet."""
    for turn in (*_limits(facts, days), *_contests(facts, days)):
        if turn.what not in facts.procedure.published:
            yield turn
    yield from _of_state(facts, days)


def _limits(facts: Facts, days: WorkingDays) -> Iterator[Turn]:
    clock = clock_of(facts)
    if clock is None or facts.state not in DECIDING or clock.decided_on is not None:
        return
    extra = 0 if clock.extension is None else clock.extension.days
    for what, count in (("promise", clock.limits.promise_days), ("legal", clock.limits.legal_days + extra)):
        yield _after(days, count, clock.accepted_on, what, facts)
    if facts.procedure.proposed_on is not None and facts.state in (State.PROPOSED, State.WAITING_PERSON):
        term = terms_on(facts.procedure.proposed_on).signature
        last = days.due(term.days, after=facts.procedure.proposed_on)
        yield Turn(on=day_after(last.on), what="signature", provisional=last.provisional)


def _contests(facts: Facts, days: WorkingDays) -> Iterator[Turn]:
    for key, since in facts.procedure.contested_on.items():
        if key in facts.contested:
            last = days.due(terms_on(since).contest.days, after=since)
            yield Turn(on=day_after(last.on), what=f"contest {key}", provisional=last.provisional)


def _after(days: WorkingDays, count: int, accepted: date, what: str, facts: Facts) -> Turn:
    last = days.due(count, after=accepted, suspensions=facts.procedure.suspensions)
    return Turn(on=day_after(last.on), what=what, provisional=last.provisional)


def _of_state(facts: Facts, days: WorkingDays) -> Iterator[Turn]:
    """Yield the term after which a state is left by itself."""
    kept, state, since = facts.procedure, facts.state, facts.since
    if state is State.PROPOSED and kept.proposed_on is not None:
        yield _term(days, terms_on(kept.proposed_on).signature.days, kept.proposed_on, "put-to-officer")
    elif state is State.CORRECTION and kept.asked_correction is not None:
        asked = kept.asked_correction
        yield _term(days, asked.within, asked.told_on, "not-corrected")
    elif state is State.ACCEPTED_INCOMPLETE:
        for condition, day in kept.incomplete_since.items():
            yield _term(days, supply_within(facts.item, condition), day, "not-supplied")
    elif state is State.VISIT_BOOKED and kept.booked is not None:
        yield Turn(on=day_after(kept.booked.on), what="no-finding")
    elif state is State.SUSPENDED and kept.suspensions:
        yield Turn(on=day_after(max(one.until for one in kept.suspensions)), what="resumed")
    elif state is State.PUBLIC_NOTICE and kept.notice_until is not None:
        yield Turn(on=day_after(kept.notice_until), what="noticed")
    elif state is State.FEE_DUE:
        told, term = kept.fee_since or since, terms_on(kept.fee_since or since).fee.days
        if not kept.fee_reminded:
            yield _term(days, term - REMIND_DAYS, told, "fee-reminder")
        yield _term(days, term, told, "fee-unpaid")
    elif state is State.DECLARED and kept.delivered_on is not None:
        for condition, declared in kept.declared.items():
            if declared.kept is None and f"check {condition}" not in kept.published:
                yield _term(days, check_within(facts.item, condition), kept.delivered_on, f"check {condition}")
    elif state is State.DELIVERED:
        yield _term(days, terms_on(since).delivery.days, since, "term-of-delivery")
    elif state in (State.REFUSED, State.NOT_ACCEPTED, State.REVOKED):
        yield Turn(on=since + timedelta(days=REVIEW_DAYS + 1), what="term-of-review")
    elif state is State.WITHDRAWN:
        yield Turn(on=since + timedelta(days=WITHDRAWN_DAYS + 1), what="withdrawn")


def _term(days: WorkingDays, count: int, after: date, what: str) -> Turn:
    last = days.due(count, after=after)
    return Turn(on=day_after(last.on), what=what, provisional=last.provisional)


def supply_within(item: Item, condition: str) -> int:
    """Return how many working days there are to supply what a condition lacks."""
    return next((one.supply_within for one in item.conditions if one.id == condition), 0)


def check_within(item: Item, condition: str) -> int:
    """Return within how many working days a declaration is checked."""
    found = next((one.declaration for one in item.conditions if one.id == condition), None)
    return 0 if found is None else found.check_within
