"""`/my/cases/{case}`: the decision the largest thing, then who answered what; beneath it what the person may do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from litestar import get
from litestar.datastructures import State
from litestar.params import PathParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on
from mianzheng.cases.causes import blames_no_answer, is_granted_before, stated_causes
from mianzheng.cases.explaining import explain
from mianzheng.cases.hub import Hub
from mianzheng.cases.listing import ToSign, granted_like, to_sign_for_bodies
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import Applicant
from mianzheng.cases.own_acts import open_acts
from mianzheng.cases.proving import entry_to_check
from mianzheng.cases.unvouched import is_unvouched
from mianzheng.cases.view import view_of
from mianzheng.credentials.keys import thumbprint
from mianzheng.deadlines import day_in_china
from mianzheng.decision.audience import Viewer
from mianzheng.model import case as cases
from mianzheng.model.case import CaseView
from mianzheng.model.item import base_of
from mianzheng.web.access import Access, may_show, rule, seen_case
from mianzheng.web.pages import my_words
from mianzheng.web.pages.my_asked import (
    about,
    answered_of,
    doubted_of,
    is_mistyped,
    plan_of,
    short_sentence,
    signatures_due,
)
from mianzheng.web.pages.showing import PageRequest, show

CaseId = Annotated[str, PathParameter(max_length=64)]
_DECIDED = frozenset(
    {
        cases.State.GRANTED,
        cases.State.ISSUED,
        cases.State.FEE_DUE,
        cases.State.DECLARED,
        cases.State.DELIVERED,
        cases.State.REFUSED,
        cases.State.NOT_ACCEPTED,
        cases.State.REVOKED,
        cases.State.ENDED,
        cases.State.ARCHIVED,
    }
)


@get("/my/cases/{case:str}", opt=rule(Access.PAGE))
async def show_case(request: PageRequest, state: State, case: CaseId) -> Template | Redirect:
    """Show a case as it stands; one that waits for its signature is its plan."""
    live, viewer = await seen_case(state.hub, case, request.state.applicant, history=True)
    if viewer.kind == "former":
        return show(request, "my/case_former.html", **await _remains(live, viewer))
    if live.state is cases.State.ACCEPTED and viewer.kind != "linked" and _is_own(live, request.state.applicant):
        return Redirect(f"/my/cases/{case}/plan", status_code=303)
    return show(request, "my/case.html", **await _told(live, viewer, request.state.applicant))


@get("/my/cases/{case:str}/live", opt=rule(Access.PAGE))
async def show_live(request: PageRequest, state: State, case: CaseId) -> Template:
    """Show the moving part of the page alone: the page asks for it while the machine works."""
    live, viewer = await seen_case(state.hub, case, request.state.applicant, history=True)
    if viewer.kind == "former":
        return show(request, "my/former_live.html", **await _remains(live, viewer))
    return show(request, "my/case_live.html", **await _told(live, viewer, request.state.applicant))


@get("/my/cases/{case:str}/why", opt=rule(Access.PAGE))
async def show_why(request: PageRequest, state: State, case: CaseId) -> Template:
    """Show condition → question → answer → who signed."""
    hub: Hub = state.hub
    live, viewer = await seen_case(hub, case, request.state.applicant)
    facts = hub.library.facts
    return show(
        request,
        "my/why.html",
        live=live,
        item=live.version.item,
        check=check_of(live),
        why=explain(live, viewer),
        departments=facts.departments,
        handling=facts.departments[live.version.handling],
        about=lambda role: about(live.version.item, role),
        short=lambda one: short_sentence(one.sentence, facts.departments[one.department].short),
        signer=lambda party: facts.departments[hub.department(party)].name if hub.department(party) else party,
    )


def check_of(live: LiveCase) -> str:
    """Return where anybody checks what stands on the printed page, "" while nothing was asked."""
    entry = entry_to_check(live)
    return f"{live.hub.url}/ledger/{entry}" if entry else ""


_OVER = _DECIDED - {cases.State.FEE_DUE, cases.State.GRANTED, cases.State.ISSUED} | {cases.State.WITHDRAWN}
"""States in which an agent has nothing more to do, so that ending the mandate stops nothing."""


def _is_own(live: LiveCase, applicant: Applicant) -> bool:
    return live.opening.pairwise == applicant.pairwise and may_show(live, applicant)


async def _to_sign(live: LiveCase, applicant: Applicant) -> ToSign | None:
    """Return what else this person has to sign for bodies, where this case is a body's: one leads to the next."""
    item = live.version.item
    if live.opening.acting is None or not item.of_bodies:
        return None
    return await to_sign_for_bodies(live.hub, applicant)


async def _told(live: LiveCase, viewer: Viewer, applicant: Applicant) -> dict[str, Any]:
    """Return what the page of a case says to a viewer."""
    view, item = await view_of(live, viewer), live.version.item
    departments = live.hub.library.facts.departments
    own, kind = _is_own(live, applicant), _kind(live, view)
    signed = live.permit is not None
    granted_before = own and is_granted_before(live)
    return {
        "view": view,
        "item": item,
        "handling": departments[live.version.handling],
        "departments": departments,
        "said": my_words.said_of(live.state, live.row.decision, is_unvouched(live)),
        "kind": kind,
        "gives": my_words.grant_words(item, view),
        "valid": my_words.valid_words(item),
        "since": _since(live),
        "took": my_words.took_words(view.milliseconds) if view.milliseconds and kind else None,
        "answers": answered_of(live, viewer) if signed else (),
        "acts": open_acts(live) if own else (),
        "own": own,
        "steps": my_words.STEPS,
        "at": my_words.step_at(live.state, signed=signed and not is_unvouched(live)),
        "running": live.state in my_words.RUNNING,
        "waits": live.state is cases.State.WAITING_REGISTER,
        "part": _part(live, viewer) if viewer.kind == "linked" else None,
        "asked": live.procedure.asked_correction,
        "booked": live.procedure.booked,
        "notice_until": live.procedure.notice_until,
        "holder": _holder(live) if own or viewer.kind == "resident" else "",
        "acting": live.opening.acting,
        "to_sign": await _to_sign(live, applicant) if own else None,
        "principal": viewer.kind == "resident" and not own,
        "stoppable": live.state not in _OVER,
        "sealed_to_me": _is_sealed_to(live, own=own),
        "opened": live.row.created_at,
        "again": is_unvouched(live) and own and live.opening.acting is None,
        "doubted": doubted_of(live),
        "check": check_of(live),
        "stated_causes": stated_causes(live),
        "blames_no_answer": blames_no_answer(live),
        "granted_before": granted_before,
        "granted_case": await granted_like(live.hub, applicant, item.item, but=live.id) if granted_before else None,
        "mistyped": is_mistyped(live, view.answers) and own,
    }


async def _remains(live: LiveCase, viewer: Viewer) -> dict[str, Any]:
    """Return what is left of a case to who was its agent: what they did themselves, and whether it goes on."""
    view = await view_of(live, viewer)
    return {
        "view": view,
        "item": live.version.item,
        "handling": live.hub.library.facts.departments[live.version.handling],
        "said": my_words.said_of(view.state, ""),
        "opened": live.row.created_at,
        "signed_at": live.row.authorised_at,
    }


def _kind(live: LiveCase, view: CaseView) -> str:
    """Return which decision the page shows: granted, refused, to_grant, to_refuse, or "" while there is none."""
    if live.state is cases.State.NOT_ACCEPTED or live.procedure.told == "not-accepted":
        return "not_accepted"
    if live.state is cases.State.REVOKED or live.procedure.told == "revoked":
        return "revoked"
    if view.seen_as == "linked" or view.decision == "undecided":
        return ""
    if live.state in _DECIDED:
        return view.decision
    if live.state in (cases.State.PROPOSED, cases.State.PUBLIC_NOTICE):
        return "to_grant" if view.decision == "granted" else "to_refuse"
    return ""


def _since(live: LiveCase) -> date | None:
    """Return from when a decision counts: the day on which it was made."""
    if live.procedure.decided_on is not None:
        return live.procedure.decided_on
    return None if live.row.settled_at is None else day_in_china(live.row.settled_at)


def _part(live: LiveCase, viewer: Viewer) -> dict[str, Any]:
    """Return what another adult reads of their part: whether they signed, and what would be asked about them."""
    item, part = live.version.item, live.participants[viewer.role]
    lines = [line for line in live.signed.plan if line.role == base_of(viewer.role)] if live.permit else []
    return {
        "role": viewer.role,
        "label": item.roles[base_of(viewer.role)].label,
        "state": part.state,
        "departments": plan_of(live.version, lines, live.hub.library.facts),
        "due": bool(signatures_due(item, lines)),
    }


def _is_sealed_to(live: LiveCase, *, own: bool) -> bool:
    """Tell whether a result is this reader's to open: of a mandate that says so it is the principal's."""
    acting = live.opening.acting
    of_principal = acting is not None and bool(acting.mandate) and acts_on.is_sealed_to_principal(acting.mandate)
    return own != of_principal


def _holder(live: LiveCase) -> str:
    """Return to whose key a result is sealed, so that the page knows whether this browser can open it."""
    if live.permit is None:
        return ""
    return thumbprint(live.authorisation.holder)


ROUTES = (show_case, show_live, show_why)
