"""Answers: approved questions, the department's own SQL, one signed sheet, the same bytes again."""

from __future__ import annotations

from mianzheng.model.evidence import RestsOn, Status

from tests.gateway.world import ABSENT, DRAWS, OLD, Case, World


def test_a_sheet_answers_each_question_that_was_asked(world: World) -> None:
    case = Case(world)
    _, answers = case.ask("public-security")
    assert set(answers) == set(case.questions("public-security"))
    assert {answer.value for answer in answers.values()} == {True}
    assert {answer.rests_on for answer in answers.values()} == {RestsOn.ROW}
