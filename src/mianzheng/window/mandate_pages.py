"""`/window/mandate`: 委托 with whoever sits there, on paper, returned and ended; each step one form."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.look.headers import PAGE_HEADERS
from mianzheng.model.found_items import Looking, looked_for
from mianzheng.window import granting
from mianzheng.window.access import CLERK
from mianzheng.window.clerk import Clerk
from mianzheng.window.showing import HOME, MANDATE, PageRequest, doing, show

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
Fields = Annotated[dict[str, str], FORM]
PDF_HEADERS = PAGE_HEADERS.allowing() | {"content-disposition": "inline"}


@get(MANDATE, opt=CLERK)
async def mandate(
    request: PageRequest, state: State, way: Annotated[str, QueryParameter(max_length=10)] = ""
) -> Template | Redirect:
    """Show what can be done about mandates now: with who sits there, on paper, one that came back, an end."""
    clerk: Clerk = state.clerk
    sitting = clerk.sitting
    work = sitting.mandate if sitting is not None else None
    if sitting is not None and work is None and way != "return":
        return Redirect(HOME, status_code=303)
    typed = work.typed if work is not None else granting.Typed()
    paper = way == "paper" or (way == "" and typed.way == "paper")
    items = await granting.offered(clerk)
    first, last = granting.range_of(sitting, "paper" if paper else "here")
    context: dict[str, Any] = {
        "work": work,
        "typed": typed,
        "paper": paper,
        "way": way,
        "faults": work.faults if work is not None else {},
        "may_grant": sitting is not None and granting.may_grant(sitting),
        "item_names": {one.item: one.name for one in items},
        "looking": Looking.among(items, work.looked_for if work is not None else "", typed.items),
        "found": [list(of) for _, of in groupby(sorted(items, key=_department), key=_department)],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "queue": await clerk.queue.view(),
        "heard": await clerk.heard("phones"),
        "letters": await clerk.heard("messages") if way == "return" or sitting is None else {},
    }
    return show(request, "mandate.html", **context)


@post(f"{MANDATE}/begin", opt=CLERK)
async def begin(state: State) -> Redirect:
    """Turn to a mandate with whoever sits there."""
    granting.begin(state.clerk)
    return Redirect(MANDATE, status_code=303)


@post(f"{MANDATE}/terms", opt=CLERK)
async def terms(state: State, data: Annotated[dict[str, Any], FORM]) -> Redirect:
    """Take who acts in what, how often and until when; on paper it goes out at once."""
    looked = looked_for(data)
    if looked is not None:
        granting.look_for(state.clerk, granting.typed_in(data), looked)
        return Redirect(f"{MANDATE}#services", status_code=303)
    return await doing(state.clerk, granting.type_terms(state.clerk, granting.typed_in(data)), MANDATE)


@post(f"{MANDATE}/again", opt=CLERK)
async def again(state: State) -> Redirect:
    """Change what was typed before it is signed, or begin another."""
    clerk: Clerk = state.clerk
    if clerk.sitting is not None and clerk.sitting.mandate is not None:
        work = clerk.sitting.mandate
        if work.made is not None:
            clerk.sitting.mandate = granting.Granting()
        work.read = False
    return Redirect(MANDATE, status_code=303)


@post(f"{MANDATE}/sign", opt=CLERK)
async def sign(state: State) -> Redirect:
    """Sign the mandate that was read to its principal."""
    return await doing(state.clerk, granting.sign(state.clerk), MANDATE)


@post(f"{MANDATE}/return", opt=CLERK)
async def give_back(state: State, data: Fields) -> Redirect:
    """Take a signed paper in by its code."""
    work = granting.give_back(state.clerk, data.get("paper", ""), data.get("code", ""))
    return await doing(state.clerk, work, MANDATE)


@post(f"{MANDATE}/end", opt=CLERK)
async def end(state: State, data: Fields) -> Redirect:
    """End a mandate of who sits there, or with `all` every one."""
    code = "" if data.get("all") == "1" else data.get("code", "") or "-"
    return await doing(state.clerk, granting.end(state.clerk, code), MANDATE)


@post(f"{MANDATE}/leave", opt=CLERK)
async def leave(state: State) -> Redirect:
    """Go back to cases."""
    clerk: Clerk = state.clerk
    if clerk.sitting is not None:
        granting.leave(clerk)
    return Redirect(HOME, status_code=303)


@get(f"{MANDATE}/paper", opt=CLERK, media_type="application/pdf")
async def paper(state: State) -> Response[bytes]:
    """Return the 委托书 of this sitting, to be printed and signed by hand."""
    file = await granting.paper_file(state.clerk)
    return Response(file, headers=PDF_HEADERS, media_type="application/pdf")


def _department(one: Any) -> str:
    name: str = one.department_name.zh
    return name


ROUTES = (mandate, begin, terms, again, sign, give_back, end, leave, paper)
