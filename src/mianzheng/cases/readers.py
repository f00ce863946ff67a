"""As whom somebody reads a case, and the reasons they may read."""

from __future__ import annotations

from mianzheng.cases.live import LiveCase
from mianzheng.decision.audience import AGENT, RESIDENT, Viewer, reasons_for
from mianzheng.model.case import ReasonView
from mianzheng.model.evidence import Refused, Undecided


def owner_of(live: LiveCase) -> Viewer:
    """Return as whom the person reads who opened the case: an agent is not the one it is about."""
    acts_for = live.authorisation.acts_for if live.permit is not None else None
    return RESIDENT if acts_for is None else AGENT


def reasons_of(live: LiveCase, viewer: Viewer | None = None) -> tuple[ReasonView, ...]:
    """Return every failing condition found as a viewer may read it: whose answer it was, where to contest it."""
    outcome = live.outcome.decision if live.outcome else None
    if not isinstance(outcome, Refused | Undecided):
        return ()
    departments = live.hub.library.facts.departments
    return reasons_for(viewer or owner_of(live), outcome.reasons, live.version.compiled, departments)
