"""`/devices` and `/sign-in/passkey`: one's keys, seen and changed only by who was seen at level 3."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, QueryParameter
from litestar.response import Redirect, Response, Template

from mianzheng.authority import calls, own_keys, telephones
from mianzheng.authority.enrolment import masked
from mianzheng.authority.site import changing_phone, passkeys, rows, vouching
from mianzheng.authority.site.showing import PageRequest, browser_of, cookie, session_of, show
from mianzheng.authority.site.signing_in import led_back
from mianzheng.authority.site.site import BROWSER_COOKIE, Site
from mianzheng.authority.telephones import masked_phone
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import KeyKind

Done = Annotated[str, QueryParameter(max_length=20)]
ACTS: tuple[rows.Act, ...] = ("passkey", "telephone")
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a registration: the flow of the page, the person's name for the key, and the browser's answer (JSON)."""

    flow: str
    credential: str
    name: str = ""


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a removal."""

    key: str


class Phoned(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a change of telephone."""

    phone: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a sign-in by passkey: the flow of the page, and `SentAssertion` as JSON."""

    flow: str
    assertion: str


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its person sees it."""

    thumbprint: str
    kind: KeyKind
    name: str
    level: int
    at: int
    credential: str


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of keys."""

    @get("/devices", sync_to_thread=True)
    def devices(request: PageRequest, done: Done = "") -> Template:
        session = site.session(session_of(request), level=passkeys.LEVEL)
        browser = browser_of(request) or rows.new_token()
        token = passkeys.begin_registration(site, browser)
        phone = calls.on_record(site.authority, session.number)
        answer = show(
            request, site, "devices.html", flow=token, challenge=passkeys.challenge(token), keys=_keys(site, session),
            user=passkeys.user_handle(site, session.number), rp_id=site.authority.trust.rp_ids[0], done=done,
            phones=[] if phone is None else [masked_phone(phone.phone)],
            by_passkey=session.method == passkeys.METHOD, frozen=_frozen(site, session),
            proven={one: site.is_proven_for(session, one) for one in ACTS},
            display=masked(site.authority.enrolment.name_of(session.number)),
        )  # fmt: skip
        answer.cookies.append(cookie(BROWSER_COOKIE, browser, seconds=rows.FLOW_SECONDS))
        return answer

    @post("/devices/register", sync_to_thread=True)
    def register(request: PageRequest, data: Annotated[Registered, FORM]) -> Redirect:
        session = site.session(session_of(request), level=passkeys.LEVEL)
        site.flow(data.flow, browser_of(request), purpose="register")
        site.spend_proof(session_of(request), session, "passkey")
        passkeys.register(site, data.flow, session, name=data.name, credential=data.credential)
        return Redirect("/devices?done=registered", status_code=303)

    @post("/devices/remove", sync_to_thread=True)
    def remove(request: PageRequest, data: Annotated[Removed, FORM]) -> Redirect:
        session = site.session(session_of(request), level=passkeys.LEVEL)
        passkeys.remove(site, session, data.key)
        return Redirect("/devices?done=removed", status_code=303)

    @post("/devices/phone", sync_to_thread=True)
    def set_phone(request: PageRequest, data: Annotated[Phoned, FORM]) -> Redirect:
        session = site.session(session_of(request), level=passkeys.LEVEL)
        changing_phone.refuse_passkey(session)
        telephones.plain(data.phone)  # what is none costs no proof
        site.spend_proof(session_of(request), session, "telephone")
        changing_phone.change(site, session, data.phone)
        return Redirect("/devices?done=phone", status_code=303)

    return [devices, register, remove, set_phone]


def proving(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handler of a sign-in by passkey."""

    @post("/sign-in/passkey", status_code=200, sync_to_thread=True)
    def by_passkey(request: PageRequest, data: Annotated[Answered, FORM]) -> Response[Any]:
        flow = site.flow(data.flow, browser_of(request), purpose="sign-in")
        try:
            return led_back(request, site, data.flow, flow, passkeys.seen(site, data.flow, data.assertion))
        except MianzhengError as refusal:
            vouching.refuse(site, flow, data.flow, refusal.code)
            raise

    return [by_passkey]


def _frozen(site: Site, session: rows.SiteSession) -> int:
    reader, secrets = site.authority.journal.reader(), site.authority.secrets
    return telephones.frozen_until(reader, secrets, session.number, at=site.now())


def _keys(site: Site, session: rows.SiteSession) -> list[ShownKey]:
    found = own_keys.keys_of(site.authority.journal.reader(), site.authority.secrets, session.number)
    return [
        ShownKey(
            thumbprint=own_keys.thumbprint_of(one), kind=one.kind, name=one.name, level=one.level, at=one.at,
            credential=one.credential,
        )
        for one in found
    ]  # fmt: skip
