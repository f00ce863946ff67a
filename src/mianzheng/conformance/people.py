"""Whom a case speaks of: which people a role has, as far as the links' answers say so.

A required role of one person answers under its own name, those of an optional role or of many as `role#1`, `role#2` …
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mianzheng.model.evidence import QuestionAt
from mianzheng.model.item import Role, base_of
from mianzheng.rules.compile import CompiledItem


class Reached(msgspec.Struct, frozen=True):
    """What a link answered: how many it leads to; `whole` is false where others may stand in another register."""

    count: int
    whole: bool = True


class People:
    """The roles of one item and the links by which they are reached."""

    def __init__(self, compiled: CompiledItem) -> None:
        self.roles: Mapping[str, Role] = compiled.item.roles
        self.links: dict[str, QuestionAt] = {
            role: (placed.question.id, self.label(placed.role)) for role, placed in compiled.links.items()
        }
        self.second: dict[str, str] = {  # question -> the role that it speaks of beside its own
            placed.question.id: placed.question.other for placed in compiled.questions.values() if placed.question.other
        }

    def label(self, role: str) -> str:
        """Return under which role one person is asked about, of a set its first."""
        return f"{role}#1" if self.numbered(role) else role

    def numbered(self, role: str) -> bool:
        """Return whether the people of a role have numbers."""
        return self.roles[role].numbered

    def of(self, role: str, known: Mapping[QuestionAt, Any]) -> tuple[list[str], bool]:
        """Return the people of a role, and whether they are known to be all."""
        reached = self._reached(role, known)
        if reached is None:
            return [], False
        whole = reached.whole or (reached.count == 1 and not self.roles[role].many)
        if not self.numbered(role):
            return ([role] if reached.count == 1 else []), whole
        return [f"{role}#{number}" for number in range(1, reached.count + 1)], whole

    def stands(self, label: str, known: Mapping[QuestionAt, Any]) -> bool:
        """Return whether somebody is known to stand under a label."""
        role = base_of(label)
        return role not in self.links or label in self.of(role, known)[0]

    def _reached(self, role: str, known: Mapping[QuestionAt, Any]) -> Reached | None:
        at = self.links.get(role)
        if at is None:
            return Reached(1)
        source = base_of(at[1])
        before = self._reached(source, known)
        if before is None or before.count == 0:
            return before
        found = known.get(at)
        if not isinstance(found, Reached):
            return None
        return None if found.count > 1 and not self.roles[role].many else found
