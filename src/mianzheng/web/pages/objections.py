"""`/notices/{case}/objection`: a signed-in person objects to a public notice 公示, and reads what came of it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter
from litestar.response import Redirect, Template

from mianzheng.cases import objecting
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.model import case as cases
from mianzheng.model.errors import NotFound
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show

LONGEST = 2000  # characters of a reason
CaseId = Annotated[str, PathParameter(max_length=64)]
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into the form."""

    reason: str = ""


@get("/notices/{case:str}/objection", opt=rule(Access.PAGE))
async def show_form(request: PageRequest, state: State, case: CaseId) -> Template:
    """Show the form, and the person's own objections to this notice."""
    return await _form(request, await load(state.hub, case))


@post("/notices/{case:str}/objection", opt=rule(Access.PAGE), status_code=303)
async def object_to(
    request: PageRequest, state: State, case: CaseId, data: Annotated[Typed, FORM]
) -> Template | Redirect:
    """Take an objection; an empty or endless one brings the form back."""
    live, reason = await load(state.hub, case), data.reason.strip()
    if not reason or len(reason) > LONGEST:
        return await _form(request, live, typed=data.reason, fault="long" if reason else "empty")
    await objecting.object_to(live, request.state.applicant, reason)
    return Redirect(f"/notices/{live.id}/objection", status_code=303)


async def _form(request: PageRequest, live: LiveCase, *, typed: str = "", fault: str = "") -> Template:
    """Return the page; `NotFound` of a case without a notice, as of one that does not exist, but to who objected."""
    own = await objecting.heard(live, request.state.applicant)
    runs = live.state is cases.State.PUBLIC_NOTICE
    if not runs and not own:
        raise NotFound("no public notice of this case runs", hint="/notices lists those that do")
    return show(
        request,
        "objection.html",
        status=400 if fault else 200,
        case=live.id,
        item=live.version.item,
        until=live.procedure.notice_until,
        runs=runs,
        own=own,
        typed=typed,
        fault=fault,
        longest=LONGEST,
    )


ROUTES = (show_form, object_to)
