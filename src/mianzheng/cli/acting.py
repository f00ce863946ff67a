"""The client's side of mandates 委托: granting, ending, and opening a case for another.

Numbers and terms leave this client only sealed to the authority; the mandate comes back sealed to a key made here.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TypeVar

import msgspec

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.ports import ports_of
from mianzheng.client.checks import HubLied
from mianzheng.client.hub_client import HubClient
from mianzheng.client.person import Acting, Person, authority_of
from mianzheng.client.window import Staff
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.mandates.token import digest_of, read, show
from mianzheng.model.canonical import b64, digest
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk, SealedSignIn, SignInRequest, SignInResponse, sign_in_challenge
from mianzheng.model.mandate import (
    CHANGE,
    GRANT,
    RETURN,
    BodyCode,
    Mandate,
    MandateChange,
    MandateChanged,
    MandateForwarded,
    MandateGrant,
    MandateIssued,
    MandateReturn,
    MandateTerms,
    SealedMandate,
    change_challenge,
    change_digest,
    grant_challenge,
    grant_digest,
    return_digest,
)

T = TypeVar("T")


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


def mandate_of(city: CitySession, file: MandateFile) -> Mandate:
    """Return the verified mandate of a file, as of a time at which it holds."""
    if not file.mandate:
        raise WrongUse("the paper has not come back yet", hint="`mianzheng mandate return` hands in its code")
    now = int(time.time())
    nbf = _begins(file.mandate)
    return read(file.mandate, trust=city.trust, at=max(now, nbf))


def _begins(token: str) -> int:
    """Return from when a mandate says that it holds (seconds), not yet verified; `BadToken` when it is none."""
    try:
        return msgspec.json.decode(jws.unverified_payload(token), type=_Begins).nbf
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadToken("the file holds no mandate, or it was changed", hint="use the file as it was granted") from None


async def grant(
    city: CitySession, person: Person, terms: Terms, *, agent: str, agent_name: str, body: str = "", passes_on: str = ""
) -> MandateFile:
    """Grant with the person's own key; as legal representative of `body`; or pass on the mandate of that digest."""
    asked, reply = _asked(city, terms, principal=body or person.number, agent=agent, agent_name=agent_name)
    if passes_on:
        asked = msgspec.structs.replace(asked, principal="", passes_on=passes_on)
    authority = authority_of(body or person.number, city.trust)
    if authority_of(person.number, city.trust) != authority:
        proof = {"sign_in": await _word(city, person, authority, grant_digest(asked))}
        return await _send(city, authority, msgspec.structs.replace(asked, **proof), reply)
    assertion = make_assertion(
        person.key, grant_challenge(asked), origin=city.trust.origins[0], rp_id=city.trust.rp_ids[0]
    )
    return await _send(city, authority, msgspec.structs.replace(asked, assertion=assertion), reply)


async def grant_beside(
    city: CitySession, clerk: Staff, terms: Terms, *, principal: str, agent: str, agent_name: str, presence: str = ""
) -> MandateFile:
    """Have a clerk sign beside a presence that passed, or without one hand out the paper."""
    asked, reply = _asked(city, terms, principal=principal, agent=agent, agent_name=agent_name)
    signed = clerk.step(GRANT, grant_digest(asked))
    asked = msgspec.structs.replace(asked, presence=presence, paper=not presence, clerk=signed)
    return await _send(city, authority_of(principal, city.trust), asked, reply)


async def give_back(city: CitySession, clerk: Staff, file: MandateFile, code: str) -> MandateFile:
    """Hand in the code of a paper; the mandate holds a day later."""
    reply = PrivateKey.generate()
    signed = clerk.step(RETURN, return_digest(file.paper, code))
    asked = MandateReturn(paper=file.paper, code=code, clerk=signed, reply_to=reply.public.jwk)
    return _opened(city, file.authority, await _post(city, file.authority, "returns", asked, SealedMandate), reply)


async def change(city: CitySession, person: Person, file: MandateFile, *, confirm: bool = False) -> MandateChanged:
    """End a mandate as principal or agent, or `confirm` one as a body's new legal representative."""
    asked = MandateChange(
        mandate=digest_of(file.mandate),
        change="confirm" if confirm else "revoke",
        hub=_hub(city),
        number=person.number,
        salt=_salt(),
    )
    if authority_of(person.number, city.trust) != file.authority:
        word = await _word(city, person, file.authority, change_digest(asked))
        asked = msgspec.structs.replace(asked, sign_in=word)
    else:
        origin, rp_id = city.trust.origins[0], city.trust.rp_ids[0]
        assertion = make_assertion(person.key, change_challenge(asked), origin=origin, rp_id=rp_id)
        asked = msgspec.structs.replace(asked, assertion=assertion)
    return await _post(city, file.authority, "changes", asked, MandateChanged)


async def change_beside(
    city: CitySession, clerk: Staff, file: MandateFile, *, principal: str, presence: str
) -> MandateChanged:
    """End a mandate of a principal who stands at a window, beside their presence."""
    asked = MandateChange(
        mandate=digest_of(file.mandate), hub=_hub(city), number=principal, salt=_salt(), presence=presence
    )
    asked = msgspec.structs.replace(asked, clerk=clerk.step(CHANGE, change_digest(asked)))
    return await _post(city, file.authority, "changes", asked, MandateChanged)


def acting_on(city: CitySession, file: MandateFile, item: str) -> Acting:
    """Return what a case opened on a mandate carries: the one item of it that the hub is shown."""
    mandate = mandate_of(city, file)
    return Acting(mandate=show(file.mandate, item), digest=mandate.digest, holder=mandate.holder)


def acting_for_body(city: CitySession, code: str) -> Acting:
    """Return what a case carries that a body's legal representative opens: the body's code, sealed."""
    authority = authority_of(code, city.trust)
    sealed = jwe.seal(
        msgspec.json.encode(BodyCode(code=code, salt=_salt())), to=_seal_key(city, authority), typ="mz-body"
    )
    return Acting(body=sealed, digest=digest(sealed.encode("ascii")))


def _asked(
    city: CitySession, terms: Terms, *, principal: str, agent: str, agent_name: str
) -> tuple[MandateGrant, PrivateKey]:
    holder: Jwk | None = None
    if not terms.result_to_agent:
        holder = city.wallet.new_mandate_key()
    reply = PrivateKey.generate()
    signed = MandateTerms(
        hub=_hub(city),
        items=tuple(sorted(terms.items)),
        purpose=terms.purpose,
        uses=terms.uses,
        valid_from=terms.valid_from,
        until=terms.until,
        holder=holder,
        sub_delegation=terms.sub_delegation,
        limit=terms.limit,
        salt=_salt(),
    )
    asked = MandateGrant(
        terms=signed, principal=principal, agent=agent, agent_name=agent_name, reply_to=reply.public.jwk
    )
    return asked, reply


async def _send(city: CitySession, authority: str, asked: MandateGrant, reply: PrivateKey) -> MandateFile:
    file = _opened(city, authority, await _post(city, authority, "", asked, SealedMandate), reply)
    if file.mandate and mandate_of(city, file).items != asked.terms.items:
        raise HubLied("the mandate is not of the terms that were signed", hint="revoke it; report the hub")
    return file


def _opened(city: CitySession, authority: str, sealed: SealedMandate, reply: PrivateKey) -> MandateFile:
    opened = jwe.open_sealed(sealed.sealed, key=reply, typ="mz-mandate")
    issued = msgspec.json.decode(opened, type=MandateIssued)
    return MandateFile(authority=authority, mandate=issued.mandate, paper=issued.paper)


_TYPS: dict[type, str] = {
    MandateGrant: "mz-mandate-grant",
    MandateReturn: "mz-mandate-return",
    MandateChange: "mz-mandate-change",
}


async def _post(city: CitySession, authority: str, path: str, value: msgspec.Struct, answer: type[T]) -> T:
    sealed = jwe.seal(msgspec.json.encode(value), to=_seal_key(city, authority), typ=_TYPS[type(value)])
    body = MandateForwarded(authority=authority, sealed=sealed)
    return await city.hub().post("/mandates" + (f"/{path}" if path else ""), body, answer)


async def _word(city: CitySession, person: Person, audience: str, nonce: str) -> str:
    """Return the authority of persons' word for another authority, bound to what is signed by its nonce."""
    own = authority_of(person.number, city.trust)
    challenge = sign_in_challenge(audience, nonce, person.number)
    origin, rp_id = city.trust.origins[0], city.trust.rp_ids[0]
    assertion = make_assertion(person.key, challenge, origin=origin, rp_id=rp_id)
    request = SignInRequest(audience=audience, nonce=nonce, number=person.number, assertion=assertion)
    sealed = jwe.seal(msgspec.json.encode(request), to=_seal_key(city, own), typ="mz-sign-in-request")
    at = HubClient(f"http://127.0.0.1:{ports_of(city.data)[own]}", city.http)
    return (await at.post("/sign-ins", SealedSignIn(sealed=sealed), SignInResponse)).sign_in


def _seal_key(city: CitySession, party: str) -> Jwk:
    return city.trust.current(party, "seal", int(time.time())).jwk


def _hub(city: CitySession) -> str:
    return city.trust.with_role("hub")[0].party


def _salt() -> str:
    return b64(secrets.token_bytes(16))
