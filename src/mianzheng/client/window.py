"""The window's program: what a clerk's machine does for a person who brings no key, or has only a card.

The number leaves it sealed to the authority; questions come back sealed to a key made for this one presence. Results
are sealed to the key that the authority keeps for the person (`kept_holder`), or to one of a wallet beside it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Literal

import aiohttp
import msgspec

from mianzheng.client.checks import HubLied
from mianzheng.client.hub_client import HubClient
from mianzheng.client.numbers import authority_of
from mianzheng.client.person import Person, Session
from mianzheng.client.steps import step_bytes
from mianzheng.client.wallet import Wallet
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.staff_key import read_steward
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.authorisation import Draft, FormValue
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.case import CaseView
from mianzheng.model.devices import ChipAuthorise, ChipSignedIn, ChipSignIn, SignedAtReader
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.identity import Nonce, SessionOpened
from mianzheng.model.invitations import Invitation
from mianzheng.model.presence import (
    ANSWER,
    OPEN,
    PRESENCE_SECONDS,
    WITNESS,
    PresenceAnswers,
    PresenceAsked,
    PresenceFile,
    PresenceStart,
    SealedReply,
    answers_digest,
    start_digest,
)
from mianzheng.model.publishing import Certified

Method = Literal["window", "call", "face"]


class Staff(msgspec.Struct, frozen=True):
    """A member of staff at this window: key and certificate."""

    key: PrivateKey
    certificate: str

    @classmethod
    def read(cls, key_file: Path) -> Staff:
        """Return who owns a key file, by the certificate beside it; `BadKey` when either is missing."""
        holder = read_steward(key_file)
        return cls(holder.key, holder.certificate)

    def step(self, step: str, shown: str) -> Certified:
        """Sign a step over what was shown."""
        said = Step(case="", step=step, shown=shown, salt=b64(secrets.token_bytes(16)), iat=int(time.time()))
        return Certified(token=jws.sign(said, key=self.key, typ="mz-step"), certificate=self.certificate)


class Window:
    """One window before one hub."""

    def __init__(self, clerk: Staff, *, hub: HubClient, trust: TrustStore) -> None:
        self.clerk = clerk
        self.hub = hub
        self.trust = trust

    async def start(
        self, number: str, *, method: Method, second: Staff | None = None, image: bytes = b""
    ) -> PresenceAsked:
        """Begin a presence; return what the authority asks."""
        authority, nonce, reply = authority_of(number, self.trust), await self._nonce(), PrivateKey.generate()
        shown = start_digest(nonce.audience, nonce.nonce, number)
        start = PresenceStart(
            method=method,
            audience=nonce.audience,
            nonce=nonce.nonce,
            number=number,
            clerk=self.clerk.step(OPEN, shown),
            second=second.step(WITNESS, shown) if second else None,
            image=urlsafe_b64encode(image).decode().rstrip("="),
            reply_to=reply.public.jwk,
        )
        body = {"authority": authority, "sealed": self._seal(start, authority, "mz-presence-start")}
        answered = await self.hub.post("/presences", body, SealedReply)
        opened = jwe.open_sealed(answered.sealed, key=reply, typ="mz-presence-asked")
        return msgspec.json.decode(opened, type=PresenceAsked)

    async def answer(self, number: str, presence: str, answers: tuple[str, ...]) -> PresenceFile:
        """Hand in the answers; return the presence that passed."""
        authority, nonce = authority_of(number, self.trust), await self._nonce()
        shown = answers_digest(presence, nonce.audience, nonce.nonce, answers)
        given = PresenceAnswers(
            presence=presence,
            audience=nonce.audience,
            nonce=nonce.nonce,
            answers=answers,
            clerk=self.clerk.step(ANSWER, shown),
        )
        body = {"authority": authority, "sealed": self._seal(given, authority, "mz-presence-answers")}
        opened = await self.hub.post("/presences/answers", body, SessionOpened)
        return PresenceFile(
            presence=presence,
            level=opened.level,
            method=opened.method,
            display=opened.display,
            session=opened.session,
            resident=number,
            until=int(time.time()) + PRESENCE_SECONDS,
            clerk=self.clerk.key.kid,
            holder=opened.holder,
        )

    async def _nonce(self) -> Nonce:
        nonce = await self.hub.post("/nonces", {}, Nonce)
        if nonce.audience != self.trust.with_role("hub")[0].party:
            raise HubLied(f"the hub gave a nonce of {nonce.audience}", hint="sign nothing; report the hub")
        return nonce

    def _seal(self, payload: msgspec.Struct, authority: str, typ: str) -> str:
        to = self.trust.current(authority, "seal", int(time.time()))
        return jwe.seal(msgspec.json.encode(payload), to=to, typ=typ)


class AnotherClerk(MianzhengError):
    """Beside a presence the clerk signs who began it, and nobody else."""

    code = "another-clerk"


def check_clerk(file: PresenceFile, clerk: Staff) -> None:
    """Raise `AnotherClerk` unless this clerk began the presence: the authority takes no other's signature beside it."""
    if file.clerk and file.clerk != clerk.key.kid:
        raise AnotherClerk(
            "another clerk began this presence",
            hint="the clerk who saw the person signs beside it; or see the person again",
        )


class Served(Person):
    """A person at the window: the session is the presence's, the clerk's key signs what the person was read."""

    def __init__(self, file: PresenceFile, clerk: Staff, *, hub: HubClient, trust: TrustStore, wallet: Wallet) -> None:
        check_clerk(file, clerk)
        super().__init__(file.resident, clerk.key, hub=hub, trust=trust, wallet=wallet)
        self.certificate = clerk.certificate
        hub.token = file.session

    async def sign_in(self) -> Session:
        """The presence was the sign-in."""
        raise WrongUse("a presence is begun with `mianzheng presence`", hint="it signs in itself")

    def authorisation_body(self, draft: Draft, openings: tuple[FormValue, ...]) -> dict[str, object]:
        """Sign the plan with the clerk's key, beside its certificate."""
        return super().authorisation_body(draft, openings) | {"certificate": self.certificate}

    def consent_body(self, invitation: Invitation) -> dict[str, object]:
        """Sign for another adult at the window with the clerk's key, beside its certificate."""
        return super().consent_body(invitation) | {"certificate": self.certificate}


class AtReader(Person):
    """A person whose card lies in a reader: it signs in and signs for them, and this program learns no number."""

    def __init__(
        self, url: str, *, http: aiohttp.ClientSession, hub: HubClient, trust: TrustStore, wallet: Wallet
    ) -> None:
        super().__init__("card", PrivateKey.generate(), hub=hub, trust=trust, wallet=wallet)
        self._url = url
        self._http = http

    async def sign_in(self) -> Session:
        """Have the reader read the card for a nonce of the hub."""
        nonce = await self.hub.post("/nonces", {}, Nonce)
        asked = ChipSignIn(audience=nonce.audience, nonce=nonce.nonce)
        read = msgspec.json.decode(await self._ask("/sign-ins", asked), type=ChipSignedIn)
        body = {"authority": read.authority, "sealed": read.sealed}
        session = await self.hub.post("/sign-ins", body, Session)
        self.hub.token = session.session
        return session

    async def authorise(self, draft: Draft, openings: tuple[FormValue, ...]) -> CaseView:
        """Have the reader sign, and hand it in."""
        return await self.hand_in(draft.case, await self.signed_body(draft, openings))

    async def signed_body(self, draft: Draft, openings: tuple[FormValue, ...]) -> dict[str, object]:
        """Have the reader sign the plan for whoever's card lies in it."""
        signed = canonical(self.authorisation(draft, openings))
        asked = ChipAuthorise(digest=b64(hashlib.sha256(signed).digest()))
        made = msgspec.json.decode(await self._ask("/authorisations", asked), type=SignedAtReader)
        return {
            "authorisation": b64(signed),
            "assertion": made.assertion,
            "openings": openings,
            "chip": made.chip,
        }

    async def sign_step(self, case: str, step: str, shown: object) -> SignedStep:
        """Have the reader sign one step of a case."""
        words = step_bytes(case, step, shown)
        asked = ChipAuthorise(digest=b64(hashlib.sha256(words).digest()))
        made = msgspec.json.decode(await self._ask("/authorisations", asked), type=SignedAtReader)
        return SignedStep(step=b64(words), assertion=made.assertion)

    async def _ask(self, path: str, body: msgspec.Struct) -> bytes:
        try:
            async with self._http.post(self._url + path, data=msgspec.json.encode(body)) as answer:
                read = await answer.read()
                if answer.status != 200:
                    raise ReaderRefused(str(msgspec.json.decode(read)["detail"]))
                return read
        except aiohttp.ClientConnectionError:
            raise ReaderRefused("the reader does not answer", hint="start it with `mianzheng device reader`") from None


class ReaderRefused(MianzhengError):
    """The chip reader read no card."""

    code = "reader-refused"
