"""Sign-in: from a sealed number and proof to a pairwise id, without anyone between learning the number.

1. Open the request (sealed to this authority by the client; the hub only carries it).
2. Check the proof: unknown number, wrong key and bad proof take the same steps.
3. Burn the nonce, whatever the proof was worth: it names one sign-in.
4. Sign `{audience, nonce, pairwise id, display, method, level}`; for a gateway the number, sealed to it.
"""

from __future__ import annotations

import sqlite3

from mianzheng.authority import calls, own_keys, telephones
from mianzheng.authority.authority import Authority
from mianzheng.authority.enrolment import masked
from mianzheng.authority.pairwise import pairwise_id, remember_pairwise
from mianzheng.authority.proofs import Seen, seen_by_chip, seen_by_key
from mianzheng.authority.refusals import BadSealedRequest, NonceUsed, NotNamed
from mianzheng.authority.requests import open_request
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.trust import Party, Untrusted
from mianzheng.model.identity import Jwk, Passkey, SignIn, SignInRequest, sign_in_challenge

SIGN_IN_SECONDS = 300


def sign_in(authority: Authority, sealed: str) -> str:
    """Return the signed sign-in (JWS) that a sealed request earns; raises a refusal otherwise."""
    at = int(authority.clock())
    request = _open(authority, sealed)
    audience = _audience(authority, request)
    seen = _proven(authority, request, at)
    pairwise = pairwise_id(authority.secrets, request.audience, request.number)

    def remember(connection: sqlite3.Connection) -> bool:
        burnt = (request.audience, request.nonce, at)
        if connection.execute("INSERT OR IGNORE INTO nonces_used VALUES (?, ?, ?)", burnt).rowcount != 1:
            return False
        if seen is not None:
            remember_pairwise(connection, authority.secrets, request.audience, pairwise, request.number)
            authority.book.note(connection, "sign-in", at=at, hub=request.audience, number=request.number)
        return True

    if not authority.journal.commit(remember):
        raise NonceUsed("this nonce was used for a sign-in already", hint="take a new one")
    if seen is None:
        raise NotNamed
    sealed = sealed_number(authority, audience, request.number, at)
    frozen = frozen_for(authority, audience, request.number, at)
    return signed_sign_in(
        authority, audience=request.audience, nonce=request.nonce, seen=seen, pairwise=pairwise, at=at, sealed=sealed,
        holder=_holder(authority, audience, request.number, at), frozen=frozen,
    )  # fmt: skip


def _open(authority: Authority, sealed: str) -> SignInRequest:
    request = open_request(authority, sealed, typ="mz-sign-in-request", type=SignInRequest)
    if (request.assertion is None) == (request.chip == ""):
        raise BadSealedRequest("a sign-in has one proof: an assertion or a chip read")
    return request


def _audience(authority: Authority, request: SignInRequest) -> Party:
    try:
        party = authority.trust.party(request.audience)
    except Untrusted as error:
        raise BadSealedRequest(error.message) from None
    if not {"hub", "gateway"}.intersection(party.roles):
        raise BadSealedRequest(f"{request.audience} is neither a hub nor a gateway")
    return party


def _proven(authority: Authority, request: SignInRequest, at: int) -> Seen | None:
    """Return who proved themself; None also while the account rests, after the same work."""
    kind = "chip" if request.assertion is None else "key"
    account, seen = authority.secrets.pseudonym("tries", kind, request.number), _prove(authority, request, at)
    if authority.tries.rests(account, at):
        return None
    if seen is None:
        authority.tries.failed(account, at)
    return seen


def _prove(authority: Authority, request: SignInRequest, at: int) -> Seen | None:
    challenge = sign_in_challenge(request.audience, request.nonce, request.number)
    if request.assertion is not None:
        return seen_by_key(request.assertion, challenge, number=request.number, authority=authority)
    return seen_by_chip(request.chip, challenge, number=request.number, authority=authority, at=at)


def signed_sign_in(
    authority: Authority,
    *,
    audience: str,
    nonce: str,
    seen: Seen,
    pairwise: str,
    at: int,
    sealed: str = "",
    presence: str = "",
    clerk: str = "",
    passkeys: tuple[Passkey, ...] = (),
    holder: Jwk | None = None,
    frozen: int = 0,
) -> str:
    """Return the authority's word (JWS) that whoever is behind `pairwise` was seen."""
    answer = SignIn(
        audience=audience,
        nonce=nonce,
        authority=authority.party,
        pairwise=pairwise,
        display=masked(seen.name),
        method=seen.method,
        level=seen.level,
        iat=at,
        exp=at + SIGN_IN_SECONDS,
        sealed_number=sealed,
        presence=presence,
        clerk=clerk,
        passkeys=passkeys,
        holder=holder,
        frozen_until=frozen,
    )
    return jws.sign(answer, key=authority.sign, typ="mz-sign-in")


def _holder(authority: Authority, audience: Party, number: str, at: int) -> Jwk | None:
    """Return the key kept for a person, for a hub; no key is kept for bodies."""
    if "hub" not in audience.roles or authority.kind != "person":
        return None
    return own_keys.holder_key(authority.secrets, number, calls.day_of(at)).public.jwk


def sealed_number(authority: Authority, audience: Party, number: str, at: int) -> str:
    """Return a number sealed to a gateway, "" for a hub: no hub is told one."""
    if "gateway" not in audience.roles:
        return ""
    to = authority.trust.current(audience.party, "seal", at)
    return jwe.seal(number.encode(), to=to, typ="mz-number")


def frozen_for(authority: Authority, audience: Party, number: str, at: int) -> int:
    """Return until when a number grants nothing, as an authority of bodies is told it; 0 for any other audience."""
    if "authority:enterprise" not in audience.roles:
        return 0
    return telephones.frozen_until(authority.journal.reader(), authority.secrets, number, at=at)
