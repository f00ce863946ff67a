"""`/mandates`: granted and received, in words; a new one; one revoked in one tap; one brought to the hub by its agent.

Numbers of principal and agent, and the items' names, are typed and known here and nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.authority import own_keys
from mianzheng.authority.mandate_parties import Side
from mianzheng.authority.site import granting, locking, mandate_views, rows, vouching
from mianzheng.authority.site.bodies_sign_in import to_persons
from mianzheng.authority.site.granting import Typed
from mianzheng.authority.site.rows import Flow, SiteSession
from mianzheng.authority.site.showing import PageRequest, browser_of, cookie, session_at, show
from mianzheng.authority.site.site import BROWSER_COOKIE, BadFlow, BadLink, Site
from mianzheng.authority.standing import end_signed_in
from mianzheng.model.errors import MianzhengError
from mianzheng.model.found_items import Looking, looked_for
from mianzheng.model.identity import Assertion
from mianzheng.model.text import Text

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
Named = Annotated[str, PathParameter(max_length=100)]
Short = Annotated[str, QueryParameter(max_length=200)]


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a revocation."""

    mandate: str


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a grant that a passkey signed: the flow of the page, and the browser's `Assertion` as JSON."""

    flow: str
    assertion: str


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of mandates."""
    return [*_reading(site), *_asking(site)]


def _reading(site: Site) -> list[HTTPRouteHandler]:
    @get("/mandates/mine", sync_to_thread=True)
    def mandates(
        request: PageRequest, done: Short = "", side: Short = "", after: Short = "", q: Short = ""
    ) -> Template:
        session = site.session(session_at(request, site))
        sides: tuple[Side, ...] = ("granted", "received")
        lists = {
            one: mandate_views.list_of(site, session, one, words=q, after=after if one == side else "") for one in sides
        }
        body = session.body and site.authority.enrolment.name_of(session.body)
        lock = locking.shown(site, session) if site.authority.kind == "person" else None
        return show(
            request, site, "mandates.html", lists=lists, done=done, side=side, after=after, q=q, body=body, lock=lock
        )

    @post("/mandates/revoke", sync_to_thread=True)
    def revoke(request: PageRequest, data: Annotated[Revoked, FORM]) -> Redirect:
        session = site.session(session_at(request, site))
        end_signed_in(site.authority, data.mandate, session.number)
        return Redirect("/mandates/mine?done=revoked", status_code=303)

    @get("/mandates/{mandate:str}/use", sync_to_thread=True)
    def use(request: PageRequest, mandate: Named, item: Short = "") -> Template:
        session = site.session(session_at(request, site))
        shown, row = mandate_views.received(site, session, mandate)
        handed = mandate_views.hand_over(site, session, row, item)
        hub = site.config.hubs.get(row.kept.terms.hub, "")
        name = dict(shown.items).get(item)
        return show(request, site, "mandate_use.html", connect=(hub,), shown=shown, handed=handed, to=hub, item=name)

    return [mandates, revoke, use]


def _asking(site: Site) -> list[HTTPRouteHandler]:
    @get("/mandates/new", sync_to_thread=True)
    def ask(request: PageRequest, item: Short = "") -> Template:
        session = _granting_for(site, site.session(session_at(request, site)))
        until = granting.range_of(granting.today_of(site), _level(session))[0]
        last = max(granting.today_of(site).toordinal() + granting.DAYS, until.toordinal())
        typed = Typed(items=(item,) if item else (), until=type(until).fromordinal(last).isoformat())
        return _form(request, site, session, typed, {})

    @post("/mandates/new", sync_to_thread=True)
    def take(request: PageRequest, data: Annotated[dict[str, Any], FORM]) -> Template | Redirect:
        session, typed = _granting_for(site, site.session(session_at(request, site))), granting.typed_in(data)
        looked = looked_for(data)
        if looked is not None:
            return _form(request, site, session, typed, {}, looked=looked)
        offered, today = granting.may_be_granted(site), granting.today_of(site)
        faults = granting.faults_of(typed, session, offered, today=today, level=_level(session))
        if faults:
            return _form(request, site, session, typed, faults)
        browser = browser_of(request) or rows.new_token()
        token = granting.begin(site, session, browser, typed, level=_level(session))
        answer = Redirect(f"/mandates/sign?flow={token}", status_code=303)
        answer.cookies.append(cookie(BROWSER_COOKIE, browser, seconds=rows.FLOW_SECONDS))
        return answer

    return [ask, take]


def signing(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of a signature under a mandate; tries of it count against the limit per address."""

    @get("/mandates/sign", sync_to_thread=True)
    def sign(request: PageRequest, flow: Short = "") -> Template:
        session = site.session(session_at(request, site))
        begun = site.flow(flow, browser_of(request), purpose="grant")
        asked = granting.granted_in(begun, session)
        names = mandate_views.names_of(site)
        return show(
            request, site, "mandate_sign.html", flow=flow, digest=begun.digest, terms=asked.terms,
            agent=asked.agent_name or f"…{asked.agent[-4:]}", body=session.body,
            items=[names.get(one, Text(zh=one, en=one)) for one in asked.terms.items],
            later=asked.terms.valid_from > site.now(), passkeys=_passkeys(site, session),
            rp_id=site.authority.trust.rp_ids[0], ways=_ways(site, flow, begun),
        )  # fmt: skip

    @post("/mandates/signed", sync_to_thread=True)
    def signed(request: PageRequest, data: Annotated[Signed, FORM]) -> Redirect:
        session = site.session(session_at(request, site))
        begun = site.flow(data.flow, browser_of(request), purpose="grant")
        granting.granted_in(begun, session)
        try:
            assertion = _read(data.assertion)
            if not site.authority.journal.commit(lambda connection: rows.end_flow(connection, data.flow)):
                raise BadFlow
            granting.make(site, begun, assertion=assertion)
        except MianzhengError as refusal:
            vouching.refuse(site, begun, data.flow, refusal.code)
            raise
        return Redirect("/mandates/mine?done=granted", status_code=303)

    return [sign, signed]


def _form(
    request: PageRequest,
    site: Site,
    session: SiteSession,
    typed: Typed,
    faults: dict[str, Text],
    *,
    looked: str = "",
) -> Template:
    by_department: dict[str, list[Any]] = {}
    offered = granting.may_be_granted(site)
    for one in offered:
        by_department.setdefault(one.department, []).append(one)
    first, last = granting.range_of(granting.today_of(site), _level(session))
    return show(
        request, site, "mandate_new.html", status=422 if faults else 200, typed=typed, faults=faults,
        looking=Looking.among(offered, looked, typed.items), departments=list(by_department.values()),
        first=first, last=last, later=_level(session) <= 2,
        body=session.body and site.authority.enrolment.name_of(session.body),
    )  # fmt: skip


def _granting_for(site: Site, session: SiteSession) -> SiteSession:
    """Return who grants; `BadLink` for somebody at the site for bodies who named none."""
    if site.authority.kind == "enterprise" and not session.body:
        raise BadLink("say first for which body you act")
    return session


def _level(session: SiteSession) -> int:
    """Return at which level of presence a mandate would be granted: a representative signs with a word of its own."""
    return 3 if session.body else session.level


def _ways(site: Site, token: str, flow: Flow) -> list[tuple[str, Text]]:
    """Return where one proves anew who one is, to sign: address and name."""
    if site.authority.kind == "enterprise":
        return [(to_persons(site, token, flow), Text(zh="公安部门身份认证", en="the police department's site"))]
    return [(f"/sign-in/with/{name}?flow={token}", one.config.name) for name, one in site.providers.items()]


def _passkeys(site: Site, session: SiteSession) -> str:
    keys = own_keys.keys_of(site.authority.journal.reader(), site.authority.secrets, session.number)
    return msgspec.json.encode(own_keys.passkeys_of(keys)).decode()


def _read(text: str) -> Assertion:
    try:
        return msgspec.json.decode(text.encode(), type=Assertion)
    except (ValueError, msgspec.MsgspecError):
        raise BadLink("there is no signature in what was sent") from None
