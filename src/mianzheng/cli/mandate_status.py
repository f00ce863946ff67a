"""Whether a mandate was ended, by the status list of the authority that issued it."""

from __future__ import annotations

from typing import Literal

import aiohttp
import msgspec

from mianzheng.cli.status_lists import StatusUnknown, fetch_status_list
from mianzheng.credentials import jws
from mianzheng.credentials.credential import StatusReference
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted

Standing = Literal["valid", "revoked", "unknown"]

WORDS: dict[Standing, str] = {
    "valid": "未撤销 not revoked",
    "revoked": "[red]已撤销 revoked[/]",
    "unknown": "[yellow]未能查到是否已撤销 could not be fetched: it may have been revoked[/]",
}


class _Reference(msgspec.Struct, frozen=True):
    status_list: StatusReference


class _Issued(msgspec.Struct, frozen=True):
    iss: str
    status: _Reference


async def standing_of(mandate: str, *, trust: TrustStore, now: int, http: aiohttp.ClientSession) -> Standing:
    """Return what the authority's list says at `now` (seconds) of a verified mandate.

    `unknown` when the list cannot be had: nobody may call it valid then.
    """
    issued = jws.payload_as(jws.unverified_payload(mandate), type=_Issued)
    reference, issuer = issued.status.status_list, trust.party(issued.iss)
    try:
        found = await fetch_status_list(reference, issuer, trust, now, http)
        return "revoked" if found.is_revoked(reference.idx) else "valid"
    except (StatusUnknown, BadToken, Untrusted):
        return "unknown"
