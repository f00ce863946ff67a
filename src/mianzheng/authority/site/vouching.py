"""What the site gives on the word of a provider or a passkey: a sign-in for a hub, or a signature by a remote key.

Both are lines of the authority's own log, which the person reads; a refusal is one too, without a person.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

import msgspec

from mianzheng.authority import own_keys
from mianzheng.authority.authority import Authority
from mianzheng.authority.mandate_rows import day_of
from mianzheng.authority.pairwise import pairwise_id, remember_pairwise
from mianzheng.authority.proofs import Seen, is_barred
from mianzheng.authority.refusals import NonceUsed, NotNamed
from mianzheng.authority.sign_ins import frozen_for, sealed_number, signed_sign_in
from mianzheng.authority.site import rows
from mianzheng.authority.site.rows import Flow, SiteSession
from mianzheng.authority.site.site import BadFlow, Site
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.identity import Assertion


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """Who proved themself at the site: by which method, at which level of presence."""

    number: str
    method: str  # passkey, or the provider's id
    level: int

    def __repr__(self) -> str:
        """Return a text without the person."""
        return f"Proven(method={self.method!r}, level={self.level})"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in: the word for the hub ("" for this site's own pages), and the token of this browser's session."""

    word: str
    session: str


def sign_in(site: Site, token: str, flow: Flow, proven: Proven) -> SignedIn:
    """Return the word for the flow's audience; the flow ends with it, and its nonce is burnt."""
    authority, at = site.authority, site.now()
    name = _name(authority, proven.number)
    pairwise = pairwise_id(authority.secrets, flow.audience, proven.number)
    session = rows.new_token()
    kept = SiteSession(
        number=proven.number, method=proven.method, level=proven.level, until=at + rows.SESSION_SECONDS,
        act=flow.act, act_until=at + rows.ACT_SECONDS if flow.act else 0,
    )  # fmt: skip

    def keep(connection: sqlite3.Connection) -> bool:
        _end(connection, token)
        burnt = (flow.audience, flow.nonce, at)
        if connection.execute("INSERT OR IGNORE INTO nonces_used VALUES (?, ?, ?)", burnt).rowcount != 1:
            return False
        if flow.audience != authority.party:
            remember_pairwise(connection, authority.secrets, flow.audience, pairwise, proven.number)
        rows.keep_session(connection, authority.secrets, session, kept)
        _note(authority, connection, "sign-in", flow, proven, at)
        return True

    if not authority.journal.commit(keep):
        raise NonceUsed("this nonce was used for a sign-in already", hint="begin again where you came from")
    if flow.audience == authority.party:
        return SignedIn(word="", session=session)
    own = own_keys.keys_of(authority.journal.reader(), authority.secrets, proven.number)
    audience = authority.trust.party(flow.audience)
    word = signed_sign_in(
        authority,
        audience=flow.audience,
        nonce=flow.nonce,
        seen=Seen(name=name, signer="", method=proven.method, level=proven.level),
        pairwise=pairwise,
        at=at,
        passkeys=own_keys.passkeys_of(own),
        holder=own_keys.holder_key(authority.secrets, proven.number, day_of(at)).public.jwk,
        sealed=sealed_number(authority, audience, proven.number, at),
        frozen=frozen_for(authority, audience, proven.number, at),
    )
    return SignedIn(word=word, session=session)


def sign(site: Site, token: str, flow: Flow, proven: Proven) -> Assertion:
    """Return the assertion of the person's remote key over the flow's digest; the flow ends with it."""
    authority, at = site.authority, site.now()
    _name(authority, proven.number)

    def keep(connection: sqlite3.Connection) -> PrivateKey:
        _end(connection, token)
        _note(authority, connection, "remote-signature", flow, proven, at)
        return own_keys.remote_key(connection, authority.secrets, proven.number, level=proven.level, at=at)

    key = authority.journal.commit(keep)
    rp_id = authority.trust.rp_ids[0]
    return make_assertion(key, unb64(flow.digest), origin=site.config.url, rp_id=rp_id, kind="remote")


def refuse(site: Site, flow: Flow, token: str, code: str) -> None:
    """Let a flow end in nothing, and leave a line that says so and of nobody."""
    authority, at = site.authority, site.now()

    def keep(connection: sqlite3.Connection) -> None:
        rows.end_flow(connection, token)
        authority.book.note(connection, "refused", at=at, hub=flow.audience, number="", role=flow.provider, code=code)

    authority.journal.commit(keep)


def asked_nonce(flow: Flow, salt: str) -> str:
    """Return the nonce that a provider must repeat: of a signature, bound to the digest that is signed."""
    return salt + "." + b64(hashlib.sha256(canonical([flow.purpose, flow.audience, flow.digest, salt])).digest())


def new_salt() -> str:
    """Return what makes the nonce of one flow its own."""
    return secrets.token_urlsafe(16)


def is_asked(flow: Flow) -> bool:
    """Tell whether the nonce that was asked for is that of this flow's very digest."""
    salt, _, _ = flow.asked.partition(".")
    return bool(salt) and secrets.compare_digest(flow.asked, asked_nonce(flow, salt))


def _name(authority: Authority, number: str) -> str:
    """Return the name of a number; `NotNamed` for nobody's, or that of one who died."""
    name = authority.enrolment.name_of(number)
    if not name or is_barred(authority, number):
        raise NotNamed
    return name


def _end(connection: sqlite3.Connection, token: str) -> None:
    if not rows.end_flow(connection, token):
        raise BadFlow


def _note(authority: Authority, connection: sqlite3.Connection, kind: str, flow: Flow, proven: Proven, at: int) -> None:
    authority.book.note(
        connection, kind, at=at, hub=flow.audience, number=proven.number, role=proven.method, request=flow.digest
    )
