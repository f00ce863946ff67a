"""What the demo's provider does as an OpenID Connect provider: requests, codes, ID tokens (OpenID Connect Core 1.0).

Authorization code with PKCE (S256) for one client, which names itself by its secret. All of it lies in memory.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import unquote_plus

import msgspec

from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.errors import MianzhengError
from mianzheng.provider.people import DemoPerson

REQUEST_SECONDS, CODE_SECONDS, TOKEN_SECONDS = 600, 60, 300
MOST_KEPT = 10_000
NUMBER_CLAIM = "citizen_number"


class BadRequest(MianzhengError):
    """A request that the provider does not take; `code` is the error of RFC 6749, or of a page that leads nowhere."""

    code = "invalid_request"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization request that holds."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    until: float


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What a code stands for; good once, for a minute."""

    request: Request
    person: DemoPerson
    at: int
    until: float


class IdToken(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of an ID token; `sub` is an alias, the number a claim of its own."""

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    auth_time: int
    nonce: str
    acr: str
    amr: tuple[str, ...]
    citizen_number: str


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of the token endpoint."""

    access_token: str
    id_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = TOKEN_SECONDS


class Issuer:
    """The provider's state; thread-safe."""

    def __init__(
        self, url: str, key: PrivateKey, *, client: str, secret: str, redirect_uri: str,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`url` is the issuer; `redirect_uri` the one address to which people are led back."""
        self.url = url
        self._key = key
        self._client = client
        self._secret = secret
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: dict[str, Request] = {}
        self._codes: dict[str, Code] = {}

    def metadata(self) -> dict[str, object]:
        """Return the discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid"],
            "claims_supported": ["sub", "acr", "auth_time", NUMBER_CLAIM],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, object]:
        """Return the JWK Set."""
        jwk = self._key.public.jwk
        members = {"kty": jwk.kty, "crv": jwk.crv, "x": jwk.x, "y": jwk.y}
        return {"keys": [members | {"kid": self._key.kid, "use": "sig", "alg": "ES256"}]}

    def begin(self, asked: dict[str, str]) -> str:
        """Return the token of an authorization request; `BadRequest` for one that does not hold."""
        wanted = {"client_id": self._client, "redirect_uri": self._redirect_uri, "response_type": "code"}
        wanted |= {"code_challenge_method": "S256"}
        if wrong := [name for name, value in wanted.items() if asked.get(name) != value]:
            raise BadRequest(f"{', '.join(wrong)}: not what this provider knows")
        if "openid" not in asked.get("scope", "").split() or not asked.get("code_challenge") or not asked.get("nonce"):
            raise BadRequest("scope openid, a code challenge and a nonce are needed")
        request = Request(
            redirect_uri=asked["redirect_uri"], state=asked.get("state", ""), nonce=asked["nonce"],
            challenge=asked["code_challenge"], until=self._clock() + REQUEST_SECONDS,
        )  # fmt: skip
        token = secrets.token_urlsafe(24)
        with self._lock:
            _put(self._requests, token, request)
        return token

    def request(self, token: str) -> Request:
        """Return a request that waits; `BadRequest` without a token, and (flow-ended) for one unknown or too late."""
        if not token:
            raise BadRequest("request_token: which request is answered")
        with self._lock:
            found = self._requests.get(token)
        if found is None or found.until < self._clock():
            raise BadRequest("no such request: unknown, answered already, or begun too long ago", code="flow-ended")
        return found

    def choose(self, token: str, person: DemoPerson) -> tuple[Request, str]:
        """Return the request, and the code for a person who was chosen; the request ends with it."""
        request = self.request(token)
        code = secrets.token_urlsafe(24)
        at = self._clock()
        with self._lock:
            self._requests.pop(token, None)
            _put(self._codes, code, Code(request=request, person=person, at=int(at), until=at + CODE_SECONDS))
        return request, code

    def trade(self, form: dict[str, str], authorization: str) -> TokenAnswer:
        """Return the tokens that a code earns, once; `BadRequest` otherwise."""
        if not secrets.compare_digest(_basic(authorization), f"{self._client}:{self._secret}"):
            raise BadRequest("who asks is not the client", code="invalid_client")
        if form.get("grant_type") != "authorization_code":
            raise BadRequest("only codes are traded", code="unsupported_grant_type")
        with self._lock:
            found = self._codes.pop(form.get("code", ""), None)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            found is None
            or found.until < self._clock()
            or form.get("redirect_uri") != found.request.redirect_uri
            or not secrets.compare_digest(challenge, found.request.challenge)
        ):
            raise BadRequest("no such code", code="invalid_grant")
        return TokenAnswer(access_token=secrets.token_urlsafe(24), id_token=self._id_token(found))

    def claims(self, honest: IdToken) -> object:
        """Return what the ID token says."""
        return honest

    def signer(self) -> PrivateKey:
        """Return the key that signs it."""
        return self._key

    def _id_token(self, code: Code) -> str:
        now, key = int(self._clock()), self.signer()
        claims = IdToken(
            iss=self.url, sub=code.person.id, aud=self._client, exp=now + TOKEN_SECONDS, iat=now, auth_time=code.at,
            nonce=code.request.nonce, acr=code.person.acr, amr=("face",), citizen_number=code.person.number,
        )  # fmt: skip
        head = b64(canonical({"alg": "ES256", "typ": "JWT", "kid": key.kid}))
        signed = f"{head}.{b64(canonical(self.claims(claims)))}"
        return f"{signed}.{b64(key.sign(signed.encode()))}"


def _put(kept: dict[str, object] | dict[str, Request] | dict[str, Code], token: str, value: object) -> None:
    """Keep a value; the oldest goes when there are too many."""
    kept[token] = value  # type: ignore[assignment]
    if len(kept) > MOST_KEPT:
        kept.pop(next(iter(kept)))


def _basic(header: str) -> str:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode("ascii").partition(":")
    except ValueError:
        return ""
    return f"{unquote_plus(name)}:{unquote_plus(secret)}"
