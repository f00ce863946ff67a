"""The signed permission for one plan, and the bundles that an authority makes for it.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

import msgspec

from mianzheng.model.canonical import canonical, digest
from mianzheng.model.identity import Assertion, Jwk, Presence
from mianzheng.model.ids import AskedRole, Digest, Id, MaybeId
from mianzheng.model.plan import PlanLine
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text

LONGEST_CHOICE = 100  # characters of a name or number that a gateway reads


class FormValue(msgspec.Struct, frozen=True, kw_only=True):
    """A form value opened to a gateway: SHA-256 of canonical [salt, name, value] stands in the authorisation."""

    name: str
    value: Wire
    salt: str


class SealedChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which of those a link reaches is meant: name or number typed, sealed to the link's gateway.

    `digest` is the salted digest of the `FormValue` inside (name `role.<role>`); it stands in
    `Authorisation.forms` like that of any form value. The hub never sees the value.
    """

    role: str
    digest: str
    sealed: str  # JWE `mz-choice` of FormValue


class ChoiceAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `GET /items/{item}/choices`: a role that is chosen by name or number, and to whom that is sealed."""

    role: str
    label: Text
    gateway: str


class ChoiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """JWS `mz-choice-request` of a hub: one of its people says on the authority's site whom they mean by `role`.

    `application` names the form that waits at the hub, and `back` the address to which its person returns.
    """

    hub: str
    authority: str
    pairwise: str  # whose form it is, by the authority's id for that hub
    application: str
    role: str
    label: Text
    kind: Literal["person", "enterprise", "property"]
    gateway: str  # that of the link, the only one to read what is typed
    back: str
    exp: int


class ChoiceMade(msgspec.Struct, frozen=True, kw_only=True):
    """JWS `mz-choice-made` of an authority: what its signed-in person chose for a hub's form, sealed; good once."""

    authority: str
    hub: str
    pairwise: str
    application: str
    choice: SealedChoice
    exp: int


def form_digest(value: FormValue) -> str:
    """Return the salted digest of a form value that stands in `Authorisation.forms`."""
    return digest(canonical([value.salt, value.name, value.value]))


def consent_challenge(authorisation: str, role: str) -> bytes:
    """Return the 32 bytes that another adult signs who is asked about as `role` (`spouse#1`).

    They sign the same authorisation digest, and the role with it: else a hub could take their signature for
    an application of their own. Authority and gateways check it.
    """
    return hashlib.sha256(canonical(["consent", authorisation, role])).digest()


def plan_digest(lines: tuple[PlanLine, ...]) -> str:
    """Return the digest of a plan: questions, roles, sentences and bases, in their order."""
    return digest(canonical(lines))


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of the hub's `POST /cases`."""

    item: str
    openings: tuple[FormValue, ...] = ()
    choices: tuple[SealedChoice, ...] = ()
    mandate: str = ""  # SD-JWT VC: the signed-in person acts for its principal
    body: str = ""  # of a person who acts for a body: its code, sealed to the authority of bodies


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What `POST /cases` returns: all that the client needs to check and sign an authorisation."""

    case: str
    as_of: date
    item: str
    item_version: int
    item_digest: str
    name: Text
    suite: str
    trigger: Literal["application", "accepted_offer", "statute"]
    plan: tuple[PlanLine, ...]
    plan_digest: str
    notice: Text  # 告知: what will be asked, on which basis; digest below is over its canonical bytes
    notice_digest: str
    handling: str  # gateway that decides
    exp: int  # the authorisation's own end, seconds
    acts_for: str | None = None  # the role acted for, where the signed-in person acts for another
    mandate: str = ""  # digest of the mandate, or of a body's sealed code


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """The signed permission for one plan; its canonical bytes' SHA-256 is the authorisation digest."""

    suite: str
    case: Id
    as_of: date
    item: str
    item_version: int
    item_digest: str
    trigger: Literal["application", "accepted_offer", "statute"]
    plan_digest: str
    forms: tuple[str, ...]  # salted digests, sorted
    notice_digest: str
    acts_for: str | None  # role acted for; None: the applicant for themself
    mandate: str = ""  # digest of the mandate acted on
    holder: Jwk  # the credential is sealed to this key
    iat: int
    exp: int
    salt: str


class AuthorisationSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/authorisation`."""

    authorisation: str  # b64 of the canonical bytes
    assertion: Assertion
    openings: tuple[FormValue, ...] = ()
    chip: str = ""  # signed at a reader: its chip read, sealed to the authority
    certificate: str = ""  # signed by a clerk beside a presence: the certificate of that key


class BundleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the hub to the authority: bind this pairwise id to this case and these gateways."""

    aud: str
    iat: int
    request: Id
    pairwise: MaybeId
    case: Id
    role: AskedRole
    authorisation: Digest  # digest
    exp: int
    assertion: Assertion  # over the authorisation digest; with `consent`, over the consent's challenge
    gateways: tuple[str, ...]
    handling: str  # the gateway whose statement carries the name
    consent: bool = False  # another adult, who signed for this role alone
    chip: str = ""  # JWE to the authority of a reader's JWS; the assertion is then made by the reader's key
    presence: MaybeId = ""  # id of a presence that passed; the assertion is then made by the clerk's key
    certificate: str = ""  # of that clerk's key
    mandate: str = ""  # the mandate by which the one behind `pairwise` acts; the bundle is of its principal
    body: str = ""  # sealed code of the body acted for; `representative` proves who acts
    representative: str = ""  # the acting person's own bundle (JWS); `statement` is sealed to this authority's gateway
    statement: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed inside of a bundle for one gateway; signed by the authority before sealing."""

    number: str
    bundle: str
    role: str
    case: str
    authorisation: str
    aud: str
    iat: int
    exp: int
    name: str = ""  # only to the handling gateway, and of who acts to an authority of bodies
    protected: Literal[0, 1] = 0  # others of the case read no item, place or time; a digit: the hub sees the length


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The outer, signed part: names each sealed statement by digest, the signer and the presence."""

    suite: str
    bundle: str
    issuer: str
    case: str
    authorisation: str
    role: str
    subject_kind: Literal["person", "enterprise", "property"]
    signer: str  # thumbprint of the key that signed the authorisation
    presence: Presence
    iat: int
    exp: int
    sealed: dict[str, str]  # gateway -> SHA-256 (b64) of its JWE
    link: str = ""  # of a bundle that a link's gateway made: the link's question; signer is then ""
    mandate: str = ""  # digest of the mandate on which this principal was named


class SealedBundle(msgspec.Struct, frozen=True, kw_only=True):
    """What the authority returns: the bundle as JWS and one JWE for each gateway."""

    bundle: str
    sealed: dict[str, str]


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What travels with every request so that a gateway can check it by itself."""

    authorisation: str  # b64 of the canonical bytes that were signed
    assertion: Assertion
    plan: tuple[PlanLine, ...]
    actor: str  # the acting person's bundle (JWS)
    certificate: str = ""  # of the clerk whose key signed beside a presence assertion
    mandate: str = ""  # SD-JWT VC of the mandate acted on
    standing: str = ""  # JWS of the authority: both live, nothing was revoked, minutes old at most
