"""What the clerk reads: the desk in every stage of a sitting, items, the shift, 办不成事."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.client.numbers import narrow
from mianzheng.model.found_items import FoundItems
from mianzheng.model.text import Text
from mianzheng.window import filing, queueing
from mianzheng.window.access import CLERK, MACHINE
from mianzheng.window.basis import Basis, basis_of
from mianzheng.window.clerk import Clerk
from mianzheng.window.showing import HOME, PDF_HEADERS, PageRequest, home_of, show
from mianzheng.window.sitting import Done, Sitting

Words = Annotated[str, QueryParameter(max_length=100)]
Number = Annotated[int, QueryParameter(ge=0, le=1_000_000)]
PaperName = Annotated[str, PathParameter(max_length=40)]
SHIFT_PAGE = 200  # tickets: a shift has fewer, but for a very long one
_TICKET = re.compile("[0-9]{1,6}")
MOST_FOUND = 9  # as many as there are keys for
EMPTY = FoundItems(items=(), total=0)


@get("/", opt=MACHINE)
async def root() -> Redirect:
    """Lead to the desk."""
    return Redirect(HOME)


@get(HOME, opt=CLERK)
async def desk(request: PageRequest, state: State, q: Words = "", happening: Words = "") -> Template | Redirect:
    """Show what comes next with whoever sits there, or the queue."""
    clerk: Clerk = state.clerk
    if home_of(clerk) != HOME:
        return Redirect(home_of(clerk), status_code=303)
    async with clerk.lock:
        await filing.look_again(clerk)
        if clerk.sitting is not None and clerk.sitting.stage == "item":
            await filing.earlier(clerk)
    queue = await clerk.queue.view()
    sitting = clerk.sitting
    context: dict[str, Any] = {"queue": queue, "resting": queueing.at_window(queue.mine, clerk), "q": q}
    if sitting is not None and sitting.stage == "item":
        context |= await _finding(clerk, q, happening)
        context["item_names"] = await clerk.item_names() if sitting.earlier else {}
    if sitting is not None and sitting.stage == "asked":
        context["heard"] = await clerk.heard("phones")
    if sitting is not None and sitting.stage == "plan" and sitting.opened is not None:
        context["departments"] = await _departments(clerk, [one.department for one in sitting.opened.draft.plan])
        context["basis"] = _basis(sitting)
    if sitting is not None and sitting.stage == "done" and sitting.shown is not None:
        shown = sitting.shown
        context |= {"departments": await _departments(clerk, _named(shown)), "done": shown}
        context |= {"may": filing.may, "running": shown.own.state in filing.RUNNING}
    return show(request, "desk.html", **context)


@get(f"{HOME}/found", opt=CLERK)
async def found(request: PageRequest, state: State, q: Words = "", happening: Words = "") -> Template:
    """Return the list of what was found, for a page that asks while the clerk types."""
    clerk: Clerk = state.clerk
    return show(request, "found.html", **await _finding(clerk, q, happening))


@get(f"{HOME}/shift", opt=CLERK)
async def shift(request: PageRequest, state: State, q: Words = "", after: Number = 0) -> Template:
    """Show what was done in this shift, to be printed at its end; `q`: a ticket, an item or a case's number."""
    clerk: Clerk = state.clerk
    typed = narrow(q).strip()
    number = int(typed) if _TICKET.fullmatch(typed) else 0
    found = await clerk.queue.shift(after=after, number=number, limit=SHIFT_PAGE + 1) if number or not typed else []
    tickets, more = found[:SHIFT_PAGE], found[SHIFT_PAGE - 1].number if len(found) > SHIFT_PAGE else 0
    lines = clerk.shift_like(typed) if not number and not after else ()
    return show(request, "shift.html", tickets=tickets, lines=lines, q=q, after=after, more=more)


@get(f"{HOME}/stuck", opt=CLERK)
async def stuck(request: PageRequest, state: State) -> Template:
    """Show what happens when something cannot be done, before it is said."""
    clerk: Clerk = state.clerk
    shown = clerk.sitting.shown if clerk.sitting is not None else None
    return show(request, "stuck.html", escalates=shown is not None and filing.may(shown, "escalate"), done=shown)


@get(f"{HOME}/screen", opt=MACHINE)
async def screen(request: PageRequest, state: State) -> Template:
    """Show the person's own screen: large letters, in words, what will be asked and what came of it."""
    clerk: Clerk = state.clerk
    sitting = clerk.sitting if clerk.is_open() else None
    names: list[str] = []
    if sitting is not None and sitting.opened is not None:
        names = [one.department for one in sitting.opened.draft.plan]
    if sitting is not None and sitting.shown is not None:
        names += _named(sitting.shown)
    mandate = sitting is not None and sitting.mandate is not None
    return show(
        request,
        "screen.html",
        tells=False,  # it is the person's, and asks every second
        departments=await _departments(clerk, names),
        basis=_basis(sitting),
        item_names=await clerk.item_names() if mandate else {},
    )


@get(f"{HOME}/paper/{{name:str}}", media_type="application/pdf", opt=CLERK)
async def paper(state: State, name: PaperName) -> Response[bytes]:
    """Return a legal document of the case that is shown, sealed by its department."""
    clerk: Clerk = state.clerk
    return Response(await filing.paper(clerk, name), headers=PDF_HEADERS, media_type="application/pdf")


async def _finding(clerk: Clerk, words: str, happening: str) -> dict[str, Any]:
    asked = urlencode({"q": words, "happening": happening, "who": "自然人", "limit": MOST_FOUND})
    hits = await clerk.hub().get(f"/items/search?{asked}", FoundItems) if words or happening else EMPTY
    people = [one for one in await clerk.happenings() if not one.firms]
    return {"found": hits, "q": words, "happening": happening, "happenings": people}


def _named(done: Done) -> list[str]:
    return [
        done.item.department,
        *(one.department for one in done.own.answers),
        *(one.department for one in done.own.reasons),
        *(one.department for one in done.beside),
    ]


def _basis(sitting: Sitting | None) -> Basis | None:
    """Return on what the plan rests that waits to be signed; None while there is none."""
    if sitting is None or sitting.opened is None or sitting.chosen is None:
        return None
    return basis_of(sitting.chosen.item, sitting.opened.draft.plan)


async def _departments(clerk: Clerk, names: list[str]) -> dict[str, Text]:
    return {name: await clerk.department(name) for name in dict.fromkeys(names)}


ROUTES = (root, desk, found, shift, stuck, screen, paper)
