"""Words by which a hub fetches a person's own lists: one for each gateway, good once, the number sealed to it.

1. The person signs a wish that names the hub, and each gateway with a nonce which that gateway gave.
2. The key must be enrolled for the very number behind the hub's pairwise id, as for a bundle.
3. Each nonce is burnt. The hub learns no number: every gateway opens its own word by itself.

Of a body its representative wishes it, as the register names them: the authority for persons says who signed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TypeVar

import msgspec

from mianzheng.authority.acting import code_in
from mianzheng.authority.authority import Authority
from mianzheng.authority.mandate_proofs import read_word
from mianzheng.authority.pairwise import number_behind, pairwise_id
from mianzheng.authority.proofs import Seen, is_barred, seen_by_key
from mianzheng.authority.refusals import BadSealedRequest, NonceUsed, NotNamed
from mianzheng.authority.requests import CLOCK_SKEW, read_of_hub
from mianzheng.authority.sign_ins import sealed_number, signed_sign_in
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.own_lists import BodyListsRequest, BodyWish, ListsRequest, ListsWish, ListWords

Wish = TypeVar("Wish", ListsWish, BodyWish)
REQUEST_SECONDS = 300
WISH_SECONDS = 1800  # a person reads before they sign


def give_words(authority: Authority, body: bytes) -> bytes:
    """Return the `ListWords` (JSON) that a hub's signed `ListsRequest` earns; raises a refusal otherwise."""
    at = int(authority.clock())
    what = "a request for somebody's own lists"
    hub, request = read_of_hub(
        authority, body, typ="mz-lists-request", type=ListsRequest, what=what, at=at, seconds=REQUEST_SECONDS
    )
    signed, wish = _wish(authority, request.wish, ListsWish, hub, at)
    number = number_behind(authority.journal.reader(), authority.secrets, hub, wish.pairwise)
    challenge = hashlib.sha256(signed).digest()
    seen = None if number is None else seen_by_key(request.assertion, challenge, number=number, authority=authority)
    if number is None or seen is None or is_barred(authority, number):
        raise NotNamed
    return _given(authority, wish, number, seen, at)


def give_body_words(authority: Authority, body: bytes) -> bytes:
    """Return the same for a body, on the word of the authority for persons that its representative wished it."""
    at = int(authority.clock())
    what = "a request for a body's own lists"
    hub, request = read_of_hub(
        authority, body, typ="mz-body-lists-request", type=BodyListsRequest, what=what, at=at, seconds=REQUEST_SECONDS
    )
    signed, wish = _wish(authority, request.wish, BodyWish, hub, at)
    code = code_in(authority, wish.body)
    try:
        person, said = read_word(authority, request.word, nonce=b64(hashlib.sha256(signed).digest()), at=at)
    except MandateRefused:
        raise NotNamed from None
    if code is None or authority.kind != "enterprise" or authority.records.representative(code) != person:
        raise NotNamed
    seen = Seen(name=authority.enrolment.name_of(code), signer="", method="representative", level=said.level)
    return _given(authority, wish, code, seen, at)


def _given(authority: Authority, wish: ListsWish | BodyWish, number: str, seen: Seen, at: int) -> bytes:
    if not authority.journal.commit(lambda connection: _burn(authority, connection, wish, number, at)):
        raise NonceUsed("one of these nonces was used already", hint="take new ones")
    words = {gateway: _word(authority, gateway, nonce, number, seen, at) for gateway, nonce in wish.nonces.items()}
    return msgspec.json.encode(ListWords(words=words))


def _wish(authority: Authority, sent: str, type: type[Wish], hub: str, at: int) -> tuple[bytes, Wish]:
    """Return the bytes that were signed and what they say; only of gateways of this city, and for this hub."""
    try:
        signed = unb64(sent)
        wish = msgspec.json.decode(signed, type=type)
    except (ValueError, msgspec.MsgspecError):
        raise BadSealedRequest("not a wish to read one's own lists") from None
    known = {party.party for party in authority.trust.with_role("gateway")}
    if wish.hub != hub or not wish.nonces or not wish.nonces.keys() <= known:
        raise BadSealedRequest("the wish is of another hub, or names what is no gateway")
    if not at - WISH_SECONDS <= wish.iat <= at + CLOCK_SKEW:
        raise BadSealedRequest("the wish is too old")
    return signed, wish


def _burn(
    authority: Authority, connection: sqlite3.Connection, wish: ListsWish | BodyWish, number: str, at: int
) -> bool:
    """Burn every nonce and note the reading; False, and nothing is burnt, when one was used before."""
    used = [(gateway, nonce, at) for gateway, nonce in sorted(wish.nonces.items())]
    query = "SELECT 1 FROM nonces_used WHERE audience = ? AND nonce = ?"
    if any(connection.execute(query, one[:2]).fetchone() for one in used):
        return False
    connection.executemany("INSERT INTO nonces_used VALUES (?, ?, ?)", used)
    authority.book.note(connection, "lists", at=at, hub=wish.hub, number=number)
    return True


def _word(authority: Authority, gateway: str, nonce: str, number: str, seen: Seen, at: int) -> str:
    return signed_sign_in(
        authority,
        audience=gateway,
        nonce=nonce,
        seen=seen,
        pairwise=pairwise_id(authority.secrets, gateway, number),
        at=at,
        sealed=sealed_number(authority, authority.trust.party(gateway), number, at),
    )
