"""Days and moments in words: the city's zone, and how far from now beside it, where a finger or a reader finds it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from mianzheng.look.language import Language, Words

NOW = datetime(2026, 11, 30, 17, 30, tzinfo=UTC)  # in the city it is 1 December, half past one


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2026, 12, 1), "今天", "today"),
        (date(2026, 12, 2), "明天", "tomorrow"),
        (date(2026, 11, 30), "昨天", "yesterday"),
        (date(2026, 12, 31), "30 天后", "in 30 days"),
        (date(2026, 11, 21), "10 天前", "10 days ago"),
    ],
)
def test_a_day_stands_with_how_far_it_is_from_the_citys_today(day: date, zh: str, en: str) -> None:
    said = str(Words(Language.ZH, now=NOW).when(day))
    assert said.startswith(f'<time datetime="{day}">{day.year} 年') and f"（{zh}）" in said
    assert f" ({en})" in Words(Language.EN, now=NOW).when(day)


def test_a_moment_stands_in_the_citys_time_whole_or_by_the_clock() -> None:
    words = Words(Language.ZH, now=NOW)
    before = NOW - timedelta(minutes=5)
    assert "2026 年 12 月 1 日 01:25<span" in words.when(before) and "（5 分钟前）" in words.when(before)
    assert ">01:25<span" in words.when(
        before.timestamp(), "clock"
    ) and 'datetime="2026-12-01T01:25+08:00"' in words.when(before)
    assert words.when(None) == ""


def test_a_day_in_a_sentence_stays_html_and_what_is_beside_it_does_not_become_it() -> None:
    said = Words(Language.EN, now=NOW)(
        "承诺 {day}", "{who} by {day}", who="<b>", day=Words(Language.EN, now=NOW).when(date(2026, 12, 2))
    )
    assert said.startswith("&lt;b&gt; by <time") and said.endswith("</time>")
