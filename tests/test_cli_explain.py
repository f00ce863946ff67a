"""`case explain` drawn for every reader: what is withheld from one has words too."""

from __future__ import annotations

import io
from datetime import date
from typing import get_args, get_type_hints

import msgspec
import pytest
from rich.console import Console

from mianzheng.cases.explaining import Result
from mianzheng.cli.pictures import draw_explanation
from mianzheng.cli.words import RESULTS, STATUSES
from mianzheng.model.case import AnswerView, ExplainedAnswer, ExplainedCondition, Explanation
from mianzheng.model.text import Text

OF_AN_ANSWER = {*get_args(get_type_hints(AnswerView)["status"]), "not_asked"}
ANSWER = ExplainedAnswer(
    question="q",
    role="spouse",
    department="civil-affairs",
    register="marriages",
    sentence=Text(zh="是否已婚？", en="are they married?"),
    answer=None,
    status="value",
    value=True,
    rests_on=None,
    signed_by="",
    key="",
    sheet="",
    entry="",
)
CONDITION = ExplainedCondition(
    condition="married",
    rule="married",
    reference="法",
    verified=True,
    result="true",
    otherwise=Text(zh="未婚", en="not married"),
    answers=(ANSWER,),
)


def drawn(condition: ExplainedCondition) -> str:
    explanation = Explanation(
        case="c",
        item="i",
        version=1,
        as_of=date(2026, 11, 30),
        decision="undecided",
        decided_by="",
        decision_signed_by="",
        conditions=(condition,),
    )
    console = Console(width=100, record=True, file=io.StringIO())
    draw_explanation(explanation, console)
    return console.export_text()


def test_every_result_of_a_condition_has_words() -> None:
    model = get_args(get_type_hints(ExplainedCondition)["result"])
    assert RESULTS.keys() == set(get_args(Result)) == set(model)


@pytest.mark.parametrize("result", get_args(Result))
def test_a_condition_of_every_result_is_drawn(result: Result) -> None:
    assert f"married {RESULTS[result]}" in drawn(msgspec.structs.replace(CONDITION, result=result))


@pytest.mark.parametrize("status", sorted(OF_AN_ANSWER - {"value"}))
def test_an_answer_of_every_status_is_drawn(status: str) -> None:
    answer = msgspec.structs.replace(ANSWER, status=status, value=None)
    assert STATUSES[status] in drawn(msgspec.structs.replace(CONDITION, answers=(answer,)))


def test_what_is_withheld_is_not_said_to_be_unasked() -> None:
    answer = msgspec.structs.replace(ANSWER, status="withheld", value=None)
    text = drawn(msgspec.structs.replace(CONDITION, answers=(answer,)))
    assert "不向您显示 withheld" in text and "未问" not in text
