"""What no register answers: conditions that rest on an officer's finding, a visit, a promise or a paper to follow."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mianzheng.model.item import Condition, Fallback
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Finding
from mianzheng.rules.tree import walk


class Beyond(msgspec.Struct, frozen=True, kw_only=True):
    """How many conditions of a catalogue rest on something else than registers and what the person states.

    `found`: on a finding; `visited` of these: the person, home or thing must be there. `declared` 告知承诺 and
    `accepted_incomplete` 容缺受理: where a register stays silent.
    """

    conditions: int
    found: int
    visited: int
    declared: int
    accepted_incomplete: int

    def __str__(self) -> str:
        """Return it as one line for people."""
        share = 100 * self.found / self.conditions if self.conditions else 0
        return (
            f"of {self.conditions} conditions {self.found} ({share:.0f} %) rest on an officer's finding, "
            f"{self.visited} of these on a visit; {self.declared} may be declared, "
            f"{self.accepted_incomplete} accepted incomplete"
        )


def beyond_registers(items: Iterable[CompiledItem]) -> Beyond:
    """Count what no register answers."""
    counted = [one for item in items for one in _conditions(item)]
    return Beyond(
        conditions=len(counted),
        found=sum(found for _, found, _ in counted),
        visited=sum(visit for _, _, visit in counted),
        declared=sum(one.fallback is Fallback.DECLARE for one, _, _ in counted),
        accepted_incomplete=sum(one.fallback is Fallback.ACCEPT_INCOMPLETE for one, _, _ in counted),
    )


def _conditions(item: CompiledItem) -> Iterable[tuple[Condition, bool, bool]]:
    """Yield each condition, whether it rests on a finding, and whether that is a visit."""
    findings = item.item.findings
    for one in item.conditions:
        names = {node.name for node in walk(one.residual) if isinstance(node, Finding)}
        yield one.condition, bool(names), any(findings[name].visit for name in names)
