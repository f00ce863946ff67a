"""The site of an authority for bodies: people prove who they are at the site of the authority for persons.

That authority's word carries the number, sealed to this one. A mandate of a body is signed so: the word's nonce is the
digest of what is granted or kept, so it serves for that alone.
"""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.response import Redirect, Response

from mianzheng.authority.mandate_proofs import read_word
from mianzheng.authority.refusals import NonceUsed
from mianzheng.authority.site import granting, rows, vouching
from mianzheng.authority.site.rows import Flow, SiteSession
from mianzheng.authority.site.showing import PageRequest, browser_of, cookie, session_cookie
from mianzheng.authority.site.site import BROWSER_COOKIE, BadFlow, Site, with_query
from mianzheng.authority.standing import change_opened
from mianzheng.look.preferences import own_path
from mianzheng.model.errors import MianzhengError
from mianzheng.model.mandate import MandateChange

BACK = "/signed-in"
METHOD = "persons"
Next = Annotated[str, QueryParameter(max_length=2000)]
Word = Annotated[str, QueryParameter(max_length=8000)]
Named = Annotated[str, QueryParameter(name="state", max_length=200)]


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of signing in at the site of an authority for bodies."""

    @get("/sign-in", sync_to_thread=True)
    def sign_in(request: PageRequest, next: Next = "/") -> Redirect:
        browser = browser_of(request) or rows.new_token()
        flow = Flow(
            purpose="sign-in", audience=site.authority.party, nonce=rows.new_token(), back=own_path(next), state="",
            browser=rows.named(browser), at=site.now(),
        )  # fmt: skip
        answer = Redirect(to_persons(site, site.begin(flow), flow), status_code=303)
        answer.cookies.append(cookie(BROWSER_COOKIE, browser, seconds=rows.FLOW_SECONDS))
        return answer

    @get(BACK, sync_to_thread=True)
    def signed_in(request: PageRequest, named: Named = "", word: Word = "") -> Response[Any]:
        flow = site.flow(named, browser_of(request))
        try:
            return _signed_in(site, named, flow, word)
        except MianzhengError as refusal:
            vouching.refuse(site, flow, named, refusal.code)
            raise

    return [sign_in, signed_in]


def to_persons(site: Site, token: str, flow: Flow) -> str:
    """Return the address at the authority for persons at which somebody proves who they are for a flow."""
    back = site.config.url + BACK
    query = {"audience": site.authority.party, "nonce": flow.nonce, "state": token, "return": back}
    return with_query(f"{site.config.persons}/sign-in", **query)


def _signed_in(site: Site, token: str, flow: Flow, word: str) -> Response[Any]:
    if flow.purpose == "grant":
        _end(site, token)
        granting.make(site, flow, sign_in=word)
        return Redirect("/mandates/mine?done=granted", status_code=303)
    if flow.purpose == "keep":
        _end(site, token)
        asked = msgspec.json.decode(flow.sealed, type=MandateChange)
        change_opened(site.authority, msgspec.structs.replace(asked, sign_in=word))
        return Redirect("/mandates/mine?done=kept", status_code=303)
    return _open(site, token, flow, word)


def _open(site: Site, token: str, flow: Flow, word: str) -> Response[Any]:
    authority, at = site.authority, site.now()
    number, said = read_word(authority, word, nonce=flow.nonce, at=at)
    opened = rows.new_token()
    kept = SiteSession(number=number, method=METHOD, level=said.level, until=at + rows.SESSION_SECONDS)

    def keep(connection: sqlite3.Connection) -> bool:
        if not rows.end_flow(connection, token):
            raise BadFlow
        burnt = (flow.audience, flow.nonce, at)
        if connection.execute("INSERT OR IGNORE INTO nonces_used VALUES (?, ?, ?)", burnt).rowcount != 1:
            return False
        rows.keep_session(connection, authority.secrets, opened, kept)
        authority.book.note(connection, "sign-in", at=at, hub=authority.party, number=number, role=METHOD)
        return True

    if not authority.journal.commit(keep):
        raise NonceUsed("this nonce was used for a sign-in already", hint="begin again where you came from")
    answer = Redirect(own_path(flow.back), status_code=303)
    answer.cookies.append(cookie(session_cookie(site), opened, seconds=rows.SESSION_SECONDS))
    return answer


def _end(site: Site, token: str) -> None:
    if not site.authority.journal.commit(lambda connection: rows.end_flow(connection, token)):
        raise BadFlow
