"""委托书: a paper without a seal, with lines to sign on, and the code by which the window reads it back."""

from __future__ import annotations

from datetime import date

from mianzheng.deadlines import calendar_on
from mianzheng.model.papers import Paper
from mianzheng.model.text import Text
from mianzheng.papers.mandate import MandateFacts, mandate_paper
from mianzheng.papers.typesetting import typeset
from tests.papers.examples import DAY, text_of


def made() -> Paper:
    facts = MandateFacts(
        principal="甲某某",
        agent="乙某某",
        items=(Text("高龄津贴", "Old-age allowance"),),
        purpose="代办津贴",
        uses=2,
        valid_from=DAY,
        valid_to=date(2027, 2, 28),
        office=Text("市民中心", "The citizens' centre"),
        code="mz-paper:abc",
    )
    return mandate_paper(facts, today=DAY, calendar=calendar_on(DAY))


def test_it_says_who_mandates_whom_to_what_and_until_when() -> None:
    said = text_of(typeset(made()))
    for words in ("甲某某", "乙某某", "高龄津贴", "至多2次", "2027年2月28日", "不得转委托"):
        assert words in said


def test_it_is_signed_by_hand_and_carries_no_seal() -> None:
    paper = made()
    said = text_of(typeset(paper))
    assert not paper.sealed and "委托人（签名）" in said and "电子印章" not in said


def test_its_code_is_what_the_window_reads_back_by_camera_or_typed() -> None:
    assert made().check == "mz-paper:abc"
    assert "mz-paper:abc" in text_of(typeset(made()))
