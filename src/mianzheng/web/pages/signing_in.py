"""`/my/sign-in`, `/my/signed-in`, `/my/sign-out`: the authority says who it is; this hub learns an alias.

The nonce of a sign-in lies in a cookie of this browser until it comes back: a word that somebody else obtained opens
nothing here (login CSRF), nor one for another nonce.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import get, post
from litestar.datastructures import Cookie, State
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases.hub import Hub
from mianzheng.look.preferences import own_path
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import Unavailable
from mianzheng.model.identity import SignInResponse
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.pages.signatures import origin_of
from mianzheng.web.people import SignInRefused, new_nonce, open_on_word
from mianzheng.web.sessions import SESSION_COOKIE, end_session
from mianzheng.web.sign_ins import CLEARED

BEGUN_COOKIE = "__Host-mz-signing-in"
BEGUN_SECONDS = 600
HOME = "/my"
Persona = Annotated[str, QueryParameter(name="as", max_length=40)]
Next = Annotated[str, QueryParameter(max_length=1000)]
Word = Annotated[str, QueryParameter(max_length=8000)]


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What this browser began: for which nonce, with which state, and where it goes on."""

    nonce: str
    state: str
    authority: str
    next: str


@get("/my/sign-in", opt=rule(Access.ANYONE))
async def sign_in(request: PageRequest, state: State, next: Next = HOME, persona: Persona = "") -> Template | Redirect:
    """Lead to the authority's site with a nonce of this hub; in a demo one click signs an invented person in."""
    hub: Hub = state.hub
    authority = _authority(state)
    nonce = await new_nonce(hub)
    begun = Begun(
        nonce=nonce.nonce, state=secrets.token_urlsafe(16), authority=authority, next=own_path(next, otherwise=HOME)
    )
    query = {"audience": hub.party, "nonce": begun.nonce, "state": begun.state}
    query["return"] = origin_of(request) + "/my/signed-in"
    at_once = {"login_hint": persona} if persona and hub.trust.demo else {}
    to = f"{state.config.sites[authority]}/sign-in?{urlencode(query | at_once)}"
    answer = Redirect(to, status_code=303) if at_once else show(request, "sign_in.html", to=to)
    answer.cookies.append(_cookie(BEGUN_COOKIE, b64(msgspec.json.encode(begun)), seconds=BEGUN_SECONDS))
    return answer


@get("/my/signed-in", opt=rule(Access.ANYONE))
async def signed_in(request: PageRequest, state: State, word: Word = "") -> Redirect:
    """Open a session on the authority's word, for the nonce that this very browser began with."""
    begun = _begun(request)
    if begun is None or not secrets.compare_digest(begun.state, request.query_params.get("state", "")):
        raise SignInRefused("this sign-in was not begun in this browser, or too long ago", hint="begin again")
    hub: Hub = state.hub
    token, _ = await open_on_word(
        hub, begun.authority, msgspec.json.encode(SignInResponse(sign_in=word)), nonce=begun.nonce
    )
    if former := request.cookies.get(SESSION_COOKIE, ""):
        await end_session(hub, former, state.sessions, ended="replaced")
    answer = Redirect(begun.next, status_code=303)
    answer.cookies.append(_cookie(SESSION_COOKIE, token, seconds=hub.timings.session_seconds))
    answer.cookies.append(_cookie(BEGUN_COOKIE, "", seconds=0))
    return answer


@post("/my/sign-out", opt=rule(Access.ANYONE), status_code=303)
async def sign_out(request: PageRequest, state: State) -> Redirect:
    """End the session, and lead on to the authority's sign-out: there this browser is signed in too."""
    if token := request.cookies.get(SESSION_COOKIE, ""):
        await end_session(state.hub, token, state.sessions)
    answer = Redirect(_signed_out(request, state), status_code=303, headers=CLEARED)
    answer.cookies.append(_cookie(SESSION_COOKIE, "", seconds=0))
    return answer


def _signed_out(request: PageRequest, state: State) -> str:
    """Return where a sign-out goes on: through the authority's own, and back here."""
    try:
        site = state.config.sites[_authority(state)]
    except Unavailable:
        return "/"
    return f"{site}/sign-out?{urlencode({'audience': state.hub.party, 'return': origin_of(request) + '/'})}"


def _authority(state: State) -> str:
    """Return the authority of persons whose site people sign in at; `Unavailable` where none has one."""
    sites: dict[str, str] = state.config.sites
    for party in state.hub.trust.with_role("authority:person"):
        if party.party in sites:
            return str(party.party)
    raise Unavailable("no authority's site is known here", hint="hub.json names it under sites")


def _begun(request: PageRequest) -> Begun | None:
    try:
        return msgspec.json.decode(unb64(request.cookies.get(BEGUN_COOKIE, "")), type=Begun)
    except (ValueError, msgspec.MsgspecError):
        return None


def _cookie(key: str, value: str, *, seconds: float) -> Cookie:
    return Cookie(key=key, value=value, max_age=int(seconds), path="/", secure=True, httponly=True, samesite="lax")


PROVING: tuple[Any, ...] = (sign_in, signed_in)
ROUTES: tuple[Any, ...] = (sign_out,)
