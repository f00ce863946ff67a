"""`/credentials`: a result that was sealed to the key which the authority keeps for a person, opened for them alone.

The sealed text waits in a flow, encrypted, while its reader signs in; once it is shown nothing of it is kept.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.authority import own_keys
from mianzheng.authority.mandate_rows import day_of
from mianzheng.authority.site import rows
from mianzheng.authority.site.rows import Flow, SiteSession
from mianzheng.authority.site.showing import PageRequest, browser_of, cookie, session_of, show
from mianzheng.authority.site.site import BROWSER_COOKIE, Site
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.credential import verify_credential
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.text import Text

LEVEL = 2
MOST = 65_536
EVERY = {
    "once": Text(zh="一次", en="once"),
    "month": Text(zh="每月", en="every month"),
    "quarter": Text(zh="每季度", en="every quarter"),
    "year": Text(zh="每年", en="every year"),
}
YES, NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_SAID_ELSEWHERE = ("credential", "department", "item_version")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)


class NotYours(MianzhengError):
    """The sealed text is no result of this person's that can be opened here."""

    code = "not-opened"


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /credentials`: the JWE."""

    sealed: Annotated[str, msgspec.Meta(max_length=MOST)] = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A result as its holder reads it. `until` 0: without end; `file`: the SD-JWT VC, in base64.

    `called`: the result's own name; a claim is a `Text` where it has words.
    """

    called: Text | None
    issuer: Text
    claims: tuple[tuple[str, object], ...]
    since: int
    until: int
    text: str
    file: str


class _Issued(msgspec.Struct, frozen=True, kw_only=True):
    iat: int


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of opening; a hub's page posts here too, and what it posts changes nothing."""

    @get("/credentials", sync_to_thread=True)
    def credentials(
        request: PageRequest, flow: Annotated[str, QueryParameter(max_length=200)] = ""
    ) -> Template | Redirect:
        if not flow:
            return show(request, site, "credentials.html", opened=None)
        begun = site.flow(flow, browser_of(request), purpose="open")
        session = site.session(session_of(request), level=LEVEL)
        site.authority.journal.commit(lambda connection: rows.end_flow(connection, flow))
        return show(request, site, "credentials.html", opened=open_for(site, session, begun.sealed))

    @post("/credentials", status_code=303, sync_to_thread=True, opt={"exclude_from_csrf": True})
    def take(request: PageRequest, data: Annotated[Sealed, FORM]) -> Redirect:
        browser = browser_of(request) or rows.new_token()
        flow = Flow(
            purpose="open", audience=site.authority.party, nonce="", back="/credentials", state="",
            browser=rows.named(browser), at=site.now(), sealed="".join(data.sealed.split()),
        )  # fmt: skip
        answer = Redirect(f"/credentials?flow={site.begin(flow)}", status_code=303)
        answer.cookies.append(cookie(BROWSER_COOKIE, browser, seconds=rows.FLOW_SECONDS))
        return answer

    return [credentials, take]


def _known(site: Site) -> dict[str, Text]:
    """Return what items and departments are called; of a hub that does not answer nothing, and ids are shown."""
    known = dict(EVERY)
    try:
        for hub in site.config.hubs:
            for one in site.offered.items(hub):
                known |= {one.item: one.name, one.department: one.department_name}
    except Unavailable:
        pass
    return known


def _said(value: object, known: Mapping[str, Text]) -> object:
    """Return a claim in words: a text in both languages, a day, the name of an item; else as it is."""
    if isinstance(value, bool):
        return YES if value else NO
    if not isinstance(value, str):
        return _text(value) or value
    return _day(value) or known.get(value, value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _text(value: object) -> Text | None:
    try:
        return msgspec.convert(value, Text)
    except msgspec.ValidationError:
        return None


def open_for(site: Site, session: SiteSession, sealed: str) -> Opened:
    """Return what was sealed to a person's kept key, its signature checked; `NotYours` for anything else."""
    authority, at = site.authority, site.now()
    try:
        key = own_keys.find_holder(authority.secrets, session.number, jwe.key_named(sealed), day_of(at))
        if key is None:
            raise NotYours("it is sealed to another key", hint="open it in the browser in which you applied")
        token = jwe.open_sealed(sealed, key=key, typ="mz-credential").decode("ascii")
        issued = msgspec.json.decode(jws.unverified_payload(token), type=_Issued).iat
        party, signer = authority.trust.signer(token, role="gateway", at=issued)
        found = verify_credential(token, key=signer, now=issued)
    except (BadToken, BadSeal, Untrusted, UnicodeDecodeError, msgspec.MsgspecError):
        raise NotYours("this is no sealed result of a department", hint="copy the whole text") from None
    known, department = _known(site), party.department or party.party
    return Opened(
        called=_text(found.disclosed.get("credential")),
        issuer=known.get(department, Text(zh=department, en=department)),
        claims=tuple(
            (name, _said(value, known)) for name, value in found.disclosed.items() if name not in _SAID_ELSEWHERE
        ),
        since=found.claims.iat,
        until=found.claims.exp or 0,
        text=token,
        file=base64.b64encode(token.encode()).decode(),
    )
