"""`presence --answer`: what does not fit the questions is refused here, before it costs the person a try."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from mianzheng.cli import presence
from mianzheng.model.errors import WrongUse
from mianzheng.model.presence import PresenceAsked, PresenceFile
from mianzheng.model.text import Text

RESIDENT = "33262119450505002X"


class Hand:
    """A window that notes what is handed in."""

    def __init__(self) -> None:
        self.handed_in: list[tuple[str, ...]] = []

    async def start(self, number: str, **how: Any) -> PresenceAsked:
        question = Text(zh="哪一年？", en="which year?")
        return PresenceAsked(presence="p", questions=(question, question), until=int(time.time()) + 60)

    async def answer(self, number: str, asked: str, answers: tuple[str, ...]) -> PresenceFile:
        self.handed_in.append(answers)
        return PresenceFile(
            presence=asked, level=2, method="window", display="某", session="s", resident=number, until=0, clerk="k"
        )


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    made = Hand()
    monkeypatch.setattr(presence, "Window", lambda clerk, **where: made)
    return made


def run(data: Path, *answers: str) -> presence.PresenceView:
    city: Any = SimpleNamespace(data=data, hub=lambda: None, trust=None)
    args = argparse.Namespace(resident=RESIDENT, method="window", answer=list(answers), image="")
    clerk: Any = None
    return asyncio.run(presence._run(city, args, clerk, None))


@pytest.mark.parametrize("answers", [("2024",), ("2024", "2025", "2026")])
def test_another_number_of_answers_than_questions_is_never_sent(
    tmp_path: Path, hand: Hand, answers: tuple[str, ...]
) -> None:
    run(tmp_path)
    with pytest.raises(WrongUse, match="2 questions were asked"):
        run(tmp_path, *answers)
    assert hand.handed_in == []
    assert run(tmp_path, "2024", "2025").passed
    assert hand.handed_in == [("2024", "2025")]


def test_answers_to_no_questions_are_never_sent(tmp_path: Path, hand: Hand) -> None:
    with pytest.raises(WrongUse, match="no questions wait"):
        run(tmp_path, "2024", "2025")
    assert hand.handed_in == []


def test_questions_whose_time_is_over_take_no_answer(tmp_path: Path, hand: Hand) -> None:
    run(tmp_path)
    pending = presence._pending(tmp_path, RESIDENT, "window")
    asked = msgspec.json.decode(pending.read_bytes(), type=PresenceAsked)
    pending.write_bytes(msgspec.json.encode(msgspec.structs.replace(asked, until=1)))
    with pytest.raises(WrongUse, match="their time is over"):
        run(tmp_path, "2024", "2025")
    assert hand.handed_in == []
