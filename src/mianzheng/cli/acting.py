"""Mandates 委托 of the personas of one city: granted and ended by their own keys, and a case opened on one.

What goes sealed to the authority and back stands in `client/mandates`; beside a presence a clerk's key signs there.
"""

from __future__ import annotations

import time

import msgspec

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.ports import ports_of
from mianzheng.client.hub_client import HubClient
from mianzheng.client.mandates import MandateFile as MandateFile
from mianzheng.client.mandates import Mandates, new_salt
from mianzheng.client.mandates import Terms as Terms
from mianzheng.client.mandates import mandate_of as read_mandate
from mianzheng.client.numbers import authority_of
from mianzheng.client.person import Acting, Person
from mianzheng.client.window import Staff
from mianzheng.credentials import jwe
from mianzheng.credentials.assertion import make_assertion
from mianzheng.mandates.token import digest_of, show
from mianzheng.model.canonical import digest
from mianzheng.model.identity import Jwk, SealedSignIn, SignInRequest, SignInResponse, sign_in_challenge
from mianzheng.model.mandate import (
    BodyCode,
    Mandate,
    MandateChange,
    MandateChanged,
    change_challenge,
    change_digest,
    grant_challenge,
    grant_digest,
)


def mandate_of(city: CitySession, file: MandateFile) -> Mandate:
    """Return the verified mandate of a file, as of a time at which it holds."""
    return read_mandate(city.trust, file)


async def grant(
    city: CitySession, person: Person, terms: Terms, *, agent: str, agent_name: str, body: str = "", passes_on: str = ""
) -> MandateFile:
    """Grant with the person's own key; as legal representative of `body`; or pass on the mandate of that digest."""
    mandates = _mandates(city)
    asked, reply = mandates.asked(
        terms, principal=body or person.number, agent=agent, agent_name=agent_name, holder=_holder(city, terms)
    )
    if passes_on:
        asked = msgspec.structs.replace(asked, principal="", passes_on=passes_on)
    authority = authority_of(body or person.number, city.trust)
    if authority_of(person.number, city.trust) != authority:
        proof = {"sign_in": await _word(city, person, authority, grant_digest(asked))}
        return await mandates.send(authority, msgspec.structs.replace(asked, **proof), reply)
    assertion = make_assertion(
        person.key, grant_challenge(asked), origin=city.trust.origins[0], rp_id=city.trust.rp_ids[0]
    )
    return await mandates.send(authority, msgspec.structs.replace(asked, assertion=assertion), reply)


async def grant_beside(
    city: CitySession, clerk: Staff, terms: Terms, *, principal: str, agent: str, agent_name: str, presence: str = ""
) -> MandateFile:
    """Have a clerk sign beside a presence that passed, or without one hand out the paper."""
    return await _mandates(city).grant_beside(
        clerk,
        terms,
        principal=principal,
        agent=agent,
        agent_name=agent_name,
        holder=_holder(city, terms),
        presence=presence,
    )


async def give_back(city: CitySession, clerk: Staff, file: MandateFile, code: str) -> MandateFile:
    """Hand in the code of a paper; the mandate holds a day later."""
    return await _mandates(city).give_back(clerk, file, code)


async def change(city: CitySession, person: Person, file: MandateFile, *, confirm: bool = False) -> MandateChanged:
    """End a mandate as principal or agent, or `confirm` one as a body's new legal representative."""
    mandates = _mandates(city)
    asked = MandateChange(
        mandate=digest_of(file.mandate),
        change="confirm" if confirm else "revoke",
        hub=mandates.party,
        number=person.number,
        salt=new_salt(),
    )
    if authority_of(person.number, city.trust) != file.authority:
        word = await _word(city, person, file.authority, change_digest(asked))
        asked = msgspec.structs.replace(asked, sign_in=word)
    else:
        origin, rp_id = city.trust.origins[0], city.trust.rp_ids[0]
        assertion = make_assertion(person.key, change_challenge(asked), origin=origin, rp_id=rp_id)
        asked = msgspec.structs.replace(asked, assertion=assertion)
    return await mandates.post(file.authority, "changes", asked, MandateChanged)


async def change_beside(
    city: CitySession, clerk: Staff, file: MandateFile, *, principal: str, presence: str
) -> MandateChanged:
    """End a mandate of a principal who stands at a window, beside their presence."""
    return await _mandates(city).end_beside(
        clerk, authority=file.authority, mandate=digest_of(file.mandate), principal=principal, presence=presence
    )


def acting_on(city: CitySession, file: MandateFile, item: str) -> Acting:
    """Return what a case opened on a mandate carries: the one item of it that the hub is shown."""
    mandate = mandate_of(city, file)
    return Acting(mandate=show(file.mandate, item), digest=mandate.digest, holder=mandate.holder)


def acting_for_body(city: CitySession, code: str) -> Acting:
    """Return what a case carries that a body's legal representative opens: the body's code, sealed."""
    authority = authority_of(code, city.trust)
    sealed = jwe.seal(
        msgspec.json.encode(BodyCode(code=code, salt=new_salt())), to=_seal_key(city, authority), typ="mz-body"
    )
    return Acting(body=sealed, digest=digest(sealed.encode("ascii")))


def _mandates(city: CitySession) -> Mandates:
    return Mandates(hub=city.hub(), trust=city.trust)


def _holder(city: CitySession, terms: Terms) -> Jwk | None:
    return None if terms.result_to_agent else city.wallet.new_mandate_key()


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
