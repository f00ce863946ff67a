"""The client's side of mandates 委托: what is sealed to an authority, and what it answers.

Numbers and terms leave this client only sealed to the authority; the mandate comes back sealed to a key made here.
Beside a presence, and of a paper, a clerk's key signs (`Mandates`); own keys sign in `cli/acting`.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TypeVar

import msgspec

from mianzheng.client.checks import HubLied
from mianzheng.client.hub_client import HubClient
from mianzheng.client.numbers import authority_of
from mianzheng.client.window import Staff
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.mandates.token import read
from mianzheng.model.canonical import b64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk
from mianzheng.model.mandate import (
    CHANGE,
    GRANT,
    RETURN,
    Mandate,
    MandateChange,
    MandateChanged,
    MandateForwarded,
    MandateGrant,
    MandateIssued,
    MandateReturn,
    MandateTerms,
    SealedMandate,
    change_digest,
    grant_digest,
    return_digest,
)

T = TypeVar("T")
_TYPS: dict[type, str] = {
    MandateGrant: "mz-mandate-grant",
    MandateReturn: "mz-mandate-return",
    MandateChange: "mz-mandate-change",
}


class _Begins(msgspec.Struct, frozen=True):
    nbf: int


class MandateFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `mandate grant` writes and the agent is given: the mandate, or of a paper its id until it comes back."""

    authority: str
    mandate: str = ""
    paper: str = ""

    @classmethod
    def load(cls, path: Path) -> MandateFile:
        """Return what a file holds; `WrongUse` when it is none."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (FileNotFoundError, msgspec.DecodeError):
            raise WrongUse(f"{path} holds no mandate", hint="`mianzheng mandate grant --out FILE` writes one") from None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the principal typed."""

    items: tuple[str, ...]
    purpose: str
    uses: int
    valid_from: int
    until: int
    sub_delegation: bool = False
    limit: str = ""
    result_to_agent: bool = False


class Mandates:
    """Mandates before one hub, which carries what it cannot open."""

    def __init__(self, *, hub: HubClient, trust: TrustStore) -> None:
        self.hub = hub
        self.trust = trust
        self.party = trust.with_role("hub")[0].party

    def asked(
        self, terms: Terms, *, principal: str, agent: str, agent_name: str, holder: Jwk | None
    ) -> tuple[MandateGrant, PrivateKey]:
        """Return a grant to be signed, and the key to which its answer is sealed."""
        reply = PrivateKey.generate()
        signed = MandateTerms(
            hub=self.party,
            items=tuple(sorted(terms.items)),
            purpose=terms.purpose,
            uses=terms.uses,
            valid_from=terms.valid_from,
            until=terms.until,
            holder=holder,
            sub_delegation=terms.sub_delegation,
            limit=terms.limit,
            salt=new_salt(),
        )
        asked = MandateGrant(
            terms=signed, principal=principal, agent=agent, agent_name=agent_name, reply_to=reply.public.jwk
        )
        return asked, reply

    async def grant_beside(
        self,
        clerk: Staff,
        terms: Terms,
        *,
        principal: str,
        agent: str,
        agent_name: str,
        holder: Jwk | None,
        presence: str = "",
    ) -> MandateFile:
        """Have a clerk sign beside a presence that passed, or without one hand out the paper.

        `holder` None of a paper: the authority takes the key that it keeps for the principal.
        """
        asked, reply = self.asked(terms, principal=principal, agent=agent, agent_name=agent_name, holder=holder)
        signed = clerk.step(GRANT, grant_digest(asked))
        asked = msgspec.structs.replace(asked, presence=presence, paper=not presence, clerk=signed)
        return await self.send(authority_of(principal, self.trust), asked, reply)

    async def give_back(self, clerk: Staff, file: MandateFile, code: str) -> MandateFile:
        """Hand in the code of a paper; the mandate holds a day later."""
        reply = PrivateKey.generate()
        signed = clerk.step(RETURN, return_digest(file.paper, code))
        asked = MandateReturn(paper=file.paper, code=code, clerk=signed, reply_to=reply.public.jwk)
        return _opened(file.authority, await self.post(file.authority, "returns", asked, SealedMandate), reply)

    async def end_beside(
        self, clerk: Staff, *, authority: str, mandate: str, principal: str, presence: str
    ) -> MandateChanged:
        """End a mandate, by its digest, of a principal who stands at a window; "": every one that they granted."""
        asked = MandateChange(
            mandate=mandate,
            change="revoke" if mandate else "revoke-all",
            hub=self.party,
            number=principal,
            salt=new_salt(),
            presence=presence,
        )
        asked = msgspec.structs.replace(asked, clerk=clerk.step(CHANGE, change_digest(asked)))
        return await self.post(authority, "changes", asked, MandateChanged)

    async def send(self, authority: str, asked: MandateGrant, reply: PrivateKey) -> MandateFile:
        """Send a signed grant; `HubLied` when the mandate that comes back is of other items."""
        file = _opened(authority, await self.post(authority, "", asked, SealedMandate), reply)
        if file.mandate and mandate_of(self.trust, file).items != asked.terms.items:
            raise HubLied("the mandate is not of the terms that were signed", hint="revoke it; report the hub")
        return file

    async def post(self, authority: str, path: str, value: msgspec.Struct, answer: type[T]) -> T:
        """Seal a grant, return or change to the authority and have the hub carry it."""
        key = self.trust.current(authority, "seal", int(time.time()))
        sealed = jwe.seal(msgspec.json.encode(value), to=key, typ=_TYPS[type(value)])
        body = MandateForwarded(authority=authority, sealed=sealed)
        return await self.hub.post("/mandates" + (f"/{path}" if path else ""), body, answer)


def mandate_of(trust: TrustStore, file: MandateFile) -> Mandate:
    """Return the verified mandate of a file, as of a time at which it holds."""
    if not file.mandate:
        raise WrongUse("the paper has not come back yet", hint="`mianzheng mandate return` hands in its code")
    return read(file.mandate, trust=trust, at=max(int(time.time()), _begins(file.mandate)))


def new_salt() -> str:
    """Return sixteen random bytes (b64)."""
    return b64(secrets.token_bytes(16))


def _begins(token: str) -> int:
    """Return from when a mandate says that it holds (seconds), not yet verified; `BadToken` when it is none."""
    try:
        return msgspec.json.decode(jws.unverified_payload(token), type=_Begins).nbf
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadToken("the file holds no mandate, or it was changed", hint="use the file as it was granted") from None


def _opened(authority: str, sealed: SealedMandate, reply: PrivateKey) -> MandateFile:
    opened = jwe.open_sealed(sealed.sealed, key=reply, typ="mz-mandate")
    issued = msgspec.json.decode(opened, type=MandateIssued)
    return MandateFile(authority=authority, mandate=issued.mandate, paper=issued.paper)
