"""`/my/signing/{token}`: what is to be signed, in words; the signature comes from here or back from the authority."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import get, post
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import body_lists, correction, declarations, inviting, own_lists, steps, to_sign
from mianzheng.cases.advance import run
from mianzheng.cases.authorising import authorise
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.opening import Applicant
from mianzheng.cases.to_sign import Act, ToSign
from mianzheng.model import case as cases
from mianzheng.model.identity import Assertion
from mianzheng.model.text import Text
from mianzheng.web.access import Access, own_case, rule, seen_case
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.pages.signatures import read_assertion
from mianzheng.web.taking import take

Token = Annotated[str, PathParameter(max_length=64)]
Sent = Annotated[str, QueryParameter(max_length=8192)]


@get("/my/signing/{token:str}", opt=rule(Access.PAGE))
async def ask(request: PageRequest, state: State, token: Token) -> Template | Redirect:
    """Show what is to be signed; a plan that was signed in another tab is its case by now."""
    hub: Hub = state.hub
    found = await to_sign.find(hub, token, request.state.applicant.pairwise)
    live = await load(hub, found.case) if found.case else None
    back = f"/my/cases/{found.case}" if found.case else "/enterprise" if found.body else "/my/ledger"
    if found.act == "authorise" and live is not None and live.state is not cases.State.ACCEPTED:
        return Redirect(back, status_code=303)
    return show(
        request,
        "my/sign.html",
        token=token,
        found=found,
        item=live.version.item if live is not None else None,
        about=_about(live, found) if live is not None else None,
        back=f"{back}/plan" if found.act == "authorise" else back,
    )


@post("/my/signing/{token:str}", opt=rule(Access.PAGE))
async def signed_here(request: PageRequest, state: State, token: Token, data: Typed) -> Redirect:
    """Take a signature made in this page by the person's own key."""
    return await _take(request, state, token, texts(data).get("assertion", ""))


@get("/my/signing/{token:str}/signed", opt=rule(Access.PAGE))
async def signed_there(request: PageRequest, state: State, token: Token, assertion: Sent = "") -> Redirect:
    """Take a signature that the authority's site made after it asked the person anew."""
    return await _take(request, state, token, assertion)


async def _take(request: PageRequest, state: State, token: str, sent: str) -> Redirect:
    hub: Hub = state.hub
    applicant: Applicant = request.state.applicant
    found = await to_sign.find(hub, token, applicant.pairwise)
    assertion = read_assertion(sent)
    if found.act == "lists":
        fetch = body_lists.fetch if found.body else own_lists.fetch
        compared = await fetch(hub, applicant, found, assertion)
        await to_sign.end(hub, token)
        to = f"/enterprise/ledger?read={compared}" if found.body else f"/my/ledger?compared={compared}"
        return Redirect(to, status_code=303)
    await _hand_in(hub, state, applicant, found, assertion)
    await to_sign.end(hub, token)
    return Redirect(f"/my/cases/{found.case}{'/plan' if found.act == 'corrected' else ''}", status_code=303)


async def _hand_in(hub: Hub, state: State, applicant: Applicant, found: ToSign, assertion: Assertion) -> None:
    """Take the step, then every one that follows; a case that moved meanwhile is read again."""
    act = _ACTS[found.act]

    async def read() -> LiveCase:
        if found.act in ("consent", "withdraw-consent"):
            live = await load(hub, found.case)
            inviting.part_of(live, found.role, applicant)
            return live
        if found.act == "contest":
            return (await seen_case(hub, found.case, applicant))[0]
        return await own_case(hub, found.case, applicant, opened=state.opened if found.act == "authorise" else None)

    live = await run(await take(read, lambda live: act(live, found, assertion, applicant)))
    if found.act == "consent":
        inviting.refuse_stranger(live, found.role)


Hand = Callable[[LiveCase, ToSign, Assertion, Applicant], Awaitable[None]]


async def _authorise(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
    await authorise(live, found.words, assertion, live.opening.forms, presence=applicant.presence)


async def _consent(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
    await inviting.sign(live, found.role, applicant, assertion)


async def _contest(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
    _, viewer = await seen_case(live.hub, live.id, applicant)
    at = (found.question, found.role)
    await steps.contest(live, at, found.signed(assertion), viewer if viewer.kind == "linked" else None)


async def _correct(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
    await correction.corrected(live, found.openings, found.signed(assertion), choices=found.choices)


async def _declare(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
    await declarations.declare(live, found.condition, found.signed(assertion))


async def _withdraw_consent(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
    await steps.withdraw_consent(live, found.role, found.signed(assertion))


def _plain(act: Callable[[LiveCase, Any], Awaitable[None]]) -> Hand:
    async def hand(live: LiveCase, found: ToSign, assertion: Assertion, applicant: Applicant) -> None:
        await act(live, found.signed(assertion))

    return hand


_ACTS: dict[Act, Hand] = {
    "authorise": _authorise,
    "accept-refusal": _plain(steps.accept_refusal),
    "ask-person": _plain(steps.ask_person),
    "withdraw": _plain(steps.withdraw),
    "escalate": _plain(steps.escalate),
    "supply": _plain(steps.supply),
    "contest": _contest,
    "declare": _declare,
    "corrected": _correct,
    "consent": _consent,
    "withdraw-consent": _withdraw_consent,
}


def _about(live: LiveCase, found: ToSign) -> Text | None:
    """Return what a signature is about, where its act alone does not say it."""
    if found.act == "declare":
        named = (one.declaration for one in live.version.item.conditions if one.id == found.condition)
        return next((one.text for one in named if one is not None), None)
    if found.act == "contest":
        plan = live.signed.plan
        return next((line.sentence for line in plan if line.question == found.question), None)
    return None


ROUTES = (ask, signed_here, signed_there)
