"""`/my/apply/{item}`: what the person states, each field with its fault beside it; whom they mean stays sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on
from mianzheng.cases.acts_on import ActsOn
from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Version
from mianzheng.cases.opening import open_case
from mianzheng.catalogue.item_words import KINDS
from mianzheng.model.facts import Type
from mianzheng.model.text import Text
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.choosing import CHOICE, choice_field, read_form
from mianzheng.web.pages.showing import PageRequest, show

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
Typed = Annotated[dict[str, Any], FORM]
Name = Annotated[str, PathParameter(max_length=100)]
Acting = Annotated[str, QueryParameter(max_length=64)]


@get("/my/apply/{item:str}", opt=rule(Access.PAGE))
async def ask(request: PageRequest, state: State, item: Name, acting: Acting = "") -> Template:
    """Show the form of an item; `acting` opens on what the person acts for another."""
    hub: Hub = state.hub
    version = await hub.library.current(item, hub.today)
    acts = await acts_on.find(hub, acting, request.state.applicant) if acting else None
    return form_page(request, hub, version, typed={"acting": acting}, faults={}, acts=acts)


@post("/my/apply/{item:str}", opt=rule(Access.PAGE))
async def apply(request: PageRequest, state: State, item: Name, data: Typed) -> Template | Redirect:
    """Open a case with what was stated and lead to its plan; a fault brings the form back with all that was typed."""
    hub: Hub = state.hub
    version = await hub.library.current(item, hub.today)
    typed = texts(data)
    found, choices, faults = read_form(version.item, typed)
    acting = typed.get("acting", "")
    acts = await acts_on.find(hub, acting, request.state.applicant) if acting else None
    if faults:
        return form_page(request, hub, version, typed=typed, faults=faults, acts=acts)
    for_whom = {"mandate": acts.mandate, "body": acts.body} if acts else {}
    live = await open_case(hub, request.state.applicant, item, found.values, choices=choices, **for_whom)
    state.opened.put(live.id, live)
    return Redirect(f"/my/cases/{live.id}/plan", status_code=303)


def form_page(
    request: PageRequest,
    hub: Hub,
    version: Version,
    *,
    typed: Mapping[str, str],
    faults: Mapping[str, Text],
    correcting: str = "",
    what: tuple[str, ...] = (),
    acts: ActsOn | None = None,
) -> Template:
    """Return the form of an item; `correcting`: the case of which `what` is to be corrected 补正."""
    item = version.item
    acting = item.roles[item.acting_role].kind if item.acting_role else "person"
    return show(
        request,
        "my/apply.html",
        status=422 if faults else 200,
        item=item,
        kind_words=KINDS,
        department=hub.library.facts.departments[item.department],
        choices=[choice_field(hub, item, role, typed.get(f"{CHOICE}{role}", "")) for role in item.chosen_roles],
        typed=typed,
        faults=faults,
        types=Type,
        for_body=acting == "enterprise" and acts is None and not correcting,
        acts=acts,
        correcting=correcting,
        what=what,
    )


def texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Return a form's fields as texts, the last of several of one name."""
    return {name: str(value[-1] if isinstance(value, list) and value else value) for name, value in data.items()}


ROUTES = (ask, apply)
