"""The route of the case file 一件一档."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter

from mianzheng.cases.filing import case_file
from mianzheng.model.archive import CaseFile
from mianzheng.web.access import Access, rule, seen_case

CaseId = Annotated[str, PathParameter(max_length=64)]
View = Annotated[str, QueryParameter(max_length=16)]


@get("/cases/{case:str}/archive", opt=rule(Access.SESSION))
async def export(request: Request[Any, Any, State], state: State, case: CaseId, view: View = "") -> CaseFile:
    """Return the case file of a case that is over, as the signed-in person may have it."""
    live, viewer = await seen_case(state.hub, case, request.state.applicant, view)
    return await case_file(live, viewer)


ROUTES = (export,)
