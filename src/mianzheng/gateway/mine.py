"""`GET /mine` and `GET /log`: a person's own list, and the log without subjects for hub and auditor."""

from __future__ import annotations

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.nonces import Nonces
from mianzheng.gateway.permission import AUTHORITY
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import CLOCK_SKEW
from mianzheng.model.identity import SignIn
from mianzheng.model.witnessing import LogPage, LogRequest, MineEntry

LOG_REQUEST_SECONDS = 300
_DIGITS = 12


def mine(gateway: Gateway, nonces: Nonces, header: str) -> tuple[MineEntry, ...]:
    """Return every line about the person whom an authority's sign-in names for this gateway."""
    at = gateway.now()
    sign_in = _sign_in(gateway, _token(header, "SignIn", code="sign-in-invalid"), at)
    if not nonces.take(sign_in.nonce, at):
        raise Refused("nonce-used", "the nonce is not this gateway's, too old, or was used", hint="take a new one")
    try:
        number = jwe.open_sealed(sign_in.sealed_number, key=gateway.seal, typ="mz-number").decode()
    except (BadToken, BadSeal, UnicodeDecodeError):
        raise Refused("sign-in-invalid", "the sign-in holds no number for this gateway") from None
    return gateway.log.mine(number, at=at)


def log_page(gateway: Gateway, header: str, start: str) -> LogPage:
    """Return a page of the log to the hub or an auditor, who signs that they ask."""
    at = gateway.now()
    token = _token(header, "Auditor", code="auditor-unknown")
    try:
        party, key = gateway.trust.owner(token, use="sign", at=at)
        request = jws.verify_as(token, typ="mz-log-request", key=key, type=LogRequest)
    except (BadToken, Untrusted) as error:
        raise Refused("auditor-unknown", error.message) from None
    known = "auditor" in party.roles or party.party == gateway.config.hub
    if not known or request.aud != gateway.party or not at - LOG_REQUEST_SECONDS <= request.iat <= at + CLOCK_SKEW:
        raise Refused("auditor-unknown", "only this gateway's hub and auditors read its log, with a fresh request")
    if not start.isdecimal() or len(start) > _DIGITS:
        raise Refused("malformed-request", "start is the number of a line")
    return gateway.log.page(int(start), at=at)


def _sign_in(gateway: Gateway, token: str, at: int) -> SignIn:
    try:
        party, key = gateway.trust.owner(token, use="sign", at=at)
        sign_in = jws.verify_as(token, typ="mz-sign-in", key=key, type=SignIn)
    except (BadToken, Untrusted) as error:
        raise Refused("sign-in-invalid", error.message) from None
    if not set(AUTHORITY.values()).intersection(party.roles) or sign_in.authority != party.party:
        raise Refused("sign-in-invalid", "the sign-in is no authority's")
    if sign_in.audience != gateway.party or not sign_in.iat - CLOCK_SKEW <= at < sign_in.exp:
        raise Refused("sign-in-invalid", "the sign-in is for another audience, or too old")
    return sign_in


def _token(header: str, scheme: str, *, code: str) -> str:
    found, _, token = header.partition(" ")
    if found != scheme or not token:
        raise Refused(code, f"the header `authorization: {scheme} <token>` is missing")
    return token.strip()
