"""`/my/cases/{case}/plan`: who will be asked what, before anything is asked; the person then signs exactly this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.params import PathParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on, to_sign
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import draft_of
from mianzheng.cases.stated_words import stated_of
from mianzheng.model import case as cases
from mianzheng.model.identity import Jwk
from mianzheng.model.item import needs_consent
from mianzheng.model.text import Text
from mianzheng.web.access import Access, own_case, rule
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.my_asked import DepartmentPlan, plan_of, signatures_due
from mianzheng.web.pages.my_words import valid_words
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.pages.signatures import BadHolder, holder_of

CaseId = Annotated[str, PathParameter(max_length=64)]
_NO_YES = Text(zh="没有您的同意，就不能向这些部门提问", en="Without your consent these departments cannot be asked")
_NO_KEY = Text(
    zh="您的浏览器没有做出这一件的钥匙。请打开 JavaScript，或重新登录后再试；窗口和电话也能办",
    en="Your browser made no key for this case. Allow JavaScript, or sign in anew; a window or the telephone helps too",
)


@get("/my/cases/{case:str}/plan", opt=rule(Access.PAGE))
async def plan(request: PageRequest, state: State, case: CaseId) -> Template | Redirect:
    """Show the plan of a case that waits for its signature; another state leads to the case."""
    live = await own_case(state.hub, case, request.state.applicant)
    return _page(request, live, {}) if live.state is cases.State.ACCEPTED else _to_case(case)


@post("/my/cases/{case:str}/plan", opt=rule(Access.PAGE))
async def go_on(request: PageRequest, state: State, case: CaseId, data: Typed) -> Template | Redirect:
    """Put together what the person signs: the plan as it was shown, the result sealed to their key."""
    hub: Hub = state.hub
    live = await own_case(hub, case, request.state.applicant)
    if live.state is not cases.State.ACCEPTED:
        return _to_case(case)
    typed = texts(data)
    faults: dict[str, Text] = {}
    if _needs_yes(live) and typed.get("consent") != "yes":
        faults["consent"] = _NO_YES
    try:
        holder = _principals(live) or holder_of(request, typed.get("holder", ""))
    except BadHolder:
        faults["holder"] = _NO_KEY
    if faults:
        return _page(request, live, faults)
    made = to_sign.authorisation_of(live, holder)
    kept = _principals(live) is None and not typed.get("holder")
    token = await to_sign.keep(hub, msgspec.structs.replace(made, kept=kept))
    return Redirect(f"/my/signing/{token}", status_code=303)


def _page(request: PageRequest, live: LiveCase, faults: dict[str, Text]) -> Template:
    draft, item, facts = draft_of(live), live.version.item, live.hub.library.facts
    departments = plan_of(live.version, draft.plan, facts)
    return show(
        request,
        "my/plan.html",
        status=422 if faults else 200,
        draft=draft,
        item=item,
        department=facts.departments[item.department],
        papers=[live.hub.library.guide.paper(name) for name in item.replaces],
        stated=stated_of(item, live.opening),
        departments=departments,
        laws=_laws(departments),
        questions=len(draft.plan),
        signers=signatures_due(item, draft.plan),
        consent=[one for one in departments if one.consent] if _needs_yes(live) else [],
        gives=item.outcome.credential if item.outcome.pay is None else None,
        valid=valid_words(item),
        faults=faults,
        for_principal=_principals(live) is not None,
    )


def _laws(departments: Sequence[DepartmentPlan]) -> dict[Text, list[Text]]:
    """Return each law on which something is asked, with the departments that are asked on it."""
    found: dict[Text, list[Text]] = {}
    for one in departments:
        for law in (*(Text(duty, duty) for duty in one.duty), *one.consent):
            found.setdefault(law, []).append(one.name)
    return found


def _needs_yes(live: LiveCase) -> bool:
    """Tell whether something is asked on the applicant's own consent, not on a duty laid down by law."""
    lines = draft_of(live).plan
    return any(line.basis.consent and not needs_consent(live.version.item, line.role) for line in lines)


def _principals(live: LiveCase) -> Jwk | None:
    """Return the key to which the mandate has the result sealed, None where the person's own serves."""
    acting = live.opening.acting
    return None if acting is None else acts_on.holder_of(live.hub, acting.mandate)


def _to_case(case: str) -> Redirect:
    return Redirect(f"/my/cases/{case}", status_code=303)


ROUTES = (plan, go_on)
