"""`/my/ledger`: 谁问过我, by day; for which case, on what basis; against the gateways' own lists; with a proof each."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import own_lists, to_sign
from mianzheng.cases.asked_about import AskedLine, AskedPage, asked_page, case_page, receipt
from mianzheng.cases.hub import SHANGHAI, Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import Applicant
from mianzheng.cases.own_lists import Compared
from mianzheng.catalogue.item_words import KINDS
from mianzheng.decision.audience import Viewer
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.text import Text
from mianzheng.web.access import Access, rule, seen_case
from mianzheng.web.pages.my_asked import Answered, about, answered_of, short_sentence
from mianzheng.web.pages.showing import PageRequest, show

Number = Annotated[int, QueryParameter(ge=0, le=2**62)]
Words = Annotated[str, QueryParameter(max_length=80)]
CaseId = Annotated[str, QueryParameter(max_length=64)]
Token = Annotated[str, QueryParameter(max_length=64)]
Leaf = Annotated[str, PathParameter(max_length=64)]
MOST_OPENED = 4  # cases whose answers are shown beside the questions


@get("/my/ledger", opt=rule(Access.PAGE))
async def ledger(
    request: PageRequest, state: State, q: Words = "", case: CaseId = "", after: Number = 0, compared: Token = ""
) -> Template:
    """Show who was asked what about the person, newest first; searched by department or item."""
    hub: Hub = state.hub
    applicant: Applicant = request.state.applicant
    page = AskedPage(lines=(), after=0)
    seen = await _case_of_another(hub, case, applicant) if case else None
    if seen is not None:
        page = await case_page(*seen, after=after, wanted=await _wanted(hub, q))
    elif not applicant.presence:  # where a clerk looks on
        page = await asked_page(hub, applicant.pairwise, after=after, case=case, wanted=await _wanted(hub, q))
    found = await own_lists.find(hub, compared, applicant.pairwise) if compared else None
    names = {one.item: one.name for one in (await hub.library.index(hub.today)).all()}
    return show(
        request,
        "my/ledger.html",
        days=_days(page.lines),
        answers=await _answers(hub, applicant, page.lines),
        page=page,
        names=names,
        kind_words=KINDS,
        departments=hub.library.facts.departments,
        asked={"q": q, "case": case, "compared": compared if found else ""},
        after=after,
        compared=found,
        marks=_marks(found, page.lines),
        others=_other_days(found) if found and not after else [],
        labels=await _labels(hub, page.lines),
        short=lambda sentence, department: _short(hub, sentence, department),
        another=seen is not None,
    )


@post("/my/ledger/comparison", opt=rule(Access.PAGE))
async def compare(request: PageRequest, state: State) -> Redirect:
    """Begin to compare with the gateways' own lists: what the person signs for it is put together here."""
    wish = await own_lists.begin(state.hub, request.state.applicant)
    return Redirect(f"/my/signing/{await to_sign.keep(state.hub, wish)}", status_code=303)


@get("/my/ledger/receipts/{leaf:str}", opt=rule(Access.PAGE))
async def give_receipt(request: PageRequest, state: State, leaf: Leaf) -> Response[bytes]:
    """Give out one entry about the person with all that proves it, to keep and to have checked."""
    found = await receipt(state.hub, request.state.applicant.pairwise, leaf)
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    name = f"mianzheng-{leaf[:12]}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


async def _case_of_another(hub: Hub, case: str, applicant: Applicant) -> tuple[LiveCase, Viewer] | None:
    """Return a case that stands under somebody else and that this person acts or takes part in; None for any other."""
    try:
        seen = await seen_case(hub, case, applicant)
    except NotFound:
        return None
    return None if applicant.presence or seen[0].opening.subject == applicant.pairwise else seen


def _days(lines: tuple[AskedLine, ...]) -> list[tuple[date, list[AskedLine]]]:
    return [(day, list(of)) for day, of in groupby(lines, key=lambda line: day_of(line.entry.at))]


def _other_days(found: Compared) -> list[tuple[date | None, list[Any]]]:
    """Return lines by day; under None those of which no time is told."""
    return [(day, list(of)) for day, of in groupby(found.others, key=lambda line: day_of(line.at) if line.at else None)]


def day_of(at: int) -> date:
    """Return the day of a time in the city."""
    return datetime.fromtimestamp(at, UTC).astimezone(SHANGHAI).date()


def _marks(found: Compared | None, lines: tuple[AskedLine, ...]) -> dict[str, str]:
    """Return for each line how its department's own list has it: same, silent, or missing there."""
    if found is None:
        return {}
    known, told, bodies = set(found.known), set(found.gateways), set(found.bodies)
    marks = {}
    for line in lines:
        if line.entry.kind != "asked" or not line.entry.department or line.entry.case in bodies:
            continue
        if line.leaf in known:
            marks[line.leaf] = "same"
        elif line.entry.department not in told:
            marks[line.leaf] = "silent"
        elif line.ended == "answered" and line.entry.at <= found.at:
            marks[line.leaf] = "missing"
    return marks


async def _answers(
    hub: Hub, applicant: Applicant, lines: tuple[AskedLine, ...]
) -> dict[tuple[str, str, str], Answered]:
    """Return what was answered, by case, question and role, of the newest few cases on the page."""
    found: dict[tuple[str, str, str], Answered] = {}
    cases = list(dict.fromkeys(line.entry.case for line in lines))[:MOST_OPENED]
    for case, seen in zip(cases, await asyncio.gather(*(_seen(hub, case, applicant) for case in cases)), strict=True):
        if seen is not None and seen[0].permit is not None:
            found |= {(case, one.question, one.role): one for one in answered_of(*seen)}
    return found


async def _seen(hub: Hub, case: str, applicant: Applicant) -> tuple[LiveCase, Viewer] | None:
    try:
        return await seen_case(hub, case, applicant)
    except (NotFound, MandateRefused, Unavailable):
        return None


async def _wanted(hub: Hub, q: str) -> frozenset[str] | None:
    """Return the departments and items whose name holds all the words, None when nothing is looked for."""
    words = q.casefold().split()
    if not words:
        return None
    names = {name: one.name for name, one in hub.library.facts.departments.items()}
    names |= {one.item: one.name for one in (await hub.library.index(hub.today)).all()}
    return frozenset(name for name, text in names.items() if all(word in _both(text) for word in words))


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}".casefold()


async def _labels(hub: Hub, lines: tuple[AskedLine, ...]) -> dict[tuple[str, str], Text]:
    """Return in words whom the questions of the page are about, by item and role; the applicant is not named."""
    found: dict[tuple[str, str], Text] = {}
    for item, role in {(line.entry.item, line.entry.role) for line in lines if line.entry.role}:
        try:
            label = about((await hub.library.current(item, hub.today)).item, role)
        except NotFound:  # the item is no longer offered
            continue
        if label is not None:
            found[item, role] = label
    return found


def _short(hub: Hub, sentence: Text, department: str) -> Text:
    found = hub.library.facts.departments.get(department)
    return sentence if found is None else short_sentence(sentence, found.short)


ROUTES = (ledger, compare, give_receipt)
