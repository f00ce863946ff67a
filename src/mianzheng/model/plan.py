"""Questions and plans: what will be asked of whom, in words a person can read before signing."""

from __future__ import annotations

import msgspec

from mianzheng.model.item import Basis
from mianzheng.model.text import Text


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a plan. `purpose`: a condition decides, an outcome computes, a need delivers, a link reaches
    another one (`of` then names the roles it reaches), an operand goes sealed to another gateway."""

    question: str  # question id
    role: str
    register: str
    department: str
    sentence: Text
    basis: Basis
    sensitive: bool
    purpose: str  # "condition" | "outcome" | "need" | "link" | "operand"
    of: tuple[str, ...]  # ids of the conditions (or claims, needs) it serves


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that may be asked for one item version; asking stops earlier when the case is settled."""

    item: str
    version: int
    lines: tuple[PlanLine, ...]
