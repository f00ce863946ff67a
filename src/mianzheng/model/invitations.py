"""Another adult signs for themself: the invitation, what they read, what they sign.

Each struct is the body of an HTTP request or answer (docs/protocol.md); times are whole seconds since the epoch.
"""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.model.asking import SignedStep
from mianzheng.model.identity import Assertion
from mianzheng.model.plan import PlanLine
from mianzheng.model.text import Text


class InvitationAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/invitations`: `spouse`, or of several people `members#2`."""

    role: str


class InvitationMade(msgspec.Struct, frozen=True, kw_only=True):
    """Its answer: a code that the applicant gives to that adult; it opens once."""

    case: str
    role: str  # as it is asked about: spouse#1
    code: str
    exp: int


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /invitations/{code}`: all that the invited adult needs to read, check and sign.

    `plan` is the item's whole plan, so that its digest can be checked; what is asked about this reader are
    the lines of `role`. Nothing of the applicant is in it: who invites, they say themselves.
    """

    case: str
    role: str
    label: Text
    item: str
    item_version: int
    name: Text
    as_of: date
    plan: tuple[PlanLine, ...]
    authorisation: str  # b64 of the canonical bytes that the applicant signed
    handling: str
    exp: int


class ConsentSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/consents`: an assertion over `consent_challenge`; beside a presence a clerk's."""

    role: str
    assertion: Assertion
    certificate: str = ""  # of the clerk whose key signed


class ConsentWithdrawn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/consents/withdrawal`: a signed step `withdraw-consent:<role>`."""

    role: str
    signed: SignedStep
