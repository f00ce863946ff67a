"""Routes of cases. Each step runs inside its request; the answer is the case as it then stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter

from mianzheng.cases import steps, unvouched
from mianzheng.cases.advance import run
from mianzheng.cases.authorising import authorise
from mianzheng.cases.beside import beside
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.explaining import explain
from mianzheng.cases.hub import Hub
from mianzheng.cases.listing import ERASED
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.opening import GUEST, draft_of, open_case
from mianzheng.cases.view import view_of
from mianzheng.credentials.keys import BadKey
from mianzheng.decision.audience import RESIDENT
from mianzheng.model.asking import ContestSigned, SignedStep
from mianzheng.model.authorisation import Application, AuthorisationSigned, Draft
from mianzheng.model.beside import BesideItem
from mianzheng.model.case import CaseView, Explanation
from mianzheng.model.case import State as States
from mianzheng.model.errors import WrongUse
from mianzheng.store.cases import cases_of
from mianzheng.store.people import cases_with
from mianzheng.web.access import Access, is_beside_a_clerk, may_show, own_case, own_view, rule, seen_case
from mianzheng.web.taking import take

CaseId = Annotated[str, PathParameter(max_length=64)]
View = Annotated[str, QueryParameter(max_length=16)]
Signed = Request[Any, Any, State]


@post("/cases", opt=rule(Access.SESSION))
async def apply(request: Signed, state: State, data: JSONBody[Application]) -> Draft:
    """Open a case and return its plan, to be checked and signed."""
    hub: Hub = state.hub
    live = await open_case(
        hub,
        request.state.applicant,
        data.item,
        data.openings,
        choices=data.choices,
        mandate=data.mandate,
        body=data.body,
    )
    state.opened.put(live.id, live)
    return draft_of(live)


@post("/cases/{case:str}/authorisation", opt=rule(Access.SESSION), status_code=200)
async def authorise_case(request: Signed, state: State, case: CaseId, data: JSONBody[AuthorisationSigned]) -> CaseView:
    """Take the signed authorisation and run the case as far as it goes."""

    if request.state.applicant.presence == GUEST:
        raise WrongUse("the person signs on their own phone", code="signs-on-phone")

    async def act(live: LiveCase) -> None:
        await authorise(
            live,
            data.authorisation,
            data.assertion,
            data.openings,
            chip=data.chip,
            certificate=data.certificate,
            presence=request.state.applicant.presence,
        )

    live = await run(await take(lambda: own_case(state.hub, case, request.state.applicant, opened=state.opened), act))
    await unvouched.refuse(live, clerk=request.state.applicant.clerk)
    return await own_view(live, request.state.applicant)


@get("/cases/{case:str}/authorisation", opt=rule(Access.SESSION))
async def show_plan(request: Signed, state: State, case: CaseId) -> Draft:
    """Return again the plan of a case that waits for its signature."""
    live = await own_case(state.hub, case, request.state.applicant)
    if live.state is not States.ACCEPTED:
        raise NotInThisState(f"the case is {live.state}: its plan was signed, or is not signed any more")
    return draft_of(live)


@get("/cases", opt=rule(Access.SESSION))
async def list_cases(request: Signed, state: State) -> list[CaseView]:
    """Return the signed-in person's cases, newest first, then those that another opened for them."""
    hub: Hub = state.hub
    applicant = request.state.applicant
    async with hub.store.connection() as connection:
        found = await cases_of(connection, hub.vault.pseudonym("cases", applicant.pairwise))
        who = hub.vault.pseudonym("participants", applicant.pairwise)
        others = await cases_with(connection, who) if not applicant.presence else ()
    own = [live for case in found if (live := await _kept(hub, case)) is not None]
    acted = [live for case in others if case not in found and (live := await _kept(hub, case)) is not None]
    views = [await own_view(live, applicant) for live in own if may_show(live, applicant)]
    return [*views, *[await view_of(live, RESIDENT) for live in acted if live.opening.subject == applicant.pairwise]]


async def _kept(hub: Hub, case: str) -> LiveCase | None:
    """Return a case, None of one whose key is erased: a restored backup still has its row."""
    try:
        return await load(hub, case)
    except BadKey as error:
        if error.code != ERASED:
            raise
        return None


@get("/cases/{case:str}", opt=rule(Access.SESSION))
async def show_case(request: Signed, state: State, case: CaseId, view: View = "") -> CaseView:
    """Return a case as it stands, as the signed-in person may see it; `view` asks for a narrower view."""
    applicant = request.state.applicant
    live, viewer = await seen_case(state.hub, case, applicant, view, history=True)
    if not view and is_beside_a_clerk(live, applicant):
        return await own_view(live, applicant)
    return await view_of(live, viewer)


@get("/cases/{case:str}/explanation", opt=rule(Access.SESSION))
async def explain_case(request: Signed, state: State, case: CaseId, view: View = "") -> Explanation:
    """Return condition → question → answer → who signed, as the signed-in person may see it."""
    return explain(*await seen_case(state.hub, case, request.state.applicant, view))


@get("/cases/{case:str}/beside", opt=rule(Access.SESSION))
async def show_beside(request: Signed, state: State, case: CaseId) -> list[BesideItem]:
    """Return what else the person could do in the same sitting; nobody is asked for it."""
    return list(await beside(await own_case(state.hub, case, request.state.applicant)))


@post("/cases/{case:str}/acceptance", opt=rule(Access.SESSION), status_code=200)
async def accept_refusal(request: Signed, state: State, case: CaseId, data: JSONBody[SignedStep]) -> CaseView:
    """Take the person's acceptance of a proposed refusal."""
    return await _take(request, state.hub, case, lambda live: steps.accept_refusal(live, data))


@post("/cases/{case:str}/contests", opt=rule(Access.SESSION), status_code=200)
async def contest(request: Signed, state: State, case: CaseId, data: JSONBody[ContestSigned]) -> CaseView:
    """Take the word of whoever opened the case, or of a linked adult about themselves, that an answer is wrong."""
    at, (_, viewer) = (data.question, data.role), await seen_case(state.hub, case, request.state.applicant)
    if viewer.kind != "linked":
        return await _take(request, state.hub, case, lambda live: steps.contest(live, at, data.signed))

    async def read() -> LiveCase:
        return (await seen_case(state.hub, case, request.state.applicant))[0]

    live = await take(read, lambda live: steps.contest(live, at, data.signed, viewer))
    return await view_of(await run(live), viewer)


@post("/cases/{case:str}/withdrawal", opt=rule(Access.SESSION), status_code=200)
async def withdraw(request: Signed, state: State, case: CaseId, data: JSONBody[SignedStep]) -> CaseView:
    """Take the withdrawal: nothing more is asked."""
    return await _take(request, state.hub, case, lambda live: steps.withdraw(live, data))


@post("/cases/{case:str}/review", opt=rule(Access.SESSION), status_code=200)
async def ask_person(request: Signed, state: State, case: CaseId, data: JSONBody[SignedStep]) -> CaseView:
    """Take the wish that a person decides instead of the machine."""
    return await _take(request, state.hub, case, lambda live: steps.ask_person(live, data))


@post("/cases/{case:str}/escalation", opt=rule(Access.SESSION), status_code=200)
async def escalate(request: Signed, state: State, case: CaseId, data: JSONBody[SignedStep]) -> CaseView:
    """Take the person's word that it cannot be done 办不成事."""
    return await _take(request, state.hub, case, lambda live: steps.escalate(live, data))


@post("/cases/{case:str}/receipt", opt=rule(Access.SESSION), status_code=200)
async def receive(request: Signed, state: State, case: CaseId) -> CaseView:
    """Take the holder's word that the credential has come: the case ends."""
    return await _take(request, state.hub, case, steps.received)


async def _take(request: Signed, hub: Hub, case: str, act: Callable[[LiveCase], Awaitable[None]]) -> CaseView:
    """Take a step of the person, then every step that follows; a case that moved meanwhile is read again."""
    live = await take(lambda: own_case(hub, case, request.state.applicant), act)
    return await own_view(await run(live), request.state.applicant)


ROUTES = (
    apply,
    authorise_case,
    show_plan,
    list_cases,
    show_case,
    explain_case,
    show_beside,
    accept_refusal,
    contest,
    withdraw,
    ask_person,
    escalate,
    receive,
)
