"""Terms of the procedure: correction in five days or accepted, contest and delivery in ten."""

from __future__ import annotations

from datetime import date

import pytest

from mianzheng.deadlines import BadClock, Correction, Standstill, correction, terms_on, within
from tests.deadlines.offices import CALENDAR

TERMS = terms_on(date(2026, 3, 2))
RECEIVED = date(2026, 3, 2)  # five working days end on Monday 9 March


def asked(told_on: date | None, today: date) -> Correction:
    return correction(RECEIVED, told_on=told_on, term=TERMS.correction, calendar=CALENDAR, today=today)


def test_a_correction_not_yet_asked_for_may_be_asked_for_within_five_working_days() -> None:
    found = asked(None, date(2026, 3, 9))
    assert (found.limit.due.on, found.limit.left, found.deemed_accepted_on) == (date(2026, 3, 9), 0, None)


def test_not_asked_for_in_time_the_case_counts_as_accepted_on_the_day_of_receipt() -> None:
    assert asked(None, date(2026, 3, 10)).deemed_accepted_on == RECEIVED


def test_asked_for_in_time_the_applicant_may_take_long() -> None:
    assert asked(date(2026, 3, 9), date(2026, 6, 1)).deemed_accepted_on is None


def test_asked_for_late_is_as_not_asked_for() -> None:
    assert asked(date(2026, 3, 10), date(2026, 3, 10)).deemed_accepted_on == RECEIVED


def test_asked_for_before_receipt_is_an_error() -> None:
    with pytest.raises(BadClock):
        asked(date(2026, 3, 1), date(2026, 3, 10))


def test_a_contest_is_answered_within_ten_working_days() -> None:
    found = within(TERMS.contest, after=date(2026, 3, 2), calendar=CALENDAR, today=date(2026, 3, 17))
    assert found.due.on == date(2026, 3, 16)
    assert found.overdue is not None and found.overdue.publish.zh.startswith("存疑答复期限已于2026年3月16日届满")


def test_delivery_follows_the_decision_within_ten_working_days() -> None:
    over_the_festival = within(TERMS.delivery, after=date(2026, 2, 12), calendar=CALENDAR, today=date(2026, 2, 12))
    assert over_the_festival.due.on == date(2026, 3, 4)  # 13, 14; 24 to 28; 2, 3 and 4 March


def test_a_proposed_refusal_is_signed_within_one_working_day() -> None:
    friday = within(TERMS.signature, after=date(2026, 3, 6), calendar=CALENDAR, today=date(2026, 3, 6))
    assert friday.due.on == date(2026, 3, 9)


def test_the_law_itself_lets_hearing_test_and_expert_review_stand_still_and_nothing_else() -> None:
    assert set(TERMS.standstill) == {Standstill.HEARING, Standstill.TEST, Standstill.EXPERT_REVIEW}


def test_extensions_are_ten_days_and_fifteen_of_several_departments_together() -> None:
    assert (TERMS.extension.days, TERMS.joint_extension.days) == (10, 15)


def test_before_the_licensing_law_no_terms_are_in_force() -> None:
    with pytest.raises(BadClock):
        terms_on(date(2004, 6, 30))
