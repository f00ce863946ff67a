"""What a page puts together for a person to sign, kept until the signature comes: an authorisation, a step, a consent.

A signature may come back from another site, so the words that were shown are kept here, closed by the token that
stands in the page's address and bound to whoever began: nobody else can take them up, and no dump can be read.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Literal

import msgspec

from mianzheng.cases.authorising import stated_in
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import draft_of
from mianzheng.credentials.at_rest import ContentKey
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.authorisation import Authorisation, FormValue, SealedChoice, consent_challenge
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Assertion, Jwk
from mianzheng.store import to_sign as stored

KEPT_SECONDS = 1800  # a person reads before they sign

Act = Literal[
    "authorise",
    "accept-refusal",
    "ask-person",
    "withdraw",
    "escalate",
    "supply",
    "contest",
    "declare",
    "corrected",
    "consent",
    "withdraw-consent",
    "lists",
]


class NothingToSign(MianzhengError):
    """The page was left for too long, was finished already, or belongs to somebody else."""

    code = "nothing-to-sign"


class ToSign(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be signed by one person, in one case or ("") in none.

    `words` (b64) are the canonical bytes that travel with the signature, "" of a consent; `challenge` (b64) the 32
    bytes that are signed. `role` and `question` of a contest, `condition` of a declaration, forms of a correction.
    """

    act: Act
    case: str
    pairwise: str
    challenge: str
    words: str = ""
    question: str = ""
    role: str = ""
    condition: str = ""
    openings: tuple[FormValue, ...] = ()
    choices: tuple[SealedChoice, ...] = ()
    body: str = ""  # of a wish for a body: its own canonical bytes (b64), whose digest `words` name
    display: str = ""  # and the body's masked name
    kept: bool = False  # of an authorisation: the result goes to the key that the authority keeps

    def signed(self, assertion: Assertion) -> SignedStep:
        """Return the step with its signature."""
        return SignedStep(step=self.words, assertion=assertion)


def authorisation_of(live: LiveCase, holder: Jwk) -> ToSign:
    """Return the authorisation of an accepted case, its result to be sealed to `holder`."""
    draft = draft_of(live)
    words = canonical(
        Authorisation(
            suite=draft.suite,
            case=draft.case,
            as_of=draft.as_of,
            item=draft.item,
            item_version=draft.item_version,
            item_digest=draft.item_digest,
            trigger=draft.trigger,
            plan_digest=draft.plan_digest,
            forms=stated_in(live),
            notice_digest=draft.notice_digest,
            acts_for=draft.acts_for,
            mandate=draft.mandate,
            holder=holder,
            iat=live.hub.seconds,
            exp=draft.exp,
            salt=new_salt(),
        )
    )
    return _words(live, live.opening.pairwise, "authorise", words)


def step_of(
    live: LiveCase,
    act: Act,
    shown: object,
    *,
    name: str = "",
    question: str = "",
    role: str = "",
    condition: str = "",
    openings: tuple[FormValue, ...] = (),
    choices: tuple[SealedChoice, ...] = (),
    pairwise: str = "",
) -> ToSign:
    """Return a step of a case over a digest of what is shown; `name` where it is not the act's own."""
    step = Step(case=live.id, step=name or act, shown=digest(canonical(shown)), salt=new_salt(), iat=live.hub.seconds)
    made = _words(live, pairwise or live.opening.pairwise, act, canonical(step))
    more = {"question": question, "role": role, "condition": condition, "openings": openings, "choices": choices}
    return msgspec.structs.replace(made, **more)


def consent_of(live: LiveCase, role: str, pairwise: str) -> ToSign:
    """Return the consent of another adult of a case, as they are asked about: `spouse#1`."""
    challenge = b64(consent_challenge(live.signed.digest, role))
    return ToSign(act="consent", case=live.id, pairwise=pairwise, challenge=challenge, role=role)


def wish_of(pairwise: str, words: bytes, *, body: bytes = b"") -> ToSign:
    """Return a wish of a person that belongs to no case, in its canonical bytes; `body`: those of a body's wish."""
    challenge = b64(hashlib.sha256(words).digest())
    return ToSign(
        act="lists", case="", pairwise=pairwise, challenge=challenge, words=b64(words), body=b64(body) if body else ""
    )


async def keep(hub: Hub, to_sign: ToSign) -> str:
    """Keep what is to be signed and return the token that opens it."""
    token = secrets.token_urlsafe(24)
    content = closing_key(token).encrypt(msgspec.json.encode(to_sign), context="to-sign")
    async with hub.store.connection() as connection:
        await stored.add(connection, row_name(token), content, hub.clock() + timedelta(seconds=KEPT_SECONDS))
    return token


async def find(hub: Hub, token: str, pairwise: str) -> ToSign:
    """Return what a token opens for the one who began it; `NothingToSign` for anybody else."""
    async with hub.store.connection() as connection:
        content = await stored.find(connection, row_name(token), hub.clock())
    if content is not None:
        found = msgspec.json.decode(closing_key(token).decrypt(content, context="to-sign"), type=ToSign)
        if secrets.compare_digest(found.pairwise, pairwise):
            return found
    raise NothingToSign("there is nothing here to sign any more", hint="begin again from the case")


async def end(hub: Hub, token: str) -> None:
    """Forget what was signed and taken."""
    async with hub.store.connection() as connection:
        await stored.end(connection, row_name(token))


def new_salt() -> str:
    """Return 16 random bytes (b64)."""
    return b64(secrets.token_bytes(16))


def _words(live: LiveCase, pairwise: str, act: Act, words: bytes) -> ToSign:
    challenge = b64(hashlib.sha256(words).digest())
    return ToSign(act=act, case=live.id, pairwise=pairwise, challenge=challenge, words=b64(words))


def row_name(token: str) -> bytes:
    """Return under which name a token's row stands."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def closing_key(token: str) -> ContentKey:
    """Return the key that a token's row is closed with."""
    return ContentKey(hashlib.sha256(b"mianzheng to-sign " + token.encode("utf-8", "replace")).digest())
