"""What reaches an authority, opened and read: requests sealed to it by people, requests signed by a hub."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from mianzheng.authority.authority import Authority
from mianzheng.authority.refusals import BadSealedRequest, Stale, WrongHubKey
from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted

T = TypeVar("T")
CLOCK_SKEW = 60  # seconds by which a hub's clock may be ahead


class FromHub(Protocol):
    """What every request of a hub states about itself."""

    @property
    def aud(self) -> str:
        """To whom it is."""

    @property
    def iat(self) -> int:
        """When it was made."""


R = TypeVar("R", bound=FromHub)


def open_request(authority: Authority, sealed: str, *, typ: str, type: type[T]) -> T:
    """Return a request that somebody sealed to this authority; `BadSealedRequest` when it does not open."""
    try:
        return msgspec.json.decode(jwe.open_sealed(sealed, key=authority.seal, typ=typ), type=type)
    except (BadToken, BadSeal, msgspec.DecodeError):
        raise not_opened() from None


def not_opened() -> BadSealedRequest:
    """Return the refusal of a sealed request: which part of it failed is not said."""
    return BadSealedRequest("the sealed request cannot be opened or read", hint="seal it to this authority")


def read_of_hub(
    authority: Authority, body: bytes, *, typ: str, type: type[R], what: str, at: int, seconds: int
) -> tuple[str, R]:
    """Return which hub signed a request `what` for this authority within the last `seconds`, and the request."""
    try:
        token = body.decode("ascii")
        hub, request = authority.trust.read(token, typ=typ, type=type, role="hub", at=at)
    except (UnicodeDecodeError, BadToken) as error:
        raise BadSealedRequest(f"not {what}: {error}") from None
    except Untrusted as error:
        raise WrongHubKey(error.message) from None
    check_audience(authority, request)
    check_fresh(request, at=at, seconds=seconds)
    return hub.party, request


def check_audience(authority: Authority, request: FromHub) -> None:
    """Raise `WrongHubKey` for a request to another authority."""
    if request.aud != authority.party:
        raise WrongHubKey(f"the request is for {request.aud!r}", code="wrong-audience")


def check_fresh(request: FromHub, *, at: int, seconds: int) -> None:
    """Raise `Stale` for a request made more than `seconds` ago, or in the future."""
    if not at - seconds <= request.iat <= at + CLOCK_SKEW:
        raise Stale(f"the request was not made within the last {seconds} s", hint="make a new one")
