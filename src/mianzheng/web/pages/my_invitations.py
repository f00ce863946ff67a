"""`/my/invitations`: another's case asks about this person: they open the code, read what is meant, sign or not."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from litestar import get, post
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import inviting, to_sign
from mianzheng.cases.hub import Hub
from mianzheng.cases.inviting import BadInvitation
from mianzheng.cases.listing import parts_page
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import base_of
from mianzheng.rules.agreement import pointed
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.my_asked import plan_of
from mianzheng.web.pages.my_words import said_of
from mianzheng.web.pages.showing import PageRequest, show

CaseId = Annotated[str, PathParameter(max_length=64)]
Words = Annotated[str, QueryParameter(max_length=80)]
After = Annotated[str, QueryParameter(max_length=120)]
OWN = "invitation-own"


@get("/my/invitations", opt=rule(Access.PAGE))
async def invitations(request: PageRequest, state: State, q: Words = "", after: After = "") -> Template:
    """Show where to enter a code, and the cases in which the person takes part."""
    return await _page(request, state.hub, q=q, after=after)


@post("/my/invitations", opt=rule(Access.PAGE))
async def open_code(request: PageRequest, state: State, data: Typed) -> Template | Redirect:
    """Open a code, once, and lead to what would be asked."""
    typed = "".join(texts(data).get("code", "").split())
    try:
        found = await inviting.open_invitation(state.hub, typed, request.state.applicant)
    except BadInvitation as error:
        return await _page(request, state.hub, typed=typed, fault=error.code)
    except WrongUse as error:
        if error.code != OWN:
            raise
        return await _page(request, state.hub, typed=typed, fault=error.code)
    return Redirect(f"/my/invitations/{found.case}/{quote(found.role, safe='')}", status_code=303)


@get("/my/invitations/{case:str}/{role:str}", opt=rule(Access.PAGE))
async def read(request: PageRequest, state: State, case: CaseId, role: CaseId) -> Template:
    """Show what would be asked about the person."""
    return _invitation(request, await _part(state.hub, request, case, role), role)


@post("/my/invitations/{case:str}/{role:str}", opt=rule(Access.PAGE))
async def agree(request: PageRequest, state: State, case: CaseId, role: CaseId, data: Typed) -> Template | Redirect:
    """Put together the person's consent, to be signed; without their tick nothing is."""
    live = await _part(state.hub, request, case, role)
    if texts(data).get("consent") != "yes":
        return _invitation(request, live, role, fault=True)
    token = await to_sign.keep(state.hub, to_sign.consent_of(live, role, request.state.applicant.pairwise))
    return Redirect(f"/my/signing/{token}", status_code=303)


async def _part(hub: Hub, request: PageRequest, case: str, role: str) -> LiveCase:
    live = await load(hub, case)
    inviting.part_of(live, role, request.state.applicant)
    return live


async def _page(
    request: PageRequest, hub: Hub, *, q: str = "", after: str = "", typed: str = "", fault: str = ""
) -> Template:
    page = await parts_page(hub, request.state.applicant, words=q, after=after)
    shown: dict[str, Any] = {"page": page, "q": q, "after": after, "typed": typed, "fault": fault, "said": said_of}
    return show(request, "my/invitations.html", status=422 if fault else 200, **shown)


def _invitation(request: PageRequest, live: LiveCase, role: str, *, fault: bool = False) -> Template:
    facts = live.hub.library.facts
    lines = [line for line in live.signed.plan if line.role == base_of(role)]
    return show(
        request,
        "my/invitation.html",
        status=422 if fault else 200,
        invitation=inviting.invitation_of(live, role),
        pointed=pointed,
        handling=facts.departments[live.version.handling],
        departments=plan_of(live.version, lines, facts),
        fault=fault,
    )


ROUTES = (invitations, open_code, read, agree)
