"""The trust list: which party's key may do what, and when, by the word of two of three roots.

Each process has its own copy and its own roots. A list counts when two different roots signed it
and its number is not lower than one seen before, so that no hub can bring back a revoked key.
Every question is asked *as of* a time: a sheet is checked against the keys of its own day.

1. `TrustStore.load` reads list and roots, checks signatures and number, and indexes the keys.
2. `key` and `signer` find a key by party, use and time; `read` verifies a token and says whose it is.
3. `certify` and `verify_certificate`: a department vouches for its staff by its sign key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from mianzheng.credentials import jws, strict_json
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey, PublicKey, Use, thumbprint
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Jwk

T = TypeVar("T")

LIST_TYP = "mz-trust-list"
CERTIFICATE_TYP = "mz-certificate"
LOCAL = "http://localhost"
_LOCAL_WITH_PORT = re.compile(r"http://localhost:[1-9][0-9]{0,4}")
ROOTS = 3
ROOTS_NEEDED = 2

Role = Literal[
    "hub", "gateway", "authority:person", "authority:enterprise", "auditor", "reader", "comparer", "call-line"
]
StaffRole = Literal["steward", "officer", "clerk", "witness", "head"]  # head 负责人: extends, assigns


class Untrusted(MianzhengError):
    """The trust list does not vouch for this key, party, role or time; or the list itself is not trusted."""

    code = "untrusted"


class KeyEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key of a party for one use, valid from (inclusive) to (exclusive).

    `retired` keys are no longer used but what they signed in their time stands; a `revoked` key
    counts for nothing at any time, for its owner cannot say since when others have had it.
    """

    use: Use
    jwk: Jwk
    valid_from: int
    valid_to: int
    status: Literal["active", "retired", "revoked"] = "active"


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process that others must know: hub, gateway, auditor, reader. `department` of a gateway."""

    party: str
    roles: tuple[Role, ...]
    department: str | None = None
    keys: tuple[KeyEntry, ...]


class TrustList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the roots sign. `rp_ids` and `origins` bind people's signatures to this city's pages."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    issued_at: int
    demo: bool  # software keys are taken for people's keys only where this is true
    rp_ids: tuple[str, ...]
    origins: tuple[str, ...]
    parties: tuple[Party, ...]


class Roots(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public halves of the three offline roots; each process is given this file once."""

    roots: tuple[Jwk, Jwk, Jwk]


class RootSignature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One root's signature in a JWS of several (RFC 7515 §7.2.1)."""

    protected: str
    signature: str


class SignedList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The trust list as it lies in a file: JWS in general JSON serialisation."""

    payload: str
    signatures: tuple[RootSignature, ...]


class Certificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department vouches that this key is its member of staff's, in this role, from (inclusive) to (exclusive)."""

    department: str
    staff: str
    role: StaffRole
    key: Jwk
    valid_from: int
    valid_to: int


class Origins(tuple[str, ...]):
    """The origins of pages on which people may sign; a page's own must be one of them, to the letter.

    In a demo's list http://localhost stands for any port of it: ports are chosen when a city is made, after its
    list was signed (as RFC 8252 §7.3 has it for loopback addresses).
    """

    _any_port: bool

    def __new__(cls, origins: Iterable[str], *, any_port: bool) -> Origins:
        """Hold `origins`; `any_port` only of a demo's list."""
        made = super().__new__(cls, origins)
        made._any_port = any_port
        return made

    def __contains__(self, origin: object) -> bool:
        """Tell whether people may sign on pages of this origin."""
        if super().__contains__(origin):
            return True
        local = self._any_port and super().__contains__(LOCAL)
        return local and isinstance(origin, str) and _LOCAL_WITH_PORT.fullmatch(origin) is not None


class TrustStore:
    """A verified trust list, indexed by key."""

    def __init__(self, trust_list: TrustList) -> None:
        """Index a list that is verified already; use `load` or `verified` for one that is not."""
        self.list = trust_list
        self.demo = trust_list.demo
        self.rp_ids = trust_list.rp_ids
        self.origins = Origins(trust_list.origins, any_port=trust_list.demo)
        self._parties = {party.party: party for party in trust_list.parties}
        self._entries: dict[str, tuple[Party, KeyEntry]] = {}
        for party in trust_list.parties:
            for entry in party.keys:
                # one key, one party, one use: else a signature made for one purpose would pass for another
                if self._entries.setdefault(thumbprint(entry.jwk), (party, entry))[1] is not entry:
                    raise Untrusted(f"a key of {party.party} stands in the trust list twice")
        if len(self._parties) != len(trust_list.parties):
            raise Untrusted("a party stands in the trust list twice")
        self._keys: dict[str, PublicKey] = {}

    @classmethod
    def load(cls, list_path: Path, roots_path: Path, *, at_least: int = 0) -> TrustStore:
        """Return the store of a process's own copy; `Untrusted` for bad signatures or a number under `at_least`."""
        try:
            roots = strict_json.parse(roots_path.read_bytes(), type=Roots)
            data = list_path.read_bytes()
        except FileNotFoundError as error:
            raise Untrusted(f"{error.filename} is missing", hint="make it with `mianzheng keys ceremony`") from None
        except ValueError as error:
            raise Untrusted(f"{roots_path} holds no roots: {error}") from None
        return cls.verified(data, roots=roots, at_least=at_least)

    @classmethod
    def verified(cls, data: bytes, *, roots: Roots, at_least: int = 0) -> TrustStore:
        """Return the store of a signed list's bytes; `Untrusted` unless two different roots signed it."""
        trust_list = _verify_list(data, roots)
        if trust_list.number < at_least:
            raise Untrusted(
                f"trust list {trust_list.number} is older than {at_least}",
                code="trust-list-old",
                hint="fetch the newest",
            )
        return cls(trust_list)

    def party(self, name: str) -> Party:
        """Return a party; `Untrusted` when the list has none of that name."""
        try:
            return self._parties[name]
        except KeyError:
            raise Untrusted(f"there is no party {name!r} in the trust list") from None

    def key(self, party: str, use: Use, kid: str, at: int) -> PublicKey:
        """Return the party's key for `use` with this id, if it held at time `at`; else `Untrusted`."""
        owner, entry = self._entries.get(kid, (None, None))
        if owner is None or entry is None or owner.party != party or entry.use != use:
            raise Untrusted(f"{party} has no such key for {use}", code="untrusted-key")
        if entry.status == "revoked":
            raise Untrusted(f"the key of {party} is revoked", code="key-revoked")
        if not entry.valid_from <= at < entry.valid_to:
            raise Untrusted(f"the key of {party} did not hold at that time", code="key-not-valid")
        return self._public(kid, entry)

    def current(self, party: str, use: Use, at: int) -> PublicKey:
        """Return the party's newest active key for `use` at time `at`, to seal to; else `Untrusted`."""
        active = [k for k in self.party(party).keys if k.use == use and k.status == "active"]
        valid = [k for k in active if k.valid_from <= at < k.valid_to]
        if not valid:
            raise Untrusted(f"{party} has no key for {use} now", code="untrusted-key")
        newest = max(valid, key=lambda k: k.valid_from)
        return self._public(thumbprint(newest.jwk), newest)

    def signer(self, token: str, *, role: Role, at: int, use: Use = "sign") -> tuple[Party, PublicKey]:
        """Return whose key a token names, if that party has `role`; the token itself is not yet verified."""
        party, key = self.owner(token, use=use, at=at)
        if role not in party.roles:
            raise Untrusted(f"the token's key belongs to no {role}", code="untrusted-key")
        return party, key

    def owner(self, token: str, *, use: Use, at: int) -> tuple[Party, PublicKey]:
        """Return whose key a token names, whatever the party's roles; the token itself is not yet verified."""
        kid = jws.unverified_kid(token)
        party, _ = self._entries.get(kid, (None, None))
        if party is None:
            raise Untrusted("the token's key is not in the trust list", code="untrusted-key")
        return party, self.key(party.party, use, kid, at)

    def read(self, token: str, *, typ: str, type: type[T], role: Role, at: int, use: Use = "sign") -> tuple[Party, T]:
        """Return the party that signed a JWS and its payload; `Untrusted` or `BadToken` otherwise."""
        party, key = self.signer(token, role=role, at=at, use=use)
        return party, jws.verify_as(token, typ=typ, key=key, type=type)

    def with_role(self, role: Role) -> tuple[Party, ...]:
        """Return the parties that have a role, in the list's order."""
        return tuple(party for party in self.list.parties if role in party.roles)

    def is_reader(self, jwk: Jwk) -> bool:
        """Tell whether a key is a registered reader's: a device that reads a chip signs for its holder."""
        party, entry = self._entries.get(thumbprint(jwk), (None, None))
        if party is None or entry is None:
            return False
        return "reader" in party.roles and (entry.use, entry.status) == ("sign", "active")

    def _public(self, kid: str, entry: KeyEntry) -> PublicKey:
        if kid not in self._keys:
            self._keys[kid] = PublicKey(entry.jwk)
        return self._keys[kid]


def sign_list(trust_list: TrustList, roots: tuple[PrivateKey, ...]) -> bytes:
    """Return the signed list's file bytes; at the ceremony two of the three roots sign."""
    payload = canonical(trust_list)
    signatures = []
    for root in roots:
        protected, _, signature = jws.sign(payload, key=root, typ=LIST_TYP).split(".")
        signatures.append(RootSignature(protected=protected, signature=signature))
    return canonical(SignedList(payload=b64(payload), signatures=tuple(signatures)))


def accept_newer(list_path: Path, data: bytes, *, roots: Roots, current: TrustStore) -> TrustStore:
    """Replace a process's copy by a newer signed list and return its store; `Untrusted` unless its number is higher."""
    store = TrustStore.verified(data, roots=roots, at_least=current.list.number + 1)
    beside = list_path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(list_path)
    return store


def certify(certificate: Certificate, *, key: PrivateKey) -> str:
    """Return the certificate signed by the department's sign key."""
    return jws.sign(certificate, key=key, typ=CERTIFICATE_TYP)


def verify_certificate(
    token: str, *, trust: TrustStore, department: str, role: StaffRole, at: int
) -> tuple[Certificate, PublicKey]:
    """Return the certificate and the staff key in it; `Untrusted` unless this department's gateway vouches at `at`."""
    certificate, key = read_certificate(token, trust=trust, at=at)
    if certificate.department != department:
        raise Untrusted(f"the certificate is not of {department}", code="certificate-department")
    if certificate.role != role:
        raise Untrusted(f"{certificate.staff} is no {role}", code="certificate-role")
    return certificate, key


def read_certificate(token: str, *, trust: TrustStore, at: int) -> tuple[Certificate, PublicKey]:
    """Return a certificate and the staff key in it; `Untrusted` unless its department's gateway vouches at `at`."""
    party, certificate = trust.read(token, typ=CERTIFICATE_TYP, type=Certificate, role="gateway", at=at)
    if party.department != certificate.department:
        raise Untrusted(f"the certificate is not of {certificate.department}", code="certificate-department")
    if not certificate.valid_from <= at < certificate.valid_to:
        raise Untrusted(f"the certificate of {certificate.staff} did not hold then", code="certificate-time")
    return certificate, PublicKey(certificate.key)


def _verify_list(data: bytes, roots: Roots) -> TrustList:
    known = {key.kid: key for key in map(PublicKey, roots.roots)}
    if len(known) != ROOTS:
        raise Untrusted("the three roots are not three different keys")
    try:
        signed = strict_json.parse(data, type=SignedList)
    except ValueError as error:
        raise Untrusted(f"not a signed trust list: {error}") from None
    signers = {_verify_root(signed, signature, known) for signature in signed.signatures}
    if len(signers) < ROOTS_NEEDED or len(signers) != len(signed.signatures):
        raise Untrusted("the trust list is not signed by two different roots", hint="two of the three must sign")
    payload = jws.unverified_payload(f"{signed.signatures[0].protected}.{signed.payload}.")
    return jws.payload_as(payload, type=TrustList)


def _verify_root(signed: SignedList, signature: RootSignature, known: dict[str, PublicKey]) -> str:
    """Return the id of the root that made this signature; every signature present must hold."""
    token = f"{signature.protected}.{signed.payload}.{signature.signature}"
    try:
        root = known[jws.unverified_kid(token)]
        jws.verify(token, typ=LIST_TYP, key=root)
    except (KeyError, BadToken):
        raise Untrusted("a signature of the trust list is not a root's", code="trust-list-signature") from None
    return root.kid
