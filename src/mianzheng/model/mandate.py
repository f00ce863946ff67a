"""Mandates 委托: who may act for whom, in which items, how often and until when.

What goes to the authority is sealed to it, what comes back is sealed to the client: the hub carries both and reads
neither. Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from mianzheng.model.canonical import canonical, digest
from mianzheng.model.identity import Assertion, Jwk
from mianzheng.model.ids import Id, MaybeId
from mianzheng.model.publishing import Certified

MANDATE_TYPE = "mandate"  # the vct of the SD-JWT VC
ITEM = "item:"  # each item is a disclosure of its own, `item:<name>`: a hub is shown the one that is applied for
AGENT, REPRESENTATIVE = "agent", "representative"  # roles of the acting person's own bundle
GRANT, RETURN, CHANGE = "mandate-grant", "mandate-return", "mandate-change"  # steps of a clerk


class MandateTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the principal grants. `holder`: the result is sealed to this key of the principal; None: to the agent's."""

    hub: str
    items: tuple[str, ...]
    purpose: str
    uses: int  # cases that may be opened with it, all items together
    valid_from: int
    until: int
    holder: Jwk | None = None
    sub_delegation: bool = False
    limit: str = ""  # of a body's: no outcome above so many yuan
    salt: str


class MandateGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to the authority (`mz-mandate-grant`). Exactly one proof: assertion, sign_in, presence or paper.

    `assertion`: by the principal's own key over `grant_challenge` (of one passed on: by the agent's who passes it
    on). `sign_in`: of a body's legal representative, the authority of persons' word for this authority, whose nonce is
    `grant_digest`. `presence`: id of one that passed; `clerk` is then the clerk's step over `grant_digest`. `paper`:
    the clerk hands out a paper whose code the principal returns. `agent_name` must be the agent's: a number alone
    tells nobody whether it exists.
    """

    terms: MandateTerms
    principal: str  # number or unified social credit code
    agent: str  # number
    agent_name: str
    reply_to: Jwk
    assertion: Assertion | None = None
    sign_in: str = ""
    presence: MaybeId = ""
    paper: bool = False
    clerk: Certified | None = None
    passes_on: MaybeId = ""  # digest of the mandate that this one passes on


class MandateReturn(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to the authority (`mz-mandate-return`): a paper's code came back; `clerk` signs over `return_digest`."""

    paper: Id
    code: str
    clerk: Certified
    reply_to: Jwk


class MandateChange(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to the authority (`mz-mandate-change`) by principal or agent, with the proof of a grant.

    `revoke` ends it; `revoke-all` every one that `number` has granted, for who has none of them at hand. `confirm`: a
    body's new legal representative lets it go on; a change had suspended it.
    """

    mandate: MaybeId  # digest, "" with `revoke-all`
    change: Literal["revoke", "revoke-all", "confirm"] = "revoke"
    hub: str
    number: str  # of the principal or agent who signs
    salt: str
    assertion: Assertion | None = None  # over `change_challenge`
    sign_in: str = ""  # of a body's legal representative; its nonce is `change_digest`
    presence: MaybeId = ""
    clerk: Certified | None = None


class MandateIssued(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to `reply_to` (`mz-mandate`): the mandate, or of a paper its id until the code comes back."""

    mandate: str = ""  # SD-JWT VC with every disclosure
    paper: str = ""


class SealedMandate(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of an authority's `POST /mandates` and `POST /mandates/returns`."""

    sealed: str


class MandateForwarded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of the hub's `POST /mandates`, `/mandates/returns` and `/mandates/changes`."""

    authority: str
    sealed: str


class MandateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /mandates/changes`: nothing of the mandate is told."""

    change: str


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """How the authority saw the principal when they granted."""

    method: str  # passkey, software, chip, window, face, call, paper, representative
    level: int


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """A verified mandate as gateways and hub read it; `items` are those that were disclosed."""

    digest: str
    iss: str
    kind: Literal["person", "enterprise"]  # of the principal
    hub: str
    principal: str  # the authority's pairwise id for the hub
    agent: str  # likewise; "" of a body's mandate: its authority does not name persons
    items: tuple[str, ...]
    purpose: str
    uses: int
    valid_from: int
    until: int
    holder: Jwk | None
    sub_delegation: bool
    passes_on: str
    limit: str
    granted: Granted


class StandingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /mandates/standing`, a JWS `mz-standing-request` of the hub, before each step of an agent's case.

    `mandate`: digest of the mandate, or of the sealed code of the body whose legal representative acts.
    """

    aud: str
    iat: int
    case: Id
    mandate: Id


class MandateStanding(msgspec.Struct, frozen=True, kw_only=True):
    """JWS `mz-standing`: both live, nothing was revoked, nobody lost the capacity to act; for minutes only."""

    iss: str
    case: str
    mandate: str
    iat: int
    exp: int


class StandingResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /mandates/standing`."""

    standing: str


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """JWS `mz-hand-over` of an authority: a signed-in agent brings a mandate to a hub's page, good once, for minutes.

    It allows nothing: who acts is named anew in every case. It keeps a page from being brought another's mandate.
    """

    iss: str
    aud: str  # hub
    agent: str  # the authority's pairwise id of the agent for that hub, "" of a body's: its authority names no persons
    mandate: str  # digest of the mandate, or of a body's sealed code
    item: str  # the one that is disclosed, "" of a code
    display: str = ""  # masked name of a body
    nonce: str
    iat: int
    exp: int


class BodyCode(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to the authority of bodies (`mz-body`): for which body a person acts."""

    code: str
    salt: str


def grant_digest(grant: MandateGrant) -> str:
    """Return what is signed when a mandate is granted: terms, both parties, and what is passed on."""
    parts = [grant.terms, grant.principal, grant.agent, grant.agent_name, grant.passes_on]
    return digest(canonical(["mandate", *parts]))


def grant_challenge(grant: MandateGrant) -> bytes:
    """Return the 32 bytes that the principal's key signs."""
    return hashlib.sha256(grant_digest(grant).encode()).digest()


def return_digest(paper: str, code: str) -> str:
    """Return what the clerk signs who hands in the code of a paper."""
    return digest(canonical(["mandate-return", paper, code]))


def change_digest(change: MandateChange) -> str:
    """Return what is signed when a mandate is revoked or confirmed."""
    return digest(canonical(["mandate-change", change.mandate, change.change, change.hub, change.number, change.salt]))


def change_challenge(change: MandateChange) -> bytes:
    """Return the 32 bytes that the key of principal or agent signs."""
    return hashlib.sha256(change_digest(change).encode()).digest()
