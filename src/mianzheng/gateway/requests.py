"""A request's outside: whose it is, for whom, when it was made, and whether it was served before.

The same id with the same body gives the same bytes again, however late: after a crash the hub
sends what it committed. The same id with another body is refused, and so is a new request made
too long ago.
"""

from __future__ import annotations

import sqlite3
from typing import Generic, Protocol, TypeVar

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.vault import Vault
from mianzheng.model.canonical import digest

CLOCK_SKEW = 60  # seconds by which the hub's clock may be ahead


class SignedRequest(Protocol):
    """What every request of the hub states about itself; ids and digests have the forms of `model/ids`."""

    @property
    def aud(self) -> str:
        """To whom it is."""

    @property
    def iat(self) -> int:
        """When it was made."""

    @property
    def request(self) -> str:
        """Its id."""

    @property
    def entry(self) -> str:
        """Leaf hash of the hub's asked entry."""


R = TypeVar("R", bound=SignedRequest)


class Incoming(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A request whose signature and audience were checked; `digest` is of all its bytes."""

    request: R
    digest: str


def read_request(gateway: Gateway, body: bytes, *, typ: str, type: type[R], at: int) -> Incoming[R]:
    """Return the request in `body`; `Refused` unless this gateway's hub signed it for it, with its key for signing."""
    try:
        token = body.decode("ascii")
        key = gateway.trust.key(gateway.config.hub, "sign", jws.unverified_kid(token), at)
        request = jws.verify_as(token, typ=typ, key=key, type=type)
    except UnicodeDecodeError:
        raise Refused("malformed-request", "the body is not a compact JWS") from None
    except Untrusted as error:
        raise Refused(
            "wrong-hub-key", error.message, hint="requests are signed with the hub's key for signing"
        ) from None
    except BadToken as error:
        code = "wrong-hub-key" if error.code in ("token-signature", "token-key") else "malformed-request"
        raise Refused(code, error.message) from None
    if request.aud != gateway.party:
        raise Refused("wrong-audience", f"the request is for {request.aud!r}, not for {gateway.party!r}")
    return Incoming(request=request, digest=digest(body))


def check_window(request: SignedRequest, *, at: int, seconds: int) -> None:
    """Raise `Refused` for a request made too long ago or in the future."""
    if not at - seconds <= request.iat <= at + CLOCK_SKEW:
        raise Refused(
            "request-expired",
            f"the request was not made within the last {seconds} s",
            hint="make a new one under a new id",
        )


def served_before(connection: sqlite3.Connection, vault: Vault, incoming: Incoming[R]) -> bytes | None:
    """Return what this very request was answered, None for a new id; `Refused` for another body."""
    request = incoming.request.request
    query = "SELECT digest, response FROM requests WHERE request = ?"
    row = connection.execute(query, (request,)).fetchone()
    if row is None:
        return None
    if row[0] != incoming.digest:
        raise Refused("replayed-with-another-body", f"request {request} was served with another body")
    return vault.open("response", row[1], row=request)


def keep_response(
    connection: sqlite3.Connection, vault: Vault, incoming: Incoming[R], response: bytes, *, until: int
) -> None:
    """Store what a request was answered, in the caller's transaction."""
    request = incoming.request.request
    row = (request, incoming.digest, vault.shut("response", response, row=request), until)
    connection.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", row)


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop responses that cannot be asked for again: their authorisation has ended."""
    connection.execute("DELETE FROM requests WHERE until < ?", (at,))
