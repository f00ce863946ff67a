"""What stands in for the answers of a condition that they leave open: a finding, a declaration.

1. An officer's signed finding on the condition counts for any condition, met or failed.
2. A declaration 告知承诺 counts where the condition's fall-back is `declare`, never beside a contested answer.
What is accepted incomplete 容缺受理 stands in for nothing: the case is accepted and examined, and waits for it.
None of them outweighs an answer: a condition that answers decide is what they make it.
"""

from __future__ import annotations

from typing import Literal

from mianzheng.model.evidence import Evidence
from mianzheng.model.item import Fallback, base_of
from mianzheng.rules.compile import CompiledCondition

Standing = Literal["settled", "declared"]


def standing(one: CompiledCondition, evidence: Evidence) -> tuple[Standing, bool] | None:
    """Return what stands in for an open condition and whether it is met by that; None: nothing does."""
    id_, fallback = one.condition.id, one.condition.fallback
    if id_ in evidence.settled:
        return "settled", evidence.settled[id_]
    if id_ in evidence.declared and fallback is Fallback.DECLARE and not contested(one, evidence):
        return "declared", True
    return None


def contested(one: CompiledCondition, evidence: Evidence) -> bool:
    """Return whether an answer that the condition asks for is contested."""
    own = {(placed.question.id, placed.role) for placed in one.placed}
    return any((question, base_of(role)) in own for question, role in evidence.contested)
