"""Routes of what the applicant does in the procedure: declare, correct, say that what was missing is there now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter

from mianzheng.cases import correction, declarations, steps
from mianzheng.cases.advance import run
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import draft_of
from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import Draft, FormValue, SealedChoice
from mianzheng.model.case import CaseView
from mianzheng.model.officers import DeclarationSigned
from mianzheng.web.access import Access, own_case, own_view, rule
from mianzheng.web.taking import take

CaseId = Annotated[str, PathParameter(max_length=64)]
Signed = Request[Any, Any, State]


class CorrectionSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/corrections`: a step `corrected` over the new form values."""

    openings: tuple[FormValue, ...]
    choices: tuple[SealedChoice, ...] = ()
    signed: SignedStep


@post("/cases/{case:str}/declarations", opt=rule(Access.SESSION), status_code=200)
async def declare(request: Signed, state: State, case: CaseId, data: JSONBody[DeclarationSigned]) -> CaseView:
    """Take a declaration 告知承诺; the case runs on with it."""
    live = await _take(request, state, case, lambda live: declarations.declare(live, data.condition, data.signed))
    return await own_view(await run(live), request.state.applicant)


@post("/cases/{case:str}/corrections", opt=rule(Access.SESSION), status_code=200)
async def correct(request: Signed, state: State, case: CaseId, data: JSONBody[CorrectionSigned]) -> Draft:
    """Take what was corrected 补正; the new plan is to be checked and signed."""

    async def act(live: LiveCase) -> None:
        await correction.corrected(live, data.openings, data.signed, choices=data.choices)

    return draft_of(await _take(request, state, case, act))


@post("/cases/{case:str}/supply", opt=rule(Access.SESSION), status_code=200)
async def supply(request: Signed, state: State, case: CaseId, data: JSONBody[SignedStep]) -> CaseView:
    """Take the person's word that what was missing is there now: it is asked again at once."""
    live = await _take(request, state, case, lambda live: steps.supply(live, data))
    return await own_view(await run(live), request.state.applicant)


async def _take(request: Signed, state: State, case: str, act: Callable[[LiveCase], Awaitable[None]]) -> LiveCase:
    """Take a step of the person; a case that moved meanwhile is read again."""
    return await take(lambda: own_case(state.hub, case, request.state.applicant), act)


ROUTES = (declare, correct, supply)
