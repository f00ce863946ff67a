"""Where a declaration 告知承诺 may not stand in for an answer.

The State Council's guidance on declarations (国办发〔2020〕42号, not yet read word for word here)
keeps them out of matters of national and public safety, of life and health, of the environment,
and wherever a mistake is hard to put right. A pack cannot be asked whether it is dangerous, so
the rule is read off what it states, on the careful side, whatever `safety` and `hard_to_undo` leave out:

1. *special*: an answer of the condition rests on special personal data (L4);
2. *safety*: a permission 行政许可 of a department that guards safety, or any condition answered
   by a register of one that guards it with permits of its own (`SAFETY_REGISTERS`);
3. *hard to undo*: a ruling 行政裁决; a permission or confirmation 行政确认 whose credential has no end;
   any outcome kept for ever 永久, which is how 档案 rules mark what changes a person's standing.
"""

from __future__ import annotations

from collections.abc import Iterable

from mianzheng.model.item import Item
from mianzheng.rules.question import Placed

SAFETY_DEPARTMENTS = frozenset(
    {"public-security", "emergency", "fire", "health", "environment", "transport", "housing", "meteorology", "postal"}
)
SAFETY_REGISTERS = frozenset(
    {
        "criminal_record", "community_correction", "driver", "drug_licence", "fire_inspection", "food_licence",
        "health_facility", "health_practitioner", "safety_licence", "safety_worker", "special_equipment",
        "lightning_permit", "discharge_permit", "transport_worker",
    }
)  # fmt: skip


def refusal(item: Item, asked: Iterable[Placed]) -> str:
    """Return why a condition that asks `asked` may not fall back on a declaration; "" when it may."""
    questions = [placed.question for placed in asked]
    if item.safety or item.hard_to_undo:
        return "the item says that it touches safety" if item.safety else "the item says that it is hard to undo"
    if any(question.sensitive for question in questions):
        return "its answer rests on special personal data"
    guarded = sorted({question.register for question in questions} & SAFETY_REGISTERS)
    if guarded:
        return f"{guarded[0]} is a register of safety"
    if item.kind == "行政许可" and item.department in SAFETY_DEPARTMENTS:
        return f"a permission of {item.department} touches safety"
    return _hard_to_undo(item)


def _hard_to_undo(item: Item) -> str:
    if item.kind == "行政裁决":
        return "a ruling is hard to undo"
    if item.kind in ("行政许可", "行政确认") and not item.outcome.valid:
        return f"a {item.kind} without end is hard to undo"
    return "an outcome kept for ever is hard to undo" if item.retention == "永久" else ""
