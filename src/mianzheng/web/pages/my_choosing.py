"""`/my/choosing/{token}`: to the authority's site to say whom one means, and back to the form as it was left.

For a browser without scripts. With them the form seals the name itself and this way is not shown.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on, choosing
from mianzheng.cases.choosing import WaitingForm
from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import Applicant
from mianzheng.model.authorisation import SealedChoice
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.item import Item
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.choosing import CHOICE, sealed_choice
from mianzheng.web.pages.my_apply import Typed, form_page, texts
from mianzheng.web.pages.my_steps import CaseId, correcting, correction_page
from mianzheng.web.pages.showing import PageRequest
from mianzheng.web.pages.signatures import signing_of

Name = Annotated[str, PathParameter(max_length=100)]
Token = Annotated[str, PathParameter(max_length=64)]
Word = Annotated[str, QueryParameter(max_length=8000)]


@post("/my/apply/{item:str}/choosing/{role:str}", opt=rule(Access.PAGE), status_code=303)
async def of_application(request: PageRequest, state: State, item: Name, role: Name, data: Typed) -> Redirect:
    """Keep the form of an application, and lead to the authority's site."""
    version = await state.hub.library.current(item, state.hub.today)
    return await _lead(request, version.item, _waiting(request, version.item, role, texts(data)))


@post("/my/cases/{case:str}/correct/choosing/{role:str}", opt=rule(Access.PAGE), status_code=303)
async def of_correction(request: PageRequest, state: State, case: CaseId, role: Name, data: Typed) -> Redirect:
    """Keep the form of a correction 补正, and lead to the authority's site."""
    live = await correcting(state, case, request.state.applicant)
    item = live.version.item
    return await _lead(request, item, _waiting(request, item, role, texts(data), case=live.id))


@get("/my/choosing/{token:str}", opt=rule(Access.PAGE))
async def come_back(request: PageRequest, state: State, token: Token, word: Word = "") -> Template | Redirect:
    """Take the authority's word, if there is one; show the form with all that stood in it."""
    hub: Hub = state.hub
    applicant: Applicant = request.state.applicant
    if word:
        await choosing.take(hub, token, applicant, word)
        return Redirect(f"/my/choosing/{token}", status_code=303)
    form = await choosing.find(hub, token, applicant)
    typed = form.typed | {f"{CHOICE}{one.role}": msgspec.json.encode(one).decode() for one in form.choices}
    if form.case:
        return correction_page(request, await correcting(state, form.case, applicant), typed, {})
    version = await hub.library.current(form.item, hub.today)
    acting = typed.get("acting", "")
    acts = await acts_on.find(hub, acting, applicant) if acting else None
    return form_page(request, hub, version, typed=typed, faults={}, acts=acts)


def _waiting(request: PageRequest, item: Item, role: str, typed: dict[str, str], *, case: str = "") -> WaitingForm:
    """Return a form as it was filled in; `NotFound` for a role that nobody chooses."""
    if role not in item.chosen_roles:
        raise NotFound(f"{role!r} is not chosen in {item.item}", hint="begin again from the form")
    own = {name: text for name, text in typed.items() if name in item.form or name == "acting"}
    return WaitingForm(
        pairwise=request.state.applicant.pairwise, item=item.item, case=case, role=role, typed=own,
        choices=_sealed(item, typed),
    )  # fmt: skip


def _sealed(item: Item, typed: dict[str, str]) -> tuple[SealedChoice, ...]:
    found = (sealed_choice(role, typed.get(f"{CHOICE}{role}", "")) for role in item.chosen_roles)
    return tuple(one for one in found if one is not None)


async def _lead(request: PageRequest, item: Item, form: WaitingForm) -> Redirect:
    hub: Hub = request.app.state.hub
    signing = signing_of(request)
    if not signing.site:
        raise Unavailable("no authority's site is known here", hint="hub.json names it under sites")
    token = await choosing.keep(hub, form)
    asked = choosing.request_of(
        hub, form, item, token,
        authority=request.state.applicant.authority, back=f"{signing.origin}/my/choosing/{token}",
    )  # fmt: skip
    return Redirect(f"{signing.site}/choose?{urlencode({'request': asked})}", status_code=303)


ROUTES = (of_application, of_correction, come_back)
