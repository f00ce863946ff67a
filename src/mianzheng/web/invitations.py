"""Routes by which another adult signs for themself, and withdraws it again."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter

from mianzheng.cases import inviting, steps
from mianzheng.cases.advance import run
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.view import view_of
from mianzheng.decision.audience import Viewer
from mianzheng.model.case import CaseView
from mianzheng.model.invitations import ConsentSigned, ConsentWithdrawn, Invitation, InvitationAsked, InvitationMade
from mianzheng.web.access import Access, own_case, rule
from mianzheng.web.taking import take

CaseId = Annotated[str, PathParameter(max_length=64)]
Code = Annotated[str, PathParameter(max_length=64)]
Signed = Request[Any, Any, State]


@post("/cases/{case:str}/invitations", opt=rule(Access.SESSION))
async def invite(request: Signed, state: State, case: CaseId, data: JSONBody[InvitationAsked]) -> InvitationMade:
    """Make a code for an adult who must sign for themself."""
    return await inviting.invite(await own_case(state.hub, case, request.state.applicant), data.role)


@post("/invitations/{code:str}", opt=rule(Access.SESSION), status_code=200)
async def open_invitation(request: Signed, state: State, code: Code) -> Invitation:
    """Open a code, once: the signed-in adult reads what will be asked about them."""
    return await inviting.open_invitation(state.hub, code, request.state.applicant)


@get("/cases/{case:str}/consents/{role:str}", opt=rule(Access.SESSION))
async def read_invitation(request: Signed, state: State, case: CaseId, role: CaseId) -> Invitation:
    """Return again what an adult who opened their invitation reads and signs."""
    live = await load(state.hub, case)
    inviting.part_of(live, role, request.state.applicant)
    return inviting.invitation_of(live, role)


@post("/cases/{case:str}/consents", opt=rule(Access.SESSION), status_code=200)
async def sign(request: Signed, state: State, case: CaseId, data: JSONBody[ConsentSigned]) -> CaseView:
    """Take an adult's signature and run the case as far as it goes; a stranger's is refused in plain words."""
    live = await take(
        lambda: load(state.hub, case),
        lambda live: inviting.sign(
            live, data.role, request.state.applicant, data.assertion, certificate=data.certificate
        ),
    )
    live = await run(live)
    inviting.refuse_stranger(live, data.role)
    return await view_of(live, Viewer(kind="linked", role=data.role))


@post("/cases/{case:str}/consents/withdrawal", opt=rule(Access.SESSION), status_code=200)
async def withdraw(request: Signed, state: State, case: CaseId, data: JSONBody[ConsentWithdrawn]) -> CaseView:
    """Take an adult's withdrawal: nothing more is asked about them."""

    async def act(live: LiveCase) -> None:
        inviting.part_of(live, data.role, request.state.applicant)
        await steps.withdraw_consent(live, data.role, data.signed)

    live = await take(lambda: load(state.hub, case), act)
    return await view_of(await run(live), Viewer(kind="linked", role=data.role))


ROUTES = (invite, open_invitation, read_invitation, sign, withdraw)
