"""What papers say: dated templates filled with facts, remedies with their last days, numbers."""

from __future__ import annotations

from datetime import date

import pytest

from mianzheng.deadlines import calendar_on
from mianzheng.model.errors import WrongUse
from mianzheng.model.papers import PaperKind, slug_of
from mianzheng.papers.numbers import Number, read_number
from mianzheng.papers.remedies import months_after, remedies_of, remedies_on
from mianzheng.papers.templates import template_on, templates
from tests.papers.examples import DAY, LAW, VALUES, paper


def said(kind: PaperKind, language: str = "zh") -> str:
    made = paper(kind)
    return "\n".join(getattr(one, language) for part in made.sections for one in (*part.paragraphs, *part.points))


@pytest.mark.parametrize("kind", tuple(PaperKind))
def test_every_kind_has_a_template_in_both_languages(kind: PaperKind) -> None:
    assert said(kind, "zh") and said(kind, "en")
    assert "{" not in said(kind, "zh") + said(kind, "en")


def test_every_template_names_its_law_and_whether_it_was_read() -> None:
    assert all(one.law for one in templates())


def test_a_refusal_names_rule_date_reason_and_where_to_contest() -> None:
    text = said(PaperKind.REFUSAL)
    for words in ("未满八十周岁", "浙江省老年人权益保障条例", "自2025年1月1日起适用", "可以提出异议：临海市公安局窗口"):
        assert words in text


def test_a_refusal_names_review_and_court_with_their_last_days() -> None:
    text = said(PaperKind.REFUSAL)
    assert "60日内，向临海市人民政府申请行政复议（作出当日收到的，至2027年1月29日止）" in text
    assert "6个月内，直接向有管辖权的人民法院提起行政诉讼（作出当日收到的，至2027年5月31日止）" in text


def test_a_licence_is_called_one_and_a_service_is_not() -> None:
    assert paper(PaperKind.REFUSAL, item_kind="行政许可").title.zh == "不予行政许可决定书"
    assert paper(PaperKind.GRANT, item_kind="公共服务").title.zh == "准予办理决定书"


def test_what_is_no_licence_only_follows_the_licensing_law_beside_its_own() -> None:
    licence, benefit = (paper(PaperKind.ACCEPTANCE, item_kind=kind) for kind in ("行政许可", "行政给付"))
    assert "依照《中华人民共和国行政许可法》" in str(licence.sections) and licence.law[0].verified
    assert "参照《中华人民共和国行政许可法》" in str(benefit.sections) and "依照" not in str(benefit.sections)
    assert [one.text[:2] for one in benefit.law[:2]] == [LAW.text[:2], "参照"] and not benefit.law[1].verified


def test_a_grant_of_money_says_how_often() -> None:
    assert "核定标准：每月200.00元。" in said(PaperKind.GRANT)
    assert "Amount: 200.00 yuan a month." in said(PaperKind.GRANT, "en")


def test_a_grant_without_money_says_nothing_of_an_amount() -> None:
    without = {name: value for name, value in VALUES.items() if name != "amount"}
    made = paper(PaperKind.GRANT, values=without)
    assert not any("核定标准" in one.zh for part in made.sections for one in part.paragraphs)


def test_a_missing_fact_is_named_instead_of_leaving_a_gap() -> None:
    with pytest.raises(WrongUse, match="decided_on"):
        paper(PaperKind.GRANT, values={name: value for name, value in VALUES.items() if name != "decided_on"})


def test_a_correction_lists_everything_once_and_counts_it() -> None:
    text = said(PaperKind.CORRECTION)
    assert "（一）请更正户名" in text and "（二）请补充姓名" in text


def test_before_the_law_there_is_no_template() -> None:
    with pytest.raises(WrongUse, match="no template"):
        template_on(PaperKind.REFUSAL, date(1999, 1, 1))
    with pytest.raises(WrongUse, match="no remedies"):
        remedies_on(date(2023, 12, 31))


def test_tax_is_reviewed_by_the_authority_above() -> None:
    review, _ = remedies_of("taxation", decided_on=DAY, received_on=DAY, calendar=calendar_on(DAY))
    assert review.at.zh == "上一级税务机关"


def test_what_nobody_read_in_the_law_says_so() -> None:
    in_force = remedies_on(DAY)
    assert in_force.review.verified and not in_force.court.verified


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 11, 30), 6, date(2027, 5, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


def test_a_last_day_on_a_holiday_moves_to_the_next_working_day() -> None:
    received = date(2026, 8, 3)  # sixty days later is 2 October, a national holiday
    calendar = calendar_on(DAY)
    review, _ = remedies_of("civil-affairs", decided_on=DAY, received_on=received, calendar=calendar)
    assert review.until > date(2026, 10, 2) and calendar.working(review.until)


def test_a_number_is_read_back_from_its_address() -> None:
    number = Number(department="civil-affairs", year=2026, running=12)
    assert number.text == "civil-affairs-2026-12" and read_number(number.text) == number
    assert number.display == "临民〔2026〕12号"


@pytest.mark.parametrize("text", ["", "civil-affairs-2026-0", "civil-affairs-26-1", "../x-2026-1", "x-2026-1\n"])
def test_anything_else_is_no_number(text: str) -> None:
    assert read_number(text) is None


def test_the_second_of_a_kind_has_its_place_in_the_address() -> None:
    assert (slug_of(PaperKind.REFUSAL, 1), slug_of(PaperKind.REFUSAL, 2)) == ("refusal", "refusal-2")
