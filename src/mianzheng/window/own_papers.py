"""出件 at the clerk's own desk: papers of the department that are handed over at a window, posted, or in the post.

The case is taken first. Printing a paper here delivers nothing; what the clerk signs does: given to the person, posted
under a number of the post, arrived by the post's own record.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import date
from typing import Annotated

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import PathParameter
from litestar.response import Redirect, Template

from mianzheng.model.errors import WrongUse
from mianzheng.model.paper_acts import Arrived, DeliveryAct, HandedOver, Posted
from mianzheng.window.access import CLERK
from mianzheng.window.clerk import Clerk, Said
from mianzheng.window.own_desk import DESK, PAGE, After, CaseId, Fields, Words
from mianzheng.window.showing import PDF_HEADERS, PageRequest, doing, show

PaperName = Annotated[str, PathParameter(max_length=40)]
OUTGOING = f"{DESK}/outgoing"
OF_CASE = f"{DESK}/{{case:str}}/papers/{{paper:str}}"


@get(OUTGOING, opt=CLERK)
async def outgoing(request: PageRequest, state: State, after: After = "", q: Words = "") -> Template:
    """List the papers that wait for window or post, the oldest first; `q`: an item's name or a case's number."""
    clerk: Clerk = state.clerk
    found = await clerk.desk.outgoing(after=after, q=q, limit=PAGE)
    more = found[-1].place if len(found) >= PAGE else ""
    return show(request, "outgoing.html", lines=found, names=await clerk.item_names(), q=q, after=after, more=more)


@get(OF_CASE, media_type="application/pdf", opt=CLERK)
async def paper(state: State, case: CaseId, paper: PaperName) -> Response[bytes]:
    """Return a paper of a case that was taken, to be printed."""
    clerk: Clerk = state.clerk
    pdf = b64decode((await clerk.desk.paper(case, paper)).pdf)
    return Response(pdf, headers=PDF_HEADERS, media_type="application/pdf")


@post(f"{OF_CASE}/handed", opt=CLERK)
async def handed(state: State, case: CaseId, paper: PaperName) -> Redirect:
    """Sign that the person was given it."""
    clerk: Clerk = state.clerk
    return await _sign(clerk, case, HandedOver(paper=paper, on=clerk.today()), "paper-handed")


@post(f"{OF_CASE}/posted", opt=CLERK)
async def posted(state: State, case: CaseId, paper: PaperName, data: Fields) -> Redirect:
    """Sign that it went by tracked post, under which number."""
    clerk: Clerk = state.clerk
    tracking = data.get("tracking", "").strip()
    if not tracking:
        raise WrongUse("tracked post has a tracking number", code="no-tracking")
    act = Posted(paper=paper, tracking=tracking, on=_day(clerk, data))
    return await _sign(clerk, case, act, "paper-posted")


@post(f"{OF_CASE}/arrived", opt=CLERK)
async def arrived(state: State, case: CaseId, paper: PaperName, data: Fields) -> Redirect:
    """Sign that the post delivered it, and on which day."""
    clerk: Clerk = state.clerk
    return await _sign(clerk, case, Arrived(paper=paper, on=_day(clerk, data)), "paper-arrived")


async def _sign(clerk: Clerk, case: str, act: DeliveryAct, said: str) -> Redirect:
    async def work() -> None:
        view = await clerk.desk.deliver(case, act)
        clerk.said = Said(code=said, detail=view.display)

    return await doing(clerk, work(), f"{DESK}/{case}")


def _day(clerk: Clerk, data: Fields) -> date:
    """Return the day that was typed, today where none was."""
    text = data.get("on", "").strip()
    try:
        return date.fromisoformat(text) if text else clerk.today()
    except ValueError:
        raise WrongUse(f"{text!r} is no day", code="paper-day") from None


ROUTES = (outgoing, paper, handed, posted, arrived)
