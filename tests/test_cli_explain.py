"""`case explain` drawn for every reader: what is withheld from one has words too."""

from __future__ import annotations

import io
from typing import get_args, get_type_hints

import pytest
from rich.console import Console

from mianzheng.cases.explaining import Result
from mianzheng.cli.pictures import draw_explanation
from mianzheng.cli.words import RESULTS, STATUSES
from mianzheng.model.case import AnswerView, ExplainedCondition, Explanation
from tests.conformance.test_play import explained

OF_AN_ANSWER = {*get_args(get_type_hints(AnswerView)["status"]), "not_asked"}


def drawn(explanation: Explanation) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    draw_explanation(explanation, console)
    return console.export_text()


def test_every_result_of_a_condition_has_words() -> None:
    model = get_args(get_type_hints(ExplainedCondition)["result"])
    assert RESULTS.keys() == set(get_args(Result)) == set(model)


@pytest.mark.parametrize("result", get_args(Result))
def test_a_condition_of_every_result_is_drawn(result: Result) -> None:
    assert f"one {RESULTS[result]}" in drawn(explained(result, "not_asked"))


@pytest.mark.parametrize("status", sorted(OF_AN_ANSWER - {"value"}))
def test_an_answer_of_every_status_is_drawn(status: str) -> None:
    assert STATUSES[status] in drawn(explained("true", status))


def test_what_is_withheld_is_not_said_to_be_unasked() -> None:
    text = drawn(explained("true", "withheld"))
    assert "不向您显示 withheld" in text and "未问" not in text
