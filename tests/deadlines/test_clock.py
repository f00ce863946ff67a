"""The clock of a case: promise and legal limit side by side, standing still, extended once."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from mianzheng.deadlines import (
    BadClock,
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
from tests.deadlines.offices import CALENDAR, clock, extension, suspension

ACCEPTED = date(2026, 3, 2)  # Monday; 5 days end on 9 March, 20 on 30 March
HEARING = suspension(date(2026, 3, 4), date(2026, 3, 10))


def now(of: Clock, today: date) -> Standing:
    return standing(of, CALENDAR, today=today)


def test_promise_and_legal_limit_run_side_by_side() -> None:
    found = now(clock(ACCEPTED), date(2026, 3, 12))
    assert (found.promise.due.on, found.legal.due.on) == (date(2026, 3, 9), date(2026, 3, 30))
    assert found.promise.overdue is not None and found.promise.overdue.since == date(2026, 3, 10)
    assert found.legal.overdue is None and found.legal.left == 12


def test_a_promise_of_zero_days_is_kept_on_the_day_of_acceptance() -> None:
    at_once = decided(clock(ACCEPTED, promise=0), ACCEPTED)
    assert now(at_once, date(2026, 6, 1)).promise.overdue is None
    late = now(clock(ACCEPTED, promise=0), date(2026, 3, 3))
    assert late.promise.overdue is not None and late.legal.overdue is None


def test_a_suspension_moves_both_limits_and_is_shown_while_it_lasts() -> None:
    waiting = suspended(clock(ACCEPTED), HEARING, today=date(2026, 3, 4))
    found = now(waiting, date(2026, 3, 5))
    assert (found.promise.due.on, found.legal.due.on) == (date(2026, 3, 16), date(2026, 4, 7))
    assert found.still == (HEARING,)
    assert now(waiting, date(2026, 3, 11)).still == ()


def test_a_suspension_not_yet_told_in_writing_is_an_error() -> None:
    with pytest.raises(BadClock) as raised:
        suspended(clock(ACCEPTED), HEARING, today=date(2026, 3, 3))
    assert raised.value.code == "suspension-untold"


def test_a_suspension_ended_early_lets_the_clock_run_from_the_next_day() -> None:
    waiting = suspended(clock(ACCEPTED), HEARING, today=date(2026, 3, 4))
    early = resumed(waiting, HEARING, last=date(2026, 3, 5))
    assert now(early, date(2026, 3, 6)).still == ()
    assert now(early, date(2026, 3, 6)).promise.due.on == date(2026, 3, 11)
    assert resumed(waiting, HEARING, last=date(2026, 3, 3)) == clock(ACCEPTED)  # called off before it began


def test_a_suspension_that_takes_longer_needs_another_notice() -> None:
    waiting = suspended(clock(ACCEPTED), HEARING, today=date(2026, 3, 4))
    with pytest.raises(BadClock):
        resumed(waiting, HEARING, last=date(2026, 3, 12))
    with pytest.raises(BadClock):
        resumed(clock(ACCEPTED), HEARING, last=date(2026, 3, 5))
    more = suspension(date(2026, 3, 11), date(2026, 3, 12))
    assert now(suspended(waiting, more, today=date(2026, 3, 11)), date(2026, 3, 12)).still == (more,)


def test_an_extension_moves_the_legal_limit_and_not_the_promise() -> None:
    longer = extended(clock(ACCEPTED), extension(date(2026, 3, 27)), CALENDAR, today=date(2026, 3, 27))
    found = now(longer, date(2026, 3, 31))
    assert found.promise.due.on == date(2026, 3, 9)
    assert found.legal.due.on == date(2026, 4, 14)  # 31 March to 3 April, 7 to 10, 13 and 14; the 6th is Qingming
    assert found.legal.days == 30


def test_a_second_extension_is_an_error() -> None:
    once = extended(clock(ACCEPTED), extension(date(2026, 3, 27)), CALENDAR, today=date(2026, 3, 27))
    with pytest.raises(BadClock) as raised:
        extended(once, extension(date(2026, 4, 13)), CALENDAR, today=date(2026, 4, 13))
    assert raised.value.code == "extended-twice"


@pytest.mark.parametrize(("signed_on", "allowed"), [(date(2026, 3, 30), True), (date(2026, 3, 31), False)])
def test_an_extension_is_signed_before_the_legal_limit_has_run_out(signed_on: date, allowed: bool) -> None:
    if allowed:
        assert extended(clock(ACCEPTED), extension(signed_on), CALENDAR, today=signed_on).extension is not None
        return
    with pytest.raises(BadClock) as raised:
        extended(clock(ACCEPTED), extension(signed_on), CALENDAR, today=signed_on)
    assert raised.value.code == "extension-late"


def test_an_extension_signed_tomorrow_is_not_signed() -> None:
    with pytest.raises(BadClock):
        extended(clock(ACCEPTED), extension(date(2026, 3, 28)), CALENDAR, today=date(2026, 3, 27))


def test_an_extension_is_no_longer_than_the_law_allows() -> None:
    with pytest.raises(BadClock):
        extended(clock(ACCEPTED), extension(date(2026, 3, 27), days=11), CALENDAR, today=date(2026, 3, 27))
    joint = clock(ACCEPTED, legal=45, longer=15)
    assert extended(joint, extension(date(2026, 3, 27), days=15), CALENDAR, today=date(2026, 3, 27)).extension


@pytest.mark.parametrize("missing", [{"reason": ""}, {"signed_by": " "}, {"signature": ""}, {"days": 0}])
def test_an_extension_without_reason_head_signature_or_days_is_an_error(missing: dict[str, object]) -> None:
    given = {**msgspec.structs.asdict(extension(date(2026, 3, 27))), **missing}
    with pytest.raises(BadClock):
        Extension(**given)


def test_an_extension_told_before_it_was_signed_is_an_error() -> None:
    with pytest.raises(BadClock):
        extension(date(2026, 3, 27), told_on=date(2026, 3, 26))


def test_a_decided_case_is_neither_suspended_nor_extended_nor_decided_again() -> None:
    done = decided(clock(ACCEPTED), date(2026, 3, 6))
    with pytest.raises(BadClock):
        suspended(done, HEARING, today=date(2026, 3, 6))
    with pytest.raises(BadClock):
        extended(done, extension(date(2026, 3, 6)), CALENDAR, today=date(2026, 3, 6))
    with pytest.raises(BadClock):
        decided(done, date(2026, 3, 9))
    with pytest.raises(BadClock):
        decided(clock(ACCEPTED), date(2026, 3, 1))


def test_a_decision_stops_both_limits_and_lateness_stays() -> None:
    found = now(decided(clock(ACCEPTED), date(2026, 3, 12)), date(2026, 6, 1))
    assert found.promise.overdue is not None and found.promise.overdue.days == 3
    assert found.legal.overdue is None


def test_a_limit_over_days_not_yet_published_is_provisional_others_are_not() -> None:
    last = max(CALENDAR.years)
    found = now(clock(date(last, 12, 14), promise=2), date(last, 12, 14))
    assert not found.promise.due.provisional
    assert found.legal.due.provisional


def test_limits_out_of_order_are_an_error() -> None:
    with pytest.raises(BadClock):
        Limits(promise_days=21, legal_days=20, extension_days=10)
    with pytest.raises(BadClock):
        Limits(promise_days=5, legal_days=20, extension_days=-1)


def test_a_clock_survives_storage() -> None:
    held = extended(
        suspended(clock(ACCEPTED), HEARING, today=date(2026, 3, 4)),
        extension(date(2026, 3, 27)),
        CALENDAR,
        today=date(2026, 3, 27),
    )
    assert msgspec.json.decode(msgspec.json.encode(held), type=Clock) == held
