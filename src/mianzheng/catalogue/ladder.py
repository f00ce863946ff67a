"""The ladder of an item: how far it has come from paper to answer.

The ladder is our own. The newspaper's words beside it are the four a reader knows from the
papers, 大包小包 → 一网通办 → 一证即办 → 免证速办; the last stands for both D1 and D2.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.text import Text

Rung = Literal["A", "B", "C", "D1", "D2"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: what travels, and the newspaper's word for it."""

    rung: Rung
    travels: Text
    word: Text


LADDER: tuple[Step, ...] = (
    Step(rung="A", travels=Text("纸质材料", "paper"), word=Text("大包小包", "bags full of papers")),
    Step(rung="B", travels=Text("扫描件", "scans"), word=Text("一网通办", "one website for all")),
    Step(rung="C", travels=Text("整条电子记录", "the structured record"), word=Text("一证即办", "one card is enough")),
    Step(rung="D1", travels=Text("只有需要的字段", "only the needed fields"), word=Text("免证速办", "no certificate")),
    Step(rung="D2", travels=Text("只有答案", "only the answer"), word=Text("免证速办", "no certificate")),
)


def step_of(rung: Rung) -> Step:
    """Return the step of that name."""
    return next(step for step in LADDER if step.rung == rung)
