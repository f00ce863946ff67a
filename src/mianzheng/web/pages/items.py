"""`/items`: every service, found by words, pinyin, department, kind or what happened; and each one introduced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Template

from mianzheng.cases.hub import Hub
from mianzheng.cases.memory import Recent
from mianzheng.catalogue.introducing import Introduction, introduce
from mianzheng.catalogue.item_words import (
    APPROVALS,
    AT_ONCE,
    EVERY,
    KINDS,
    PRESENCES,
    PURPOSES,
    WHO,
    figure_words,
    length_of,
)
from mianzheng.catalogue.opened import find_opened
from mianzheng.catalogue.search import Wanted
from mianzheng.look.pages import words_of
from mianzheng.model.found_items import FoundItem, HappeningLine
from mianzheng.model.text import Text as BothTexts
from mianzheng.web.access import public
from mianzheng.web.pages.showing import PageRequest, show

PAGE = 20  # items
Name = Annotated[str, PathParameter(max_length=100)]
Text = Annotated[str, QueryParameter(max_length=200)]
_introduced: Recent[tuple[str, date], Introduction] = Recent(1024)


@public("/items")
async def list_items(
    request: PageRequest,
    state: State,
    q: Text = "",
    department: Text = "",
    kind: Text = "",
    who: Text = "",
    happening: Text = "",
    after: Text = "",
) -> Template:
    """Show the items that fit, best first, a happening's in its own order; to htmx the list alone."""
    hub: Hub = state.hub
    index = await hub.library.index(hub.today)
    wanted = Wanted(words=q, department=department, kind=kind, who=who, happening=happening, after=after, limit=PAGE)
    happenings = await hub.library.happenings(hub.today)
    alone = request.headers.get("hx-request") == "true" and request.headers.get("hx-target") == "results"
    page = show(
        request,
        "items_found.html" if alone else "items.html",
        found=find_opened(index, wanted, happenings),
        wanted=wanted,
        at_once=AT_ONCE,
        sifting=sifting_of(wanted, index.all(), happenings),
        happened=next((one for one in happenings if one.id == happening), None),
    )
    if _stands_there(request):
        page.headers["HX-Push-Url"] = "false"
    return page


def _stands_there(request: PageRequest) -> bool:
    """Tell whether a page asks for the address it stands at, as Return after typing does: "back" leads back once."""
    current = urlsplit(request.headers.get("hx-current-url", ""))
    return (current.path, current.query) == (request.url.path, request.url.query)


class Sifting(msgspec.Struct, frozen=True, kw_only=True):
    """One choice that narrows the list: its name in the address, what stands there, what may be chosen."""

    name: str
    label: BothTexts
    any: BothTexts
    chosen: str
    options: tuple[tuple[str, BothTexts], ...]


def sifting_of(wanted: Wanted, items: Sequence[FoundItem], happenings: Sequence[HappeningLine]) -> tuple[Sifting, ...]:
    """Return the choices that narrow the list; none that no item has."""
    any_one = BothTexts(zh="全部", en="All")
    departments = {one.department: one.department_name for one in items}
    return (
        Sifting(
            name="happening",
            label=BothTexts(zh="发生了什么", en="What happened"),
            any=BothTexts(zh="不限", en="Anything"),
            chosen=wanted.happening,
            options=tuple((one.id, one.name) for one in happenings),
        ),
        Sifting(
            name="who",
            label=BothTexts(zh="谁来办", en="For whom"),
            any=any_one,
            chosen=wanted.who,
            options=tuple(one for one in WHO.items() if any(one[0] in item.who for item in items)),
        ),
        Sifting(
            name="department",
            label=BothTexts(zh="部门", en="Department"),
            any=any_one,
            chosen=wanted.department,
            options=tuple(sorted(departments.items())),
        ),
        Sifting(
            name="kind",
            label=BothTexts(zh="类别", en="Kind"),
            any=any_one,
            chosen=wanted.kind,
            options=tuple(one for one in KINDS.items() if any(one[0] == item.kind for item in items)),
        ),
    )


@public("/items/{item:str}")
async def show_item(request: PageRequest, state: State, item: Name) -> Template:
    """Show what an item asks of whom, what it spares, grants and rests on."""
    hub: Hub = state.hub
    said = await introduced(hub, item)
    guide = hub.library.guide.on(hub.today)
    return show(
        request,
        "item.html",
        said=said,
        item=said.item,
        beside=await _beside(hub, item),
        papers=[guide.paper(name) for name in said.item.replaces],
        telephones=guide.telephones[:1],
        counters=[one for one in guide.counters if not one.departments or said.item.department in one.departments],
        kind_words=KINDS,
        who_words=WHO,
        purposes=PURPOSES,
        approvals=APPROVALS,
        at_once=AT_ONCE,
        presences=PRESENCES,
        every=EVERY,
        figure_words=figure_words,
        valid=words_of(request)(length_of(said.item.outcome.valid)),
    )


async def introduced(hub: Hub, item: str) -> Introduction:
    """Return the introduction of the version in force today; made once for a version and a day."""
    version = await hub.library.current(item, hub.today)
    key = (version.digest, hub.today)  # a digest names the item, its questions and the facts they speak of
    said = _introduced.get(key)
    if said is None:
        plan = hub.library.plan(version.digest, hub.today)
        said = introduce(version.compiled, plan, hub.library.facts, hub.library.params, hub.today)
        _introduced.put(key, said)
    return said


async def _beside(hub: Hub, item: str) -> tuple[FoundItem, ...]:
    """Return the other items of what may have happened when somebody needs this one."""
    names = [name for one in await hub.library.happenings(hub.today) if item in one.items for name in one.items]
    return (await hub.library.index(hub.today)).of(name for name in dict.fromkeys(names) if name != item)[:4]


ROUTES = (list_items, show_item)
