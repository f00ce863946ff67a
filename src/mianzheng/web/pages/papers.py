"""The papers of a case on screen, as accessible text and as the sealed file; and the page that checks any paper."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import papers
from mianzheng.cases.hub import Hub
from mianzheng.look.headers import PAGE_HEADERS
from mianzheng.model.errors import NotFound
from mianzheng.model.papers import PaperKind, Way
from mianzheng.papers.numbers import read_number
from mianzheng.web.access import Access, own_case, public, rule
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.papers import reader_of

CaseId = Annotated[str, PathParameter(max_length=64)]
PaperId = Annotated[str, PathParameter(max_length=40)]
NumberText = Annotated[str, PathParameter(max_length=64)]
DigestText = Annotated[str, QueryParameter(max_length=80)]
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
UPLOAD = Body(media_type=RequestEncodingType.MULTI_PART)
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


class WayForm(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants a paper."""

    way: Way


@get("/my/cases/{case:str}/papers", opt=rule(Access.PAGE))
async def list_papers(request: PageRequest, state: State, case: CaseId) -> Template:
    """List the papers of a case: which there are, by which way they come, until when.

    What is due is made meanwhile, so that it opens at once.
    """
    live, viewer, _ = await reader_of(state, case, request.state.applicant)
    lines = await papers.papers_view(live, viewer)
    page = show(
        request,
        "my/papers.html",
        live=live,
        item=live.version.item,
        lines=lines,
        receipt=PaperKind.RECEIPT,
        serves=papers.receives(live, viewer),
    )
    due = tuple(one.paper for one in lines if one.state == "due" and one.kind is not PaperKind.RECEIPT)
    page.background = BackgroundTask(papers.write_ahead, live.hub, case, viewer, due)
    return page


@get("/my/cases/{case:str}/papers/{paper:str}", opt=rule(Access.PAGE))
async def read_paper(request: PageRequest, state: State, case: CaseId, paper: PaperId) -> Template:
    """Show what a paper says as text that every reader can read; opening it delivers it."""
    live, viewer, on_screen = await reader_of(state, case, request.state.applicant)
    found = await papers.open_paper(live, paper, viewer, on_screen=on_screen)
    return show(request, "my/paper.html", live=live, view=found.view, paper=found.says)


@get("/my/cases/{case:str}/papers/{paper:str}/pdf", opt=rule(Access.PAGE))
async def download(request: PageRequest, state: State, case: CaseId, paper: PaperId) -> Response[bytes]:
    """Return the sealed file, the same bytes each time."""
    live, viewer, on_screen = await reader_of(state, case, request.state.applicant)
    found = await papers.open_paper(live, paper, viewer, on_screen=on_screen)
    headers = PAGE_HEADERS.allowing() | {"content-disposition": f'attachment; filename="{found.view.number}.pdf"'}
    return Response(base64.b64decode(found.pdf), media_type="application/pdf", headers=headers)


@post("/my/cases/{case:str}/papers/{paper:str}/way", opt=rule(Access.PAGE))
async def choose_way(
    request: PageRequest, state: State, case: CaseId, paper: PaperId, data: Annotated[WayForm, FORM]
) -> Redirect:
    """Keep how the person wants a paper."""
    live = await own_case(state.hub, case, request.state.applicant)
    _, viewer, _ = await reader_of(state, case, request.state.applicant)
    await papers.choose_way(live, paper, viewer, data.way)
    return Redirect(f"/my/cases/{case}/papers", status_code=303)


@public("/papers/{number:str}")
async def ask_check(request: PageRequest, state: State, number: NumberText, digest: DigestText = "") -> Template:
    """Ask for the file or its digest: the number alone says nothing."""
    if digest.strip():
        return await _checked(request, state.hub, number, digest.strip(), None)
    return _form(request, number)


@post("/papers/{number:str}", opt=rule(Access.ANYONE), status_code=200)
async def check_file(
    request: PageRequest, state: State, number: NumberText, data: Annotated[dict[str, Any], UPLOAD]
) -> Template:
    """Check an uploaded file, or a digest; nothing of what was sent is kept."""
    file = data.get("file")
    pdf = await file.read() if isinstance(file, UploadFile) else b""
    if pdf:
        return await _checked(request, state.hub, number, hashlib.sha256(pdf).hexdigest(), pdf)
    return await _checked(request, state.hub, number, str(data.get("digest", "")).strip(), None)


async def _checked(request: PageRequest, hub: Hub, number: str, digest: str, pdf: bytes | None) -> Template:
    if not _DIGEST.fullmatch(digest):
        return _form(request, number, fault=True)
    found = await papers.check(hub, number, digest, pdf=pdf)
    return _form(request, number, found=found, digest=digest.lower())


def _form(request: PageRequest, number: str, *, fault: bool = False, **shown: Any) -> Template:
    read = read_number(number)
    if read is None:
        raise NotFound("there is no such document number")
    context = {"found": None, "digest": "", **shown}
    status = 400 if fault else 200
    return show(request, "paper_check.html", status=status, number=number, display=read.display, fault=fault, **context)


ROUTES = (list_papers, read_paper, download, choose_way, ask_check, check_file)
