"""The clerk's own desk: cases of the department that wait for a person. Assigned first, then seen.

Whoever must stand back 回避 learns only that another handles it. A correction 补正 is told once, and completely. No
money passes here: a fee 收费 is paid at the cashier's, whose receipt is handed in.
"""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.model.errors import WrongUse
from mianzheng.model.officers import AskCorrection, Pay, Take
from mianzheng.window.access import CLERK
from mianzheng.window.clerk import Clerk
from mianzheng.window.showing import HOME, PageRequest, doing, show

DESK = f"{HOME}/desk"
CaseId = Annotated[str, PathParameter(max_length=64)]
Fields = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
After = Annotated[str, QueryParameter(max_length=120)]
Words = Annotated[str, QueryParameter(max_length=80)]
ItemName = Annotated[str, QueryParameter(max_length=100)]
MOST_DAYS, PAGE = 30, 25


@get(DESK, opt=CLERK)
async def lines(request: PageRequest, state: State, after: After = "", item: ItemName = "", q: Words = "") -> Template:
    """List what this clerk may take, and what they took: the longest waiting first.

    Of one item or of every one; `q`: an item's name or a case's number.
    """
    clerk: Clerk = state.clerk
    found = await clerk.desk.lines(after=after, item=item, q=q, limit=PAGE)
    own = {one.item: one.name for one in await clerk.items() if one.department == clerk.stated.department}
    return show(
        request,
        "own_desk.html",
        lines=found,
        names=await clerk.item_names(),  # an approval or a contest is of another department's item
        own=own,
        item=item,
        q=q,
        after=after,
        more=found[-1].place if len(found) >= PAGE else "",
    )


@get(f"{DESK}/{{case:str}}", opt=CLERK)
async def case(request: PageRequest, state: State, case: CaseId) -> Template:
    """Show a case that was taken: ticks, reasons, what is open; never the record behind."""
    clerk: Clerk = state.clerk
    view = await clerk.desk.show(case)
    papers = await clerk.desk.papers(case) if view.handler == clerk.stated.staff else []
    return show(request, "own_case.html", view=view, papers=papers, today=clerk.today())


@post(f"{DESK}/{{case:str}}/take", opt=CLERK)
async def take(state: State, case: CaseId) -> Redirect:
    """Take a case: avoidance is asked first, and only then it is seen."""
    clerk: Clerk = state.clerk

    async def work() -> None:
        await clerk.desk.act(case, Take())

    return await doing(clerk, work(), f"{DESK}/{case}")


@post(f"{DESK}/{{case:str}}/correct", opt=CLERK)
async def correct(state: State, case: CaseId, data: Fields) -> Redirect:
    """Ask for everything that is to be corrected, once."""
    clerk: Clerk = state.clerk
    what, papers = (_lines(data.get(name, "")) for name in ("what", "papers"))
    within = data.get("within", "10")
    if not (what or papers) or not within.isdecimal() or not 1 <= int(within) <= MOST_DAYS:
        raise WrongUse("say what is to be corrected, a line each, and within how many days", code="bad-form")

    async def work() -> None:
        await clerk.desk.act(case, AskCorrection(what=what, within=int(within), papers=papers))

    return await doing(clerk, work(), f"{DESK}/{case}")


@post(f"{DESK}/{{case:str}}/pay", opt=CLERK)
async def pay(state: State, case: CaseId, data: Fields) -> Redirect:
    """Hand in the cashier's receipt: sum and number; what was granted is delivered then."""
    clerk: Clerk = state.clerk

    async def work() -> None:
        await clerk.desk.act(case, Pay(amount=data.get("amount", "").strip(), receipt=data.get("receipt", "").strip()))

    return await doing(clerk, work(), f"{DESK}/{case}")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


ROUTES = (lines, case, take, correct, pay)
