"""What no register answers: conditions on a finding, a visit, the applicant's word, a promise, a paper to follow."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mianzheng.model.item import Condition, Fallback, Finding
from mianzheng.rules import expression
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.tree import walk


class Beyond(msgspec.Struct, frozen=True, kw_only=True):
    """How many conditions of a catalogue rest on something else than registers.

    `found`: on an officer's finding; of these `visited`: the person, their home or vehicle must be there, and
    `inspected`: the department looks for itself (site, test, board, hearing). `stated`: on nothing but what the
    applicant states. `declared` 告知承诺 and `accepted_incomplete` 容缺受理: where a register stays silent.
    """

    conditions: int
    found: int
    visited: int
    inspected: int
    stated: int
    declared: int
    accepted_incomplete: int

    def __str__(self) -> str:
        """Return it as one line for people."""
        return (
            f"of {self.conditions} conditions {self._share(self.found)} rest on an officer's finding "
            f"({self.visited} on a visit, {self.inspected} on an inspection, the others on its own files), "
            f"{self._share(self.stated)} on what the applicant states alone; {self.declared} may be declared, "
            f"{self.accepted_incomplete} accepted incomplete"
        )

    def _share(self, count: int) -> str:
        return f"{count} ({100 * count / self.conditions if self.conditions else 0:.0f} %)"


def beyond_registers(items: Iterable[CompiledItem]) -> Beyond:
    """Count what no register answers."""
    counted = [one for item in items for one in _conditions(item)]
    found = [findings for _, findings, _ in counted if findings]
    without_visit = [findings for findings in found if not any(one.visit for one in findings)]
    return Beyond(
        conditions=len(counted),
        found=len(found),
        visited=len(found) - len(without_visit),
        inspected=sum(any(one.how != "record" for one in findings) for findings in without_visit),
        stated=sum(stated for _, _, stated in counted),
        declared=sum(one.fallback is Fallback.DECLARE for one, _, _ in counted),
        accepted_incomplete=sum(one.fallback is Fallback.ACCEPT_INCOMPLETE for one, _, _ in counted),
    )


def _conditions(item: CompiledItem) -> Iterable[tuple[Condition, tuple[Finding, ...], bool]]:
    """Yield each condition, the findings it rests on, and whether it rests on form values alone."""
    for one in item.conditions:
        nodes = list(walk(one.residual))
        names = dict.fromkeys(node.name for node in nodes if isinstance(node, expression.Finding))
        asked = any(isinstance(node, (expression.Asked, expression.OverRole)) for node in nodes)
        stated = not names and not asked and any(isinstance(node, expression.Form) for node in nodes)
        yield one.condition, tuple(item.item.findings[name] for name in names), stated
