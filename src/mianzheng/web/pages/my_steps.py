"""What a person begins on the page of a case: it is put together here, and signed on the page of signatures."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.datastructures import State
from litestar.params import PathParameter
from litestar.response import Redirect, Template

from mianzheng.cases import declarations, inviting, steps, to_sign
from mianzheng.cases.advance import run
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import Applicant
from mianzheng.cases.to_sign import Act, ToSign, step_of
from mianzheng.cases.view import answers_of, reasons_of
from mianzheng.decision.audience import Viewer
from mianzheng.model import case as cases
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.text import Text
from mianzheng.rules.agreement import pointed
from mianzheng.web.access import Access, own_case, rule, seen_case
from mianzheng.web.pages.choosing import read_form
from mianzheng.web.pages.my_apply import Typed, form_page, texts
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.taking import take

CaseId = Annotated[str, PathParameter(max_length=64)]
_WHOLE: dict[str, Act] = {
    "ask-person": "ask-person",
    "withdraw": "withdraw",
    "escalate": "escalate",
    "supply": "supply",
    "accept-refusal": "accept-refusal",
}


@post("/my/cases/{case:str}/acts", opt=rule(Access.PAGE))
async def begin(request: PageRequest, state: State, case: CaseId, data: Typed) -> Redirect:
    """Put together the act that was chosen, and lead to its signature."""
    applicant: Applicant = request.state.applicant
    live, viewer = await seen_case(state.hub, case, applicant)
    made = _made(live, viewer, applicant, texts(data))
    if made.act not in ("contest", "withdraw-consent"):
        await own_case(state.hub, case, applicant)
    return await _to_signature(state.hub, made)


@get("/my/cases/{case:str}/correct", opt=rule(Access.PAGE))
async def show_correction(request: PageRequest, state: State, case: CaseId) -> Template:
    """Show the form again with what is to be corrected 补正."""
    live = await correcting(state, case, request.state.applicant)
    typed = {one.name: _typed(one.value) for one in live.opening.forms}
    return correction_page(request, live, typed, {})


@post("/my/cases/{case:str}/correct", opt=rule(Access.PAGE))
async def correct(request: PageRequest, state: State, case: CaseId, data: Typed) -> Template | Redirect:
    """Put together the correction; a fault brings the form back."""
    live = await correcting(state, case, request.state.applicant)
    found, choices, faults = read_form(live.version.item, texts(data))
    if faults:
        return correction_page(request, live, texts(data), faults)
    made = step_of(live, "corrected", found.values, openings=found.values, choices=choices)
    return await _to_signature(state.hub, made)


@post("/my/cases/{case:str}/invitations", opt=rule(Access.PAGE))
async def invite(request: PageRequest, state: State, case: CaseId, data: Typed) -> Template:
    """Make a code for another adult, and show it: once."""
    live = await own_case(state.hub, case, request.state.applicant)
    made = await inviting.invite(live, texts(data).get("role", ""))
    return show(request, "my/invited.html", made=made, live=live, item=live.version.item, pointed=pointed)


@post("/my/cases/{case:str}/receipt", opt=rule(Access.PAGE))
async def receive(request: PageRequest, state: State, case: CaseId) -> Redirect:
    """Take the holder's word that the credential has come: the case ends."""
    live = await take(lambda: own_case(state.hub, case, request.state.applicant), steps.received)
    await run(live)
    return Redirect(f"/my/cases/{case}", status_code=303)


def _made(live: LiveCase, viewer: Viewer, applicant: Applicant, typed: dict[str, str]) -> ToSign:
    """Return what is to be signed, over what the person reads now."""
    act = typed.get("act", "")
    if act == "contest":
        return _contest(live, viewer, applicant, typed.get("question", ""), typed.get("role", ""))
    if act == "withdraw-consent" and viewer.kind == "linked":
        name = f"{steps.WITHDRAW_CONSENT}:{viewer.role}"
        return step_of(live, "withdraw-consent", live.id, name=name, role=viewer.role, pairwise=applicant.pairwise)
    if act == "declare":
        return _declaration(live, typed.get("condition", ""))
    if act not in _WHOLE:
        raise WrongUse(f"there is no act {act!r}", hint="choose one on the page of the case")
    return step_of(live, _WHOLE[act], reasons_of(live) if act == steps.ACCEPT else live.id)


def _contest(live: LiveCase, viewer: Viewer, applicant: Applicant, question: str, role: str) -> ToSign:
    linked = viewer if viewer.kind == "linked" else None
    shown = next((one for one in answers_of(live, linked) if (one.question, one.role) == (question, role)), None)
    if shown is None:
        raise NotFound(f"question {question} was not answered in this case", hint="contest an answer you were shown")
    name = steps.contest_name((question, role))
    return step_of(live, "contest", shown, name=name, question=question, role=role, pairwise=applicant.pairwise)


def _declaration(live: LiveCase, condition: str) -> ToSign:
    found = next((one for one in declarations.may_declare(live) if one.id == condition), None)
    if found is None or found.declaration is None:
        raise NotFound(f"{condition!r} cannot be declared in this case", hint="an officer settles what is open")
    name = f"{declarations.DECLARE}{condition}"
    return step_of(live, "declare", found.declaration.text, name=name, condition=condition)


async def correcting(state: State, case: str, applicant: Applicant) -> LiveCase:
    """Return a case of which its person is asked to correct something 补正; `NotInThisState` for any other."""
    live = await own_case(state.hub, case, applicant)
    if live.state is not cases.State.CORRECTION:
        raise NotInThisState(f"the case is {live.state}: no correction is asked for", hint="look at the case again")
    return live


def correction_page(request: PageRequest, live: LiveCase, typed: dict[str, str], faults: dict[str, Text]) -> Template:
    """Return the form of a case again, with what is to be corrected."""
    asked = live.procedure.asked_correction
    return form_page(
        request,
        live.hub,
        live.version,
        typed=typed,
        faults=faults,
        correcting=live.id,
        what=asked.what if asked is not None else (),
    )


def _typed(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _to_signature(hub: Hub, made: ToSign) -> Redirect:
    return Redirect(f"/my/signing/{await to_sign.keep(hub, made)}", status_code=303)


ROUTES = (begin, show_correction, correct, invite, receive)
