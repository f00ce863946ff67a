"""Passkeys: registered by somebody seen at level 3, and used to sign in without a number (WebAuthn Level 2).

A credential is discoverable, of ES256, and verifies its user. The challenge is the SHA-256 of a token that only this
browser's page was given, kept as a flow: good once, for ten minutes. At a sign-in the origin must be this site's own
to the letter, so that no other page of the city can have a sign-in signed.
"""

from __future__ import annotations

import sqlite3

import msgspec
from webauthn import verify_registration_response
from webauthn.helpers import decode_credential_public_key
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey
from webauthn.helpers.exceptions import WebAuthnException

from mianzheng.authority import calls, own_keys, presences, telephones
from mianzheng.authority.own_keys import OwnKey
from mianzheng.authority.refusals import NotNamed
from mianzheng.authority.site import rows
from mianzheng.authority.site.rows import Flow, SiteSession
from mianzheng.authority.site.site import BadFlow, Site
from mianzheng.authority.site.vouching import Proven
from mianzheng.credentials.assertion import BadAssertion, verify_assertion
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.identity import Assertion, Jwk

LEVEL = 3  # of who registers, and so of the key
MOST = 10  # passkeys of one person
METHOD = "passkey"
MOST_NAME = 40  # signs
REGISTERED = "已为您登记一把通行密钥（{name}）。如非本人，请立即到公安部门窗口移除。"
REMOVED = "已移除您的一把通行密钥（{name}）。如非本人，请立即联系公安部门。"


class BadPasskey(MianzhengError):
    """The browser's answer is no passkey of this site, or not the one that was asked for."""

    code = "passkey-refused"


class TooMany(WrongUse):
    """One person has no more passkeys than this."""

    code = "passkeys-too-many"


class SentAssertion(msgspec.Struct, frozen=True, kw_only=True):
    """What a page sends of a passkey's answer at a sign-in; all base64url."""

    credential: str
    authenticator_data: str
    client_data: str
    signature: str


def user_handle(site: Site, number: str) -> str:
    """Return how an authenticator knows this person's account (b64): a pseudonym, never the number."""
    return site.authority.secrets.pseudonym("user-handle", number)


def challenge(token: str) -> str:
    """Return the challenge (b64) of a flow's page."""
    return rows.named(token)


def register(site: Site, token: str, session: SiteSession, *, name: str, credential: str) -> None:
    """Register what an authenticator made for the flow of `token`; the person is told by telephone."""
    at, authority = site.now(), site.authority
    key, credential_id = _made(site, token, credential)
    shown = " ".join(name.split())[:MOST_NAME] or "通行密钥"
    own = OwnKey(
        number=session.number, kind="passkey", level=LEVEL, key=key, at=at, credential=credential_id, name=shown
    )
    words = REGISTERED.format(name=shown)

    def keep(connection: sqlite3.Connection) -> int:
        if not rows.end_flow(connection, token):
            raise BadFlow
        have = own_keys.keys_of(connection, authority.secrets, session.number)
        if sum(one.kind == "passkey" for one in have) >= MOST:
            raise TooMany(f"nobody has more than {MOST} passkeys", hint="remove one first")
        if not own_keys.add(connection, authority.secrets, own):
            raise BadPasskey("this passkey is registered already")
        if any(one.kind == "passkey" for one in have):  # a further device: the first one is told, and time to object
            telephones.freeze(connection, authority.secrets, session.number, at=at)
        authority.book.note(connection, "passkey-registered", at=at, hub="", number=session.number, role=METHOD)
        return presences.tell(connection, authority.secrets, session.number, words, at=at)

    notice = authority.journal.commit(keep)
    calls.send(authority, session.number, words, notice=notice, at=at)


def remove(site: Site, session: SiteSession, thumbprint: str) -> None:
    """Remove a key of the signed-in person; the person is told by telephone."""
    at, authority = site.now(), site.authority
    have = own_keys.keys_of(authority.journal.reader(), authority.secrets, session.number)
    named = {own_keys.thumbprint_of(one): one.name for one in have}
    words = REMOVED.format(name=named.get(thumbprint) or "远程签名")

    def drop(connection: sqlite3.Connection) -> int:
        if not own_keys.remove(connection, authority.secrets, session.number, thumbprint):
            raise BadPasskey("you have no such key")
        authority.book.note(connection, "passkey-removed", at=at, hub="", number=session.number, role=METHOD)
        return presences.tell(connection, authority.secrets, session.number, words, at=at)

    notice = authority.journal.commit(drop)
    calls.send(authority, session.number, words, notice=notice, at=at)


def seen(site: Site, token: str, sent: str) -> Proven:
    """Return whose passkey answered the challenge of a flow; `NotNamed` for nobody's: which part failed is not said."""
    authority = site.authority
    try:
        answer = msgspec.json.decode(sent.encode(), type=SentAssertion)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise NotNamed from None
    account, at = authority.secrets.pseudonym("tries", METHOD, answer.credential), site.now()
    if authority.tries.rests(account, at):
        raise NotNamed
    own = own_keys.by_credential(authority.journal.reader(), authority.secrets, answer.credential)
    if own is None or own.kind != "passkey":
        authority.tries.failed(account, at)
        raise NotNamed
    assertion = Assertion(
        kind="passkey",
        key=own.key,
        authenticator_data=answer.authenticator_data,
        client_data=answer.client_data,
        signature=answer.signature,
    )
    try:
        verify_assertion(
            assertion,
            unb64(challenge(token)),
            rp_ids=authority.trust.rp_ids,
            origins=(site.config.url,),
            allow_software=False,
        )
    except BadAssertion:
        authority.tries.failed(account, at)
        raise NotNamed from None
    return Proven(number=own.number, method=METHOD, level=own.level)


def begin_registration(site: Site, browser: str) -> str:
    """Return the token of a registration's flow."""
    flow = Flow(
        purpose="register", audience=site.authority.party, nonce="", back="/devices", state="",
        browser=rows.named(browser), at=site.now(),
    )  # fmt: skip
    return site.begin(flow)


def _made(site: Site, token: str, credential: str) -> tuple[Jwk, str]:
    """Return the public key and id (b64) of a credential that was made for a flow; `BadPasskey` otherwise."""
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=unb64(challenge(token)),
            expected_rp_id=site.authority.trust.rp_ids[0],
            expected_origin=site.config.url,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier.ECDSA_SHA_256],
        )
        key = decode_credential_public_key(made.credential_public_key)
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise BadPasskey(f"the browser's answer is no passkey: {type(error).__name__}") from None
    if not isinstance(key, DecodedEC2PublicKey):
        raise BadPasskey("the passkey is of another kind than ES256")
    jwk = Jwk(kty="EC", crv="P-256", x=b64(key.x), y=b64(key.y))
    return jwk, b64(made.credential_id)
