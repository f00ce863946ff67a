"""A form that waits while its person says on the authority's site whom they mean: the way that needs no script.

A row is closed by the token that stands in the page's address, and bound to whoever began it. What comes back is the
authority's word, for this form and this person, with the choice sealed in it; it is taken once.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import Applicant
from mianzheng.cases.to_sign import closing_key, row_name
from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.model.authorisation import ChoiceMade, ChoiceRequest, SealedChoice
from mianzheng.model.canonical import b64
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Item
from mianzheng.store import to_sign as stored

KEPT_SECONDS = 1800  # as long as what is put together to be signed
_CONTEXT = "form"


class FormGone(MianzhengError):
    """The form was left for too long, or is somebody else's."""

    code = "form-gone"

    def __init__(self) -> None:
        super().__init__("there is no such form any more", hint="begin again from the service or the case")


class ChoiceRefused(MianzhengError):
    """What came back is not the authority's word for this person and this form, or it was taken already."""

    code = "choice-refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, hint="go to the authority's site once more, from the form")


class WaitingForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a person had filled in when they left for the authority's site, of an item, or of a case's correction.

    `typed` holds the item's own fields as text; `choices` what is sealed already; `role` is still to be named, "" once
    it was.
    """

    pairwise: str
    item: str
    case: str = ""  # whose form is corrected 补正, "" of an application
    role: str
    typed: dict[str, str]
    choices: tuple[SealedChoice, ...] = ()

    def __repr__(self) -> str:
        """Return a text without what was typed."""
        return f"WaitingForm(item={self.item!r}, role={self.role!r})"


def gateway_of(hub: Hub, item: Item, role: str) -> str:
    """Return the gateway (party) of the link that a chosen role is reached by."""
    return hub.gateway(hub.library.facts.registers[item.roles[role].link_path[1]].department)


async def keep(hub: Hub, form: WaitingForm) -> str:
    """Keep a form and return the token that opens it."""
    token = secrets.token_urlsafe(24)
    until = hub.clock() + timedelta(seconds=KEPT_SECONDS)
    async with hub.store.connection() as connection:
        await stored.add(connection, row_name(token), _closed(token, form), until)
    return token


def request_of(hub: Hub, form: WaitingForm, item: Item, token: str, *, authority: str, back: str) -> str:
    """Return the signed request (JWS) by which the authority's site asks this person whom they mean."""
    role = item.roles[form.role]
    asked = ChoiceRequest(
        hub=hub.party,
        authority=authority,
        pairwise=form.pairwise,
        application=_application(token),
        role=form.role,
        label=role.label,
        kind=role.kind,
        gateway=gateway_of(hub, item, form.role),
        back=back,
        exp=hub.seconds + KEPT_SECONDS,
    )
    return jws.sign(asked, key=hub.key, typ="mz-choice-request")


async def find(hub: Hub, token: str, applicant: Applicant) -> WaitingForm:
    """Return what a token opens for the one who began it; `FormGone` for anybody else, or too late."""
    return (await _read(hub, token, applicant))[0]


async def take(hub: Hub, token: str, applicant: Applicant, word: str) -> None:
    """Put into a form what the authority's word says was chosen for it; `ChoiceRefused` for any other, or again."""
    form, content = await _read(hub, token, applicant)
    choice = _chosen(hub, form, token, applicant, word)
    others = tuple(one for one in form.choices if one.role != choice.role)
    filled = msgspec.structs.replace(form, role="", choices=(*others, choice))
    async with hub.store.connection() as connection:
        if not await stored.replace(connection, row_name(token), _closed(token, filled), former=content):
            raise ChoiceRefused("the word was taken already")


async def _read(hub: Hub, token: str, applicant: Applicant) -> tuple[WaitingForm, bytes]:
    async with hub.store.connection() as connection:
        content = await stored.find(connection, row_name(token), hub.clock())
    if content is None:
        raise FormGone
    try:
        form = msgspec.json.decode(closing_key(token).decrypt(content, context=_CONTEXT), type=WaitingForm)
    except BadSeal:  # the token of another thing that waits
        raise FormGone from None
    if not secrets.compare_digest(form.pairwise, applicant.pairwise):
        raise FormGone
    return form, content


def _chosen(hub: Hub, form: WaitingForm, token: str, applicant: Applicant, word: str) -> SealedChoice:
    try:
        party, made = hub.trust.read(
            word, typ="mz-choice-made", type=ChoiceMade, role="authority:person", at=hub.seconds
        )
    except (BadToken, Untrusted):
        raise ChoiceRefused("this is no authority's word on a choice") from None
    if (made.authority, made.hub, party.party) != (party.party, hub.party, applicant.authority):
        raise ChoiceRefused("the word is another authority's, or for another hub")
    if made.pairwise != form.pairwise:
        raise ChoiceRefused("the word is of another person")
    if made.application != _application(token):
        raise ChoiceRefused("the word is for another form")
    if not form.role:
        raise ChoiceRefused("the word was taken already")
    if made.choice.role != form.role or made.exp <= hub.seconds:
        raise ChoiceRefused("the word is of another role, or too old")
    return made.choice


def _application(token: str) -> str:
    """Return by what name an authority knows a form: it opens nothing."""
    return b64(row_name(token))


def _closed(token: str, form: WaitingForm) -> bytes:
    return closing_key(token).encrypt(msgspec.json.encode(form), context=_CONTEXT)
