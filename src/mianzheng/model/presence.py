"""Presence of people who bring no key: at a window, by a call back, by their face.

What goes to the authority is sealed to it, what comes back is sealed to a key of the window's program:
the hub between them reads neither number, nor questions, nor answers. Times are whole seconds since
the epoch; each struct is the payload of a JWS, JWE or HTTP body (docs/protocol.md).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.canonical import canonical, digest
from mianzheng.model.identity import Jwk
from mianzheng.model.ids import Id
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text

OPEN, WITNESS, ANSWER = "presence-open", "presence-witness", "presence-answer"  # steps of staff
STAFFED = frozenset({"window", "call", "face"})  # methods of presence at which a clerk signs for the person
PRESENCE_SECONDS = 1800  # a presence that passed opens one case within this time


class PresenceStart(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to the authority as `mz-presence-start`: who stands at the window, by the word of two staff.

    `clerk` and `second` are `mz-step` JWS (`presence-open`, `presence-witness`) over `start_digest`; of a
    call or a face there is no second. `image` (b64): what the window's camera took.
    """

    method: Literal["window", "call", "face"]
    audience: str
    nonce: Id  # of the hub; it names one start
    number: str
    clerk: Certified
    second: Certified | None = None
    image: str = ""
    reply_to: Jwk


class PresenceAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to `reply_to` as `mz-presence-asked`: the same shape whether the number exists or not.

    Of a window two questions; of a call one: the code that was heard.
    """

    presence: str
    questions: tuple[Text, ...]
    until: int


class PresenceAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed to the authority as `mz-presence-answers`; `clerk` is the `mz-step` of the clerk who opened it.

    The step `presence-answer` is over `answers_digest`. `nonce` is a new one of the hub, for the sign-in.
    """

    presence: Id
    audience: str
    nonce: Id
    answers: tuple[str, ...]
    clerk: Certified


class SealedReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /presences`: what only the window's program can open."""

    sealed: str


class PresenceForwarded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of the hub's paths of presence: which authority, and the JWE only it can open."""

    authority: str
    sealed: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """`mz-call`, signed by the authority for the call line: say this code to whoever answers there."""

    aud: str
    call: str
    to: str
    code: str
    iat: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`mz-message`, signed by the authority for the call line: tell this to whoever holds the telephone."""

    aud: str
    message: str
    to: str
    text: str
    iat: int


class FaceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`mz-face-query`, signed by the authority and sealed to the comparer: does the image fit the template?"""

    aud: str
    query: str
    template: str  # reference of the template that was taken at enrolment; no number
    image: str  # b64
    iat: int


class FaceScore(msgspec.Struct, frozen=True, kw_only=True):
    """`mz-face-score`, signed by the comparer: above or below its threshold, nothing finer."""

    query: str
    above: bool
    iat: int


class PresenceFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the window's program keeps of a presence that passed; the session is its bearer token."""

    presence: str
    level: int
    method: str
    display: str
    session: str
    resident: str
    until: int
    clerk: str = ""  # thumbprint of the key that signs beside it
    holder: Jwk | None = None  # kept by the authority for this person: a result may be sealed to it


def start_digest(audience: str, nonce: str, number: str) -> str:
    """Return what both staff sign: this person, now, for this hub."""
    return digest(canonical(["presence", audience, nonce, number]))


def answers_digest(presence: str, audience: str, nonce: str, answers: tuple[str, ...]) -> str:
    """Return what the clerk signs over the answers they typed."""
    return digest(canonical(["presence-answers", presence, audience, nonce, list(answers)]))
