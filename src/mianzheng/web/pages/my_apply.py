"""`/my/apply/{item}`: what the person states, each field with its fault beside it; whom they mean stays sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
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
from mianzheng.cases.stating import Stated, stated
from mianzheng.catalogue.item_words import KINDS
from mianzheng.model.authorisation import SealedChoice
from mianzheng.model.facts import Type
from mianzheng.model.identity import Jwk
from mianzheng.model.text import Text
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
Typed = Annotated[dict[str, Any], FORM]
Name = Annotated[str, PathParameter(max_length=100)]
Acting = Annotated[str, QueryParameter(max_length=64)]
CHOICE = "choice."
_UNSEALED = Text(
    zh="请写明是谁；写下后在您的设备上密封，再交出去", en="Say who is meant; it is sealed on your device first"
)


class ChoiceField(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be named: to whose key the name is sealed, and `sealed` what came sealed already."""

    role: str
    label: Text
    kind: str
    department: Text
    key: str  # JWK as JSON
    kid: str
    sealed: str = ""


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
    found, choices, faults = read_form(version, typed)
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
        choices=[_choice(hub, version, role, typed) for role, one in item.roles.items() if one.chosen],
        typed=typed,
        faults=faults,
        types=Type,
        for_body=acting == "enterprise" and acts is None and not correcting,
        acts=acts,
        correcting=correcting,
        what=what,
    )


def read_form(version: Version, typed: Mapping[str, str]) -> tuple[Stated, tuple[SealedChoice, ...], dict[str, Text]]:
    """Return what was stated, whom the person means (sealed), and what is wrong by field."""
    found, choices = stated(version.item, typed), []
    faults = dict(found.faults)
    for role, one in version.item.roles.items():
        if one.chosen:
            sealed = _sealed(role, typed.get(f"{CHOICE}{role}", ""))
            if sealed is None:
                faults[f"{CHOICE}{role}"] = _UNSEALED
            else:
                choices.append(sealed)
    return found, tuple(choices), faults


def texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Return a form's fields as texts, the last of several of one name."""
    return {name: str(value[-1] if isinstance(value, list) and value else value) for name, value in data.items()}


def _sealed(role: str, typed: str) -> SealedChoice | None:
    try:
        found = msgspec.json.decode(typed.encode(), type=SealedChoice)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return found if found.role == role else None


def _choice(hub: Hub, version: Version, role: str, typed: Mapping[str, str]) -> ChoiceField:
    one, facts = version.item.roles[role], hub.library.facts
    register = facts.registers[one.link_path[1]]
    key = hub.trust.current(hub.gateway(register.department), "seal", hub.seconds)
    jwk: Jwk = key.jwk
    already = typed.get(f"{CHOICE}{role}", "")
    return ChoiceField(
        role=role,
        label=one.label,
        kind=one.kind,
        department=facts.departments[register.department].name,
        key=msgspec.json.encode(jwk).decode(),
        kid=key.kid,
        sealed=already if _sealed(role, already) is not None else "",
    )


ROUTES = (ask, apply)
