"""Routes of the legal documents of a case: read by its people and printed at the window, checked by anybody."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter

from mianzheng.cases import outgoing, papers
from mianzheng.cases.acting import require_handler
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.opening import Applicant
from mianzheng.decision.audience import CLERK, Viewer
from mianzheng.model.paper_acts import PaperDelivery, WayChosen
from mianzheng.model.papers import Checked, OutgoingPaper, PaperFile, PaperView
from mianzheng.web.access import Access, bearer_of, own_case, rule, seen_case

CaseId = Annotated[str, PathParameter(max_length=64)]
PaperId = Annotated[str, PathParameter(max_length=40)]
Number = Annotated[str, PathParameter(max_length=64)]
Digest = Annotated[str, QueryParameter(min_length=64, max_length=64)]
Words = Annotated[str, QueryParameter(max_length=80)]
After = Annotated[str, QueryParameter(max_length=120)]
Limit = Annotated[int, QueryParameter(ge=1, le=outgoing.MOST)]
Signed = Request[Any, Any, State]


async def reader_of(state: State, case: str, applicant: Applicant) -> tuple[LiveCase, Viewer, bool]:
    """Return a case, as whom its papers are read, and whether that delivers them: under a presence a clerk looks on."""
    live, viewer = await seen_case(state.hub, case, applicant)
    if applicant.presence and viewer.kind != "linked":
        return live, CLERK, False
    return live, viewer, True


@get("/cases/{case:str}/papers", opt=rule(Access.SESSION))
async def list_papers(request: Signed, state: State, case: CaseId) -> list[PaperView]:
    """Return the papers of a case, due, made, sent or delivered."""
    live, viewer, _ = await reader_of(state, case, request.state.applicant)
    return list(await papers.papers_view(live, viewer))


@get("/cases/{case:str}/papers/{paper:str}", opt=rule(Access.SESSION))
async def read_paper(request: Signed, state: State, case: CaseId, paper: PaperId) -> PaperFile:
    """Return a paper, made and sealed when it is first asked for."""
    live, viewer, on_screen = await reader_of(state, case, request.state.applicant)
    return await papers.open_paper(live, paper, viewer, on_screen=on_screen)


@post("/cases/{case:str}/papers/{paper:str}/way", opt=rule(Access.SESSION), status_code=200)
async def choose_way(
    request: Signed, state: State, case: CaseId, paper: PaperId, data: JSONBody[WayChosen]
) -> list[PaperView]:
    """Keep how the person wants a paper."""
    live = await own_case(state.hub, case, request.state.applicant)
    _, viewer, _ = await reader_of(state, case, request.state.applicant)
    await papers.choose_way(live, paper, viewer, data.way)
    return list(await papers.papers_view(live, viewer))


@get("/desk/outgoing", opt=rule(Access.STAFF))
async def list_outgoing(
    request: Signed, state: State, after: After = "", q: Words = "", limit: Limit = outgoing.MOST
) -> list[OutgoingPaper]:
    """Return the department's papers that wait for window or post, the oldest first; `after`: the last `place`.

    Found by an item's name or a case's number (`q`), or all.
    """
    staff = request.state.staff
    return list(await outgoing.outgoing_of(state.hub, staff, after=after, words=q, limit=limit))


@get("/desk/cases/{case:str}/papers", opt=rule(Access.STAFF))
async def list_for_staff(request: Signed, state: State, case: CaseId) -> list[PaperView]:
    """Return the papers of a case to its handler."""
    live = await load(state.hub, case)
    require_handler(live, request.state.staff)
    return list(await papers.papers_view(live, CLERK))


@get("/desk/cases/{case:str}/papers/{paper:str}", opt=rule(Access.STAFF))
async def read_for_staff(request: Signed, state: State, case: CaseId, paper: PaperId) -> PaperFile:
    """Return a paper to the handler who prints or posts it."""
    return await papers.for_staff(await load(state.hub, case), request.state.staff, paper)


@post("/desk/cases/{case:str}/papers", opt=rule(Access.DEPARTMENT), status_code=200)
async def take_delivery(request: Signed, state: State, case: CaseId, data: JSONBody[PaperDelivery]) -> PaperView:
    """Take what staff signed: handed over, posted, arrived. Within a session of the person any window hands over."""
    applicant = await bearer_of(request)
    if applicant is None:
        return await papers.deliver(await load(state.hub, case), data)
    live, viewer = await seen_case(state.hub, case, applicant)
    return await papers.deliver(live, data, beside=viewer.kind in ("resident", "clerk"))


@get("/papers/{number:str}", opt=rule(Access.ANYONE))
async def check_paper(state: State, number: Number, digest: Digest) -> Checked:
    """Tell whether a paper of this number and SHA-256 was made here; nothing of what it says."""
    return await papers.check(state.hub, number, digest)


ROUTES = (
    list_papers,
    read_paper,
    choose_way,
    list_outgoing,
    list_for_staff,
    read_for_staff,
    take_delivery,
    check_paper,
)
