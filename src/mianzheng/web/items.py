"""Routes of items: what is published, and what departments hand in, signed."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter

from mianzheng.cases import publishing
from mianzheng.cases.hub import Hub
from mianzheng.catalogue.opened import find_opened
from mianzheng.catalogue.search import Wanted
from mianzheng.model.authorisation import ChoiceAsked
from mianzheng.model.found_items import FoundItems, HappeningLine
from mianzheng.model.item import Item
from mianzheng.model.publishing import Certified, ItemSummary, ItemText
from mianzheng.web.access import Access, rule

Name = Annotated[str, PathParameter(max_length=100)]
Number = Annotated[int, PathParameter(ge=1)]
Text = Annotated[str, QueryParameter(max_length=100)]
Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """Every version the hub holds."""

    items: tuple[ItemSummary, ...]


@get("/items", opt=rule(Access.ANYONE))
async def list_items(state: State) -> Items:
    """Return every item version and where it stands."""
    return Items(items=await publishing.summaries(state.hub))


@get("/items/search", opt=rule(Access.ANYONE))
async def search_items(
    state: State,
    q: Text = "",
    department: Text = "",
    kind: Text = "",
    who: Text = "",
    happening: Text = "",
    after: Text = "",
    limit: Limit = 20,
) -> FoundItems:
    """Return the items in force that fit words (also pinyin and initials) and filters, best first, page by page.

    What a happening opens comes in the happening's own order where no words are asked for.
    """
    wanted = Wanted(words=q, department=department, kind=kind, who=who, happening=happening, after=after, limit=limit)
    hub: Hub = state.hub
    return find_opened(await hub.library.index(hub.today), wanted, await hub.library.happenings(hub.today))


@get("/happenings", opt=rule(Access.ANYONE))
async def list_happenings(state: State) -> list[HappeningLine]:
    """Return what may have happened to somebody, with the published items each opens."""
    hub: Hub = state.hub
    return list(await hub.library.happenings(hub.today))


@get("/items/{item:str}", opt=rule(Access.ANYONE))
async def show_item(state: State, item: Name) -> Item:
    """Return the version in force today."""
    hub: Hub = state.hub
    return (await hub.library.current(item, hub.today)).item


@get("/items/{item:str}/choices", opt=rule(Access.ANYONE))
async def show_choices(state: State, item: Name) -> list[ChoiceAsked]:
    """Return whom the person chooses by name or number, and the gateway each choice is sealed to."""
    hub: Hub = state.hub
    version = await hub.library.current(item, hub.today)
    registers = hub.library.facts.registers
    return [
        ChoiceAsked(role=name, label=role.label, gateway=hub.gateway(registers[role.link_path[1]].department))
        for name, role in version.item.roles.items()
        if role.chosen
    ]


@get("/items/{item:str}/{version:int}", opt=rule(Access.ANYONE))
async def show_version(state: State, item: Name, version: Number) -> ItemText:
    """Return one version as it was signed, with its approvals."""
    return await publishing.text_of(state.hub, item, version)


@post("/items", opt=rule(Access.DEPARTMENT))
async def hand_in(state: State, data: JSONBody[Certified]) -> ItemSummary:
    """Take a signed item version as a draft."""
    return await publishing.hand_in(state.hub, data)


@post("/items/{item:str}/{version:int}/approvals", opt=rule(Access.DEPARTMENT), status_code=200)
async def approve(state: State, item: Name, version: Number, data: JSONBody[list[Certified]]) -> ItemText:
    """Take approvals by the departments that are asked."""
    return await publishing.take_approvals(state.hub, item, version, data)


@post("/items/{item:str}/{version:int}/publication", opt=rule(Access.DEPARTMENT), status_code=200)
async def publish(state: State, item: Name, version: Number, data: JSONBody[Certified]) -> ItemText:
    """Publish a version by its steward's signed step."""
    return await publishing.move(state.hub, item, version, data, step="publication")


@post("/items/{item:str}/{version:int}/retirement", opt=rule(Access.DEPARTMENT), status_code=200)
async def retire(state: State, item: Name, version: Number, data: JSONBody[Certified]) -> ItemText:
    """Retire a version by its steward's signed step; running cases keep it."""
    return await publishing.move(state.hub, item, version, data, step="retirement")


ROUTES = (
    list_items,
    search_items,
    list_happenings,
    show_item,
    show_choices,
    show_version,
    hand_in,
    approve,
    publish,
    retire,
)
