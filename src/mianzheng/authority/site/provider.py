"""An OpenID Connect provider, and this authority as its relying party (authorization code, PKCE, nonce; Authlib).

1. `begin` gives the address at the provider where a person is sent.
2. `finish` trades the code for an ID token, checks it (OpenID Connect Core 1.0 §3.1.3.7) and returns the citizen's
   number and the level at which the provider saw them. For a signature they must have been asked just now.

Discovery and keys are fetched when first needed and kept for an hour; a key that is not known fetches them once more.
"""

from __future__ import annotations

import http.client
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mianzheng.credentials.keys import refuse_if_shared
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.sites import ProviderConfig

SECONDS = 5.0
KEPT_SECONDS = 3600.0
MOST_BYTES = 262_144
SKEW = 60  # seconds
ALGORITHMS = ["ES256", "RS256", "PS256"]  # never one without a signature, never one with a shared secret


class ProviderDown(MianzhengError):
    """The provider does not answer, or says something that is not its protocol."""

    code = "provider-unavailable"
    permanent = False


class ProviderRefused(MianzhengError):
    """The provider vouches for nobody here: the person turned back, or its word does not hold."""

    code = "sign-in-refused"


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a provider vouches, and at which level it saw them."""

    number: str
    level: int

    def __repr__(self) -> str:
        """Return a text without the person."""
        return f"Vouched(level={self.level})"


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What this relying party needs of a discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Metadata
    keys: KeySet
    at: float


class Provider:
    """One provider; thread-safe."""

    def __init__(self, config: ProviderConfig, *, redirect_uri: str) -> None:
        """`redirect_uri` is where the provider sends people back; the secret is read from its file once."""
        self.config = config
        self._redirect_uri = redirect_uri
        self._secret = _read_secret(Path(config.secret_file))
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def begin(self, *, state: str, nonce: str, verifier: str, hint: str = "") -> str:
        """Return the address at which the provider asks the person, always anew; `ProviderDown` when it is away.

        `hint`: whom the person said they are (OpenID Connect Core 3.1.2.1, `login_hint`); the provider need not care.
        """
        endpoint = self._fetched().metadata.authorization_endpoint
        hinted = {"login_hint": hint} if hint else {}
        url, _ = self._client().create_authorization_url(
            endpoint, state=state, code_verifier=verifier, nonce=nonce, prompt="login", max_age="0", **hinted
        )
        return str(url)

    def finish(self, *, code: str, nonce: str, verifier: str, since: int, now: int) -> Vouched:
        """Return for whom the provider vouches by `code`; it must have asked them after `since` (seconds)."""
        token = self._trade(code, verifier)
        claims = self._claims(token, nonce, now)
        asked = claims.get("auth_time")
        if not isinstance(asked, int) or not since - SKEW <= asked <= now + SKEW:
            raise ProviderRefused("the provider did not ask anew who this is")
        number, level = claims.get(self.config.claim), self.config.levels.get(str(claims.get("acr", "")), 0)
        if not isinstance(number, str) or not number or not level:
            raise ProviderRefused("the provider does not say who this is, or not surely enough")
        return Vouched(number=number, level=level)

    def _trade(self, code: str, verifier: str) -> Mapping[str, Any]:
        endpoint = self._fetched().metadata.token_endpoint
        try:
            answer = self._client().fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except MianzhengError:
            raise
        except Exception as error:  # Authlib raises errors of several families for what a provider may answer
            raise ProviderRefused(f"the provider takes no such code: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise ProviderRefused("the provider gave no token")
        return answer

    def _claims(self, answer: Mapping[str, Any], nonce: str, now: int) -> CodeIDToken:
        known = self._fetched()
        expected = {
            "iss": {"essential": True, "value": known.metadata.issuer},
            "aud": {"essential": True, "value": self.config.client_id},
            "nonce": {"essential": True, "value": nonce},
            "acr": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": self.config.client_id, "access_token": answer.get("access_token")}
        try:
            decoded = self._decoded(str(answer.get("id_token", "")))
            claims = CodeIDToken(decoded.claims, decoded.header, expected, params)
            claims.validate(now=now, leeway=SKEW)
        except (JoseError, ValueError) as error:
            raise ProviderRefused(f"the provider's word does not hold: {type(error).__name__}") from None
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._fetched().keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):  # it may have begun to sign with another key
            return jwt.decode(token, self._fetched(anew=True).keys, algorithms=ALGORITHMS)

    def _client(self) -> Any:
        return OAuth2Client(
            _Session(),
            client_id=self.config.client_id,
            client_secret=self._secret,
            scope=self.config.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )

    def _fetched(self, *, anew: bool = False) -> _Known:
        with self._lock:
            known = self._known
            if known is None or anew or time.monotonic() - known.at > KEPT_SECONDS:
                known = self._known = self._fetch()
            return known

    def _fetch(self) -> _Known:
        issuer = self.config.issuer
        try:
            found = _get(issuer.rstrip("/") + "/.well-known/openid-configuration")
            metadata = msgspec.json.decode(found, type=_Metadata)
            keys = KeySet.import_key_set(msgspec.json.decode(_get(metadata.jwks_uri), type=dict[str, Any]))  # type: ignore[arg-type]
        except (msgspec.MsgspecError, JoseError, ValueError, KeyError) as error:
            raise ProviderDown(f"{issuer} is no provider: {type(error).__name__}") from None
        if metadata.issuer != issuer:
            raise ProviderDown(f"the provider at {issuer} calls itself something else")
        return _Known(metadata=metadata, keys=keys, at=time.monotonic())


class _Answer:
    """An answer of the token endpoint, as Authlib reads one."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self._body = body

    def json(self) -> Any:
        """Return the body read as JSON."""
        return msgspec.json.decode(self._body)

    def raise_for_status(self) -> None:
        """Raise `ProviderDown` for an answer that is an error of the server."""
        if self.status_code >= 500:
            raise ProviderDown("the provider does not answer", hint="try again in a moment")


class _Session:
    """The standard library's HTTP, as much as Authlib's client asks of a session."""

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Answer:
        """Return the answer to a form; `ProviderDown` when none comes."""
        url, named, body = auth.prepare("POST", url, dict(headers), urllib.parse.urlencode(data))
        request = urllib.request.Request(url, data=body.encode(), headers=named, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return _Answer(answer.status, answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            return _Answer(error.code, error.read(MOST_BYTES))
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            raise ProviderDown("the provider does not answer", hint="try again in a moment") from None


def _get(url: str) -> bytes:
    if not url.startswith(("https://", "http://localhost:")):
        raise ProviderDown("the provider's addresses are neither https nor of this very machine")
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            body: bytes = answer.read(MOST_BYTES)
            return body
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        raise ProviderDown("the provider does not answer", hint="try again in a moment") from None


def _read_secret(path: Path) -> str:
    try:
        refuse_if_shared(path)
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise WrongUse(f"no client secret at {path}", hint="the provider gives it to who registers; mode 600") from None
