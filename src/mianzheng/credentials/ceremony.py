"""The key ceremony: roots, trust list, and a key folder for each process, made once.

```
KEYS/roots/root-{1,2,3}.jwk.json     the roots; two signed the list; to be taken offline
KEYS/public/{trust,roots}.json       what anybody may have: clients start from this copy
KEYS/<party>/{sign,seal,log,transport}.jwk.json, trust.json, roots.json
KEYS/staff/<department>/<role>.jwk.json, <role>.certificate, trust.json, roots.json
KEYS/…/stamp*.pem                    electronic seals (see stamps)
```

No folder holds another process's private key. A second ceremony over an existing folder is
refused: it would orphan everything the first one's keys have signed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mianzheng.credentials.keys import USES, BadKey, PrivateKey, Use, thumbprint, write_secret
from mianzheng.credentials.stamps import StampRoot
from mianzheng.credentials.trust import (
    ROOTS,
    ROOTS_NEEDED,
    Certificate,
    KeyEntry,
    Party,
    Role,
    Roots,
    StaffRole,
    TrustList,
    certify,
    sign_list,
)
from mianzheng.model.canonical import canonical
from mianzheng.model.errors import WrongUse

YEAR = 366 * 24 * 3600  # seconds; long enough for a year of any kind
KEY_YEARS = 3  # how long the ceremony's keys hold; then a new list brings new ones
_RESERVED = frozenset({"roots", "public", "staff"})


class PartySpec(msgspec.Struct, frozen=True, kw_only=True):
    """A process that gets keys. A gateway names its department and the staff roles that get keys there."""

    party: str
    roles: tuple[Role, ...]
    department: str | None = None
    staff: tuple[StaffRole, ...] = ()


def hold_ceremony(
    keys: Path,
    *,
    parties: Sequence[PartySpec],
    demo: bool,
    rp_ids: Sequence[str] = ("localhost",),
    origins: Sequence[str] = ("http://localhost",),
    now: int | None = None,
    years: int = KEY_YEARS,
) -> TrustList:
    """Make all keys under a new folder and return the trust list; `BadKey` when the folder holds anything.

    `now` (seconds since the epoch) is when the keys begin to hold, the clock's time when None; they hold `years`.
    """
    _check(parties)
    if keys.exists() and any(keys.iterdir()):
        raise BadKey(f"{keys} is not empty", hint="a ceremony is held once; keep these keys or choose another folder")
    start = int(time.time()) if now is None else now
    end = start + years * YEAR
    _private_folder(keys)
    roots = _make_roots(keys / "roots")
    made = {spec.party: _make_party(keys / spec.party) for spec in parties}
    trust_list = TrustList(
        number=1,
        issued_at=start,
        demo=demo,
        rp_ids=tuple(rp_ids),
        origins=tuple(origins),
        parties=tuple(_entry(spec, made[spec.party], start, end) for spec in parties),
    )
    for spec in parties:
        _make_staff(keys / "staff", spec, made[spec.party]["sign"], start, end)
    stamps = StampRoot(start=start, end=end)
    stamps.write(keys / "roots")
    for spec in parties:
        if spec.department is not None:
            stamps.issue(keys / spec.party, party=spec.party, department=spec.department)
    signed = sign_list(trust_list, roots[:ROOTS_NEEDED])
    first, second, third = (root.public.jwk for root in roots)
    _hand_out(keys, signed, canonical(Roots(roots=(first, second, third))), stamps)
    return trust_list


def _check(parties: Sequence[PartySpec]) -> None:
    names = [spec.party for spec in parties]
    if len(set(names)) != len(names):
        raise WrongUse("a party is named twice")
    for spec in parties:
        if spec.party in _RESERVED or not spec.party.replace("-", "").replace("_", "").isalnum():
            raise WrongUse(f"{spec.party!r} cannot name a key folder", hint="use letters, digits, - and _")
        if ("gateway" in spec.roles) != (spec.department is not None):
            raise WrongUse(f"{spec.party}: a gateway, and only a gateway, has a department")
        if spec.staff and spec.department is None:
            raise WrongUse(f"{spec.party}: only a department has staff")


def _make_roots(folder: Path) -> tuple[PrivateKey, ...]:
    _private_folder(folder)
    roots = tuple(PrivateKey.generate() for _ in range(ROOTS))
    for number, root in enumerate(roots, start=1):
        root.to_file(folder / f"root-{number}.jwk.json")
    return roots


def _make_party(folder: Path) -> dict[Use, PrivateKey]:
    _private_folder(folder)
    made = {use: PrivateKey.generate() for use in USES}
    for use, key in made.items():
        key.to_file(folder / f"{use}.jwk.json")
    return made


def _entry(spec: PartySpec, made: dict[Use, PrivateKey], start: int, end: int) -> Party:
    keys = tuple(KeyEntry(use=use, jwk=made[use].public.jwk, valid_from=start, valid_to=end) for use in USES)
    return Party(party=spec.party, roles=spec.roles, department=spec.department, keys=keys)


def _make_staff(folder: Path, spec: PartySpec, department_key: PrivateKey, start: int, end: int) -> None:
    if spec.department is None or not spec.staff:
        return
    own = folder / spec.department
    _private_folder(folder)
    _private_folder(own)
    for role in spec.staff:
        key = PrivateKey.generate()
        key.to_file(own / f"{role}.jwk.json")
        certificate = Certificate(
            department=spec.department,
            staff=f"{spec.department}-{role}-{thumbprint(key.public.jwk)[:8]}",
            role=role,
            key=key.public.jwk,
            valid_from=start,
            valid_to=end,
        )
        write_secret(own / f"{role}.certificate", certify(certificate, key=department_key).encode("ascii"))


def _hand_out(keys: Path, trust_list: bytes, roots: bytes, stamps: StampRoot) -> None:
    _private_folder(keys / "public")
    staff = (keys / "staff").glob("*")
    folders = [folder for folder in keys.iterdir() if folder.name not in {"roots", "staff"}]
    for folder in [*folders, *staff]:
        write_secret(folder / "trust.json", trust_list)
        write_secret(folder / "roots.json", roots)
        stamps.hand_out(folder)


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # mkdir's mode passes through the umask and leaves an existing folder as it is
