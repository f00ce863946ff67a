"""What a case view shows of the procedure: the law's clock, notices, declarations, the fee, what can be done next."""

from __future__ import annotations

import msgspec

from mianzheng.cases import declarations, fees, notices
from mianzheng.cases.clock import standing_of
from mianzheng.cases.live import LiveCase
from mianzheng.cases.next_steps import next_step_of
from mianzheng.cases.overdue import overdue_views, still_views
from mianzheng.cases.papers import papers_view
from mianzheng.cases.procedure import Procedure
from mianzheng.decision.audience import Viewer
from mianzheng.model.case import CaseView, State


async def with_procedure(live: LiveCase, view: CaseView) -> CaseView:
    """Return a case view with the procedure in it; a linked person sees the clock and nothing else of it."""
    stands = standing_of(live.facts(), live.hub.days)
    timed = msgspec.structs.replace(
        view,
        promised_on=None if stands is None else stands.promise.due.on,
        legal_on=None if stands is None else stands.legal.due.on,
        provisional=stands is not None and (stands.promise.due.provisional or stands.legal.due.provisional),
        overdue=await overdue_views(live),
        still=still_views(live),
    )
    if view.seen_as == "linked":
        return msgspec.structs.replace(timed, next_step=next_step_of(live, timed))
    papers = await papers_view(live, Viewer(kind=view.seen_as)) if live.permit is not None else ()
    told = await notices.views_of(live) if _may_be_told(live) else ()
    seen = msgspec.structs.replace(
        timed,
        papers=papers,
        notices=told,
        declarations=declarations.views_of(live),
        correct=_to_correct(live),
        fee=fees.amount_of(live) if fees.is_due(live) and live.permit is not None else None,
        fee_until=fees.until(live),
        credential=None if fees.is_due(live) else view.credential,
    )
    return msgspec.structs.replace(seen, next_step=next_step_of(live, seen))


def _may_be_told(live: LiveCase) -> bool:
    """Tell whether a notice may stand with a case: a mandate that does not serve ends one before anything else."""
    return live.procedure != Procedure() or live.opening.acting is not None


def _to_correct(live: LiveCase) -> tuple[str, ...]:
    """Return what the person is asked to correct while they may."""
    asked = live.procedure.asked_correction
    return asked.what if live.state is State.CORRECTION and asked is not None else ()
