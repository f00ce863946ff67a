"""What an officer signs under, and when one must: the same at hub and gateway, so that neither can show another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mianzheng.decision.audience import CLERK, reasons_for
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.evidence import Granted, Refused
from mianzheng.model.facts import Department
from mianzheng.model.item import Item
from mianzheng.model.officers import Recommendation
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import to_wire
from mianzheng.rules.compile import CompiledItem

LICENCE = "行政许可"


def recommend(
    outcome: Granted | Refused,
    compiled: CompiledItem,
    departments: Mapping[str, Department],
    *,
    case: str,
    as_of: date,
    sheets: tuple[str, ...],
    findings: Mapping[str, Certified],
) -> Recommendation:
    """Return what the desk shows: reasons by audience, digests of all that it rests on."""
    granted = isinstance(outcome, Granted)
    amount = outcome.amount if isinstance(outcome, Granted) else None
    reasons = () if isinstance(outcome, Granted) else reasons_for(CLERK, outcome.reasons, compiled, departments)
    return Recommendation(
        case=case,
        item=compiled.item.item,
        item_version=compiled.item.version,
        as_of=as_of,
        outcome="granted" if granted else "refused",
        reasons=reasons,
        amount=None if amount is None else str(to_wire(amount)),
        sheets=tuple(sorted(sheets)),
        findings=tuple(sorted(digest(one.token.encode("ascii")) for one in findings.values())),
    )


def shown(recommendation: Recommendation) -> str:
    """Return the digest that `sign` and `approve` sign."""
    return digest(canonical(recommendation))


def needs_officer(item: Item, outcome: Granted | Refused, *, findings: Mapping[str, Certified], accepted: bool) -> bool:
    """Return whether a decision needs an officer's signature: law, approval, a finding that settles, no acceptance."""
    if item.approval != "automatic" or outcome.settled or any(":" in name for name in findings):
        return True
    return isinstance(outcome, Refused) and (item.kind == LICENCE or not accepted)
