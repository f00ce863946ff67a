"""`/choose`: whom a person means, typed here where no script runs in their browser, and sealed at once.

A hub's page leads here with its signed request and gets back this authority's signed word with the sealed text in it:
the hub never sees a name. The request names person and form, so the word is of no use for another's, nor a second time.
Nothing that is typed is kept: it stands in no row, no address and no log.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.authority.pairwise import pairwise_id
from mianzheng.authority.site.showing import PageRequest, session_of, show
from mianzheng.authority.site.site import BadFlow, BadLink, NotSignedIn, Site, with_query
from mianzheng.credentials import jws
from mianzheng.credentials.choice import seal_choice
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PublicKey
from mianzheng.credentials.trust import Untrusted
from mianzheng.model.authorisation import LONGEST_CHOICE, ChoiceMade, ChoiceRequest
from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.text import Text

WORD_SECONDS = 300
LONGEST_REQUEST = 4000  # characters of the hub's JWS
_NOTHING = Text(zh="请写明是谁或哪一处", en="Say whom or which you mean")
_LONG = Text(zh=f"最多 {LONGEST_CHOICE} 个字", en=f"At most {LONGEST_CHOICE} characters")
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)


class ChoiceOfAnother(MianzhengError):
    """The form is another person's than the one who is signed in here."""

    code = "choice-of-another"

    def __init__(self) -> None:
        super().__init__("the form is of another person than is signed in here", hint="sign out, and begin again there")


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /choose`: the hub's request as it came, and the name or number."""

    request: Annotated[str, msgspec.Meta(max_length=LONGEST_REQUEST)] = ""
    typed: Annotated[str, msgspec.Meta(max_length=4000)] = ""

    def __repr__(self) -> str:
        """Return a text without the person."""
        return "Typed()"


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    request: ChoiceRequest
    key: PublicKey  # of the gateway that alone may read what is typed
    department: str


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of choosing."""

    @get("/choose", sync_to_thread=True)
    def ask(
        request: PageRequest,
        sent: Annotated[str, QueryParameter(name="request", max_length=LONGEST_REQUEST)] = "",
    ) -> Template:
        asked = _asked(site, sent)
        _check_person(site, request, asked.request)
        return _form(request, site, asked, sent)

    @post("/choose", status_code=200, sync_to_thread=True)
    def seal(request: PageRequest, data: Annotated[Typed, FORM]) -> Template | Redirect:
        asked = _asked(site, data.request)
        try:
            _check_person(site, request, asked.request)
        except NotSignedIn:  # the session ended meanwhile; what was typed is not kept for afterwards
            return Redirect(with_query("/sign-in", next=with_query("/choose", request=data.request)), status_code=303)
        typed = data.typed.strip()
        if not 0 < len(typed) <= LONGEST_CHOICE:
            return _form(request, site, asked, data.request, typed=data.typed, fault=_LONG if typed else _NOTHING)
        word = _word(site, asked, typed)
        return show(request, site, "back.html", earned="sealed", to=with_query(asked.request.back, word=word))

    return [ask, seal]


def _asked(site: Site, sent: str) -> _Asked:
    """Return what a hub asks; `BadLink` for anything that no hub of this city signed, `BadFlow` when it is too old.

    The key that the text is sealed to comes from this authority's own trust list: a hub can name a gateway, no key.
    """
    trust, at = site.authority.trust, site.now()
    try:
        hub, asked = trust.read(sent, typ="mz-choice-request", type=ChoiceRequest, role="hub", at=at)
        gateway = trust.party(asked.gateway)
        key = trust.current(asked.gateway, "seal", at)
    except (BadToken, Untrusted):
        raise BadLink("no hub of this city asks so") from None
    if (asked.hub, asked.authority) != (hub.party, site.authority.party) or "gateway" not in gateway.roles:
        raise BadLink("the request is of another hub, for another authority, or seals to no gateway")
    site.check_return(asked.hub, asked.back)
    if asked.exp <= at:
        raise BadFlow
    return _Asked(request=asked, key=key, department=gateway.department or gateway.party)


def _check_person(site: Site, request: PageRequest, asked: ChoiceRequest) -> None:
    """Raise `ChoiceOfAnother` unless the form is that of whoever is signed in, `NotSignedIn` when nobody is."""
    session = site.session(session_of(request))
    if pairwise_id(site.authority.secrets, asked.hub, session.number) != asked.pairwise:
        raise ChoiceOfAnother


def _word(site: Site, asked: _Asked, typed: str) -> str:
    """Return this authority's word (JWS) of what was chosen for the hub's form, sealed."""
    authority, request = site.authority, asked.request
    made = ChoiceMade(
        authority=authority.party,
        hub=request.hub,
        pairwise=request.pairwise,
        application=request.application,
        choice=seal_choice(request.role, typed, to=asked.key),
        exp=site.now() + WORD_SECONDS,
    )
    return jws.sign(made, key=authority.sign, typ="mz-choice-made")


def _form(
    request: PageRequest, site: Site, asked: _Asked, sent: str, *, typed: str = "", fault: Text | None = None
) -> Template:
    return show(
        request, site, "choose.html", status=200 if fault is None else 422, asked=asked.request, sent=sent,
        department=_called(site, asked), typed=typed, fault=fault, longest=LONGEST_CHOICE,
    )  # fmt: skip


def _called(site: Site, asked: _Asked) -> Text:
    """Return what the department is called that reads the choice; its id while the hub's public list cannot be read."""
    try:
        offered = site.offered.items(asked.request.hub)
    except Unavailable:
        offered = ()
    named = (one.department_name for one in offered if one.department == asked.department)
    return next(named, Text(zh=asked.department, en=asked.department))
