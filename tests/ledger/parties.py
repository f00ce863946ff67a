"""A small city's keys for the ledger's tests: hub, three gateways, auditor."""

from __future__ import annotations

from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import KeyEntry, Party, Role, TrustList, TrustStore

NOW = 1_800_000_000
WITNESSES = ("civil", "police", "housing", "auditor")
_ROLES: dict[str, tuple[Role, ...]] = {
    "hub": ("hub",),
    "civil": ("gateway",),
    "police": ("gateway", "authority:person"),
    "housing": ("gateway",),
    "auditor": ("auditor",),
    "reader": ("reader",),
}
LOG = {name: PrivateKey.generate() for name in _ROLES}
SIGN = {name: PrivateKey.generate() for name in _ROLES}


def _party(name: str, roles: tuple[Role, ...]) -> Party:
    keys = (
        KeyEntry(use="log", jwk=LOG[name].public.jwk, valid_from=NOW - 1000, valid_to=NOW + 1000),
        KeyEntry(use="sign", jwk=SIGN[name].public.jwk, valid_from=NOW - 1000, valid_to=NOW + 1000),
    )
    return Party(party=name, roles=roles, department=name if "gateway" in roles else None, keys=keys)


TRUST = TrustStore(
    TrustList(
        number=1,
        issued_at=NOW,
        demo=True,
        rp_ids=("localhost",),
        origins=("http://localhost",),
        parties=tuple(_party(name, roles) for name, roles in _ROLES.items()),
    )
)
