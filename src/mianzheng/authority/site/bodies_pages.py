"""`/bodies`: for which body a signed-in person speaks, as its register says now; its code is typed here alone."""

from __future__ import annotations

from typing import Annotated
from unicodedata import normalize

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect, Template

from mianzheng.authority import mandate_rows as stored
from mianzheng.authority.mandate_proofs import refused
from mianzheng.authority.site import mandate_views, rows
from mianzheng.authority.site.bodies_sign_in import to_persons
from mianzheng.authority.site.rows import Flow
from mianzheng.authority.site.showing import PageRequest, browser_of, cookie, session_at, show
from mianzheng.authority.site.site import BROWSER_COOKIE, BadLink, Site
from mianzheng.model.canonical import b64
from mianzheng.model.errors import MianzhengError
from mianzheng.model.mandate import MandateChange, change_challenge, change_digest

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)


class NotRepresentative(MianzhengError):
    """The register does not say that this person speaks for such a body; whether there is one is not said."""

    code = "not-representative"

    def __init__(self) -> None:
        super().__init__(
            "the register does not name you as who speaks for this body",
            hint="look at the code again; a change in the register takes effect at once",
        )


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /bodies`: the unified social credit code."""

    code: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /mandates/keep`."""

    mandate: str


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of bodies."""
    return [*_choosing(site), _keeping(site)]


def _choosing(site: Site) -> list[HTTPRouteHandler]:
    @post("/bodies", sync_to_thread=True)
    def choose(request: PageRequest, data: Annotated[Chosen, FORM]) -> Redirect:
        token = session_at(request, site)
        session, authority = site.session(token), site.authority
        code = "".join(normalize("NFKC", data.code).split()).upper()
        if code and authority.records.representative(code) != session.number:
            authority.journal.commit(
                lambda connection: authority.book.note(
                    connection, "refused", at=site.now(), hub=authority.party, number="", code=NotRepresentative.code
                )
            )
            raise NotRepresentative
        chosen = msgspec.structs.replace(session, body=code)
        authority.journal.commit(lambda connection: rows.rewrite_session(connection, authority.secrets, token, chosen))
        return Redirect("/mandates/mine", status_code=303)

    @get("/bodies/use", sync_to_thread=True)
    def use(request: PageRequest) -> Template:
        session = site.session(session_at(request, site))
        if not session.body or site.authority.records.representative(session.body) != session.number:
            raise NotRepresentative
        hub = next(iter(site.config.hubs.values()))
        name = site.authority.enrolment.name_of(session.body)
        handed = mandate_views.hand_over_body(site, session)
        return show(request, site, "body_use.html", connect=(hub,), handed=handed, to=hub, body=name)

    return [choose, use]


def _keeping(site: Site) -> HTTPRouteHandler:
    @post("/mandates/keep", sync_to_thread=True)
    def keep(request: PageRequest, data: Annotated[Kept, FORM]) -> Redirect:
        session = site.session(session_at(request, site))
        row = stored.find(site.authority.journal.reader(), site.authority.secrets, data.mandate)
        if row is None or not session.body or row.kept.principal != session.body:
            raise refused()
        browser = browser_of(request)
        if not browser:
            raise BadLink("this browser keeps no cookies")
        asked = MandateChange(
            mandate=row.mandate, change="confirm", hub=row.kept.terms.hub, number=session.number, salt=rows.new_token()
        )
        flow = Flow(
            purpose="keep",
            audience=site.authority.party,
            nonce=change_digest(asked),
            back="/mandates/mine",
            state="",
            browser=rows.named(browser),
            at=site.now(),
            digest=b64(change_challenge(asked)),
            sealed=msgspec.json.encode(asked).decode(),
        )
        answer = Redirect(to_persons(site, site.begin(flow), flow), status_code=303)
        answer.cookies.append(cookie(BROWSER_COOKIE, browser, seconds=rows.FLOW_SECONDS))
        return answer

    return keep
