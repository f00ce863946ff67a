"""Avoidance 回避 at the desk: before a member of staff does anything that decides in a case, the authorities are asked.

The hub passes certificate and bundles on and gets a signed clearance or "another handler"; it learns neither who
the member of staff is nor how they stand to anybody.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.credentials import jws
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.model.authorisation import Bundle
from mianzheng.model.avoidance import AvoidanceRequest, AvoidanceResponse
from mianzheng.model.errors import MianzhengError, Unavailable


class MayNotHandle(MianzhengError):
    """The authority did not clear this member of staff; `another-handler` says nothing more."""

    code = "another-handler"


async def clearances(live: LiveCase, certificate: str) -> tuple[str, ...]:
    """Return the authorities' signed clearances of a member of staff for a case.

    `MayNotHandle` when another handler must take it, `Unavailable` when an authority does not answer. A case whose
    subject is not named yet has none.
    """
    made = {token: _issuer(token) for token in dict.fromkeys(sealed.bundle for _, sealed in live.bundles)}
    if not made:
        return ()
    persons = live.hub.trust.with_role("authority:person")[0].party
    first = await _ask(live, persons, certificate, tuple(made), staff="")
    found = [first.clearance]
    for party, staff in first.staff.items():
        own = tuple(token for token, issuer in made.items() if issuer == party)
        found.append((await _ask(live, party, certificate, own, staff=staff)).clearance)
    return tuple(token for token in found if token)


async def _ask(
    live: LiveCase, party: str, certificate: str, bundles: tuple[str, ...], *, staff: str
) -> AvoidanceResponse:
    request = AvoidanceRequest(
        aud=party,
        iat=live.hub.seconds,
        request=new_id("f"),
        case=live.id,
        certificate=certificate,
        bundles=bundles,
        staff=staff,
    )
    token = jws.sign(request, key=live.hub.key, typ="mz-avoidance-request")
    reply = await live.hub.peers.post(Letter(party=party, path="/avoidance", body=token.encode("ascii")))
    if isinstance(reply, Got):
        try:
            return msgspec.json.decode(reply.unverified, type=AvoidanceResponse)
        except msgspec.DecodeError:
            raise Unavailable(f"{party} answered something else than a clearance") from None
    if isinstance(reply, Refusal) and reply.lasting:
        raise MayNotHandle(reply.detail, code=reply.code, hint="a colleague takes or signs it")
    raise Unavailable(f"{party} does not answer", hint="try again in a moment")


def _issuer(token: str) -> str:
    return msgspec.json.decode(jws.unverified_payload(token), type=Bundle).issuer
