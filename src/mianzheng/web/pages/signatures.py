"""How a person signs on the hub's pages: by a passkey here, or at the authority by a key it keeps for them.

`look/templates/sign.html` renders both ways; both bring the same `Assertion` over the same 32 bytes. The passkey's
comes as the form field `assertion` (JSON), the authority's as the query value `assertion` of the address that it leads
back to (base64url of the same JSON).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request

from mianzheng.model.canonical import unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Assertion, Jwk
from mianzheng.web.sessions import NO_WAYS, Ways

AnyRequest = Request[Any, Any, Any]


class BadSignature(WrongUse):
    """What came is no signature; the person signs again."""

    code = "bad-signature"


class BadHolder(WrongUse):
    """There is no key to which a result could be sealed."""

    code = "bad-form"


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """What a page needs to let this person sign."""

    hub: str  # party
    origin: str  # this hub's own
    site: str  # origin of the authority's site, "" for none
    rp_id: str
    passkeys: str  # list of `Passkey` as JSON

    def confirm(self, challenge: str, back: str, state: str = "") -> str:
        """Return the address at which the authority signs `challenge` (b64) and leads back to our path `back`."""
        query = {"audience": self.hub, "digest": challenge, "return": self.origin + back, "state": state}
        return f"{self.site}/confirm?{urlencode(query)}"


def signing_of(request: AnyRequest) -> Signing:
    """Return how the person before a page signs; without a session nobody has passkeys."""
    state, ways = request.app.state, _ways(request)
    applicant = getattr(request.state, "applicant", None)
    sites: dict[str, str] = state.config.sites
    return Signing(
        hub=state.hub.party,
        origin=origin_of(request),
        site=sites.get(applicant.authority, "") if applicant is not None else next(iter(sites.values()), ""),
        rp_id=state.hub.trust.rp_ids[0],
        passkeys=msgspec.json.encode(ways.passkeys).decode(),
    )


def origin_of(request: AnyRequest) -> str:
    """Return this hub's origin as the browser knows it."""
    own: str = request.app.state.config.url
    return own.rstrip("/") or str(request.base_url).rstrip("/")


def read_assertion(text: str) -> Assertion:
    """Return the assertion in a form field (JSON) or a query value (base64url of it); `BadSignature` otherwise."""
    try:
        data = text.encode() if text.lstrip().startswith("{") else unb64(text)
        return msgspec.json.decode(data, type=Assertion)
    except (ValueError, msgspec.MsgspecError):
        raise BadSignature("there is no signature in what was sent", hint="sign again") from None


def holder_of(request: AnyRequest, typed: str) -> Jwk:
    """Return the key to seal a result to: the one this browser made (`holder.js`), else the authority's for them."""
    try:
        if typed:
            return msgspec.json.decode(typed.encode(), type=Jwk)
    except (ValueError, msgspec.MsgspecError):
        raise BadHolder("the browser's key cannot be read", hint="load the page anew") from None
    if (kept := _ways(request).holder) is None:
        raise BadHolder("there is no key to seal the result to", hint="sign in again on a page")
    return kept


def _ways(request: AnyRequest) -> Ways:
    found: Ways = getattr(request.state, "ways", NO_WAYS)
    return found
