"""The ladder has five rungs and the newspaper's four words."""

from __future__ import annotations

from mianzheng.catalogue.ladder import LADDER, step_of


def test_the_ladder_goes_from_paper_to_answer() -> None:
    assert [step.rung for step in LADDER] == ["A", "B", "C", "D1", "D2"]
    assert list(dict.fromkeys(step.word.zh for step in LADDER)) == ["大包小包", "一网通办", "一证即办", "免证速办"]


def test_a_rung_is_found_by_its_name() -> None:
    assert step_of("D2").travels.zh == "只有答案"
