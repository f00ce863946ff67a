"""What a page says of a number: one thing, or many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mianzheng.look.language import Language, Words

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(("n", "said"), [(0, "0 cases wait"), (1, "1 case waits"), (2, "2 cases wait")])
def test_english_says_one_thing_or_many(n: int, said: str) -> None:
    assert Words(Language.EN, now=NOW)("有 {n} 件", "{n} [case waits|cases wait]", n=n) == said


def test_each_choice_goes_by_the_number_before_it() -> None:
    said = Words(Language.EN, now=NOW)("", "{n} [fact|facts] · {m} [question|questions]", n=1, m=2)
    assert said == "1 fact · 2 questions"


def test_a_figure_that_stands_apart_goes_by_n() -> None:
    assert Words(Language.EN, now=NOW)("个问题", "[question|questions] at most", n=1) == "question at most"


def test_chinese_says_both_alike() -> None:
    assert Words(Language.ZH, now=NOW)("有 {n} 件", "{n} [case|cases]", n=1) == "有 1 件"
