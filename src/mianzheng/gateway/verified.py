"""What was verified for one permission and subject, kept for the next wave of the same case.

The key of the cache digests every byte that was verified, so nothing is taken for verified that
was not; an entry lives ten minutes at most, and never longer than its authorisation.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.people import Origin
from mianzheng.gateway.permission import Permitted, verify_permission
from mianzheng.gateway.subjects import Subject, verify_subject
from mianzheng.model.authorisation import Authorisation, Permission
from mianzheng.model.canonical import canonical, digest

_KEPT = 2048
_SECONDS = 600


class Verified(msgspec.Struct, frozen=True):
    """A permission, and the subject it is about."""

    permitted: Permitted
    subject: Subject


OriginOf = Callable[[Authorisation, str], Origin | None]


class Verifier:
    """Verifies permissions and subjects, each set of bytes once; thread-safe."""

    def __init__(self, trust: TrustStore, seal: PrivateKey, party: str, origin_of: OriginOf) -> None:
        """Verify for gateway `party`, whose key opens the statements sealed to it.

        `origin_of` says by which link an authorised item reaches a role, None for the acting one.
        """
        self._origin_of = origin_of
        self._trust = trust
        self._seal = seal
        self._party = party
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, Verified]] = OrderedDict()

    def verified(
        self, permission: Permission, *, bundle: str, statement: str, role: str, case: str, at: int
    ) -> Verified:
        """Return permission and subject verified; `Refused` says what does not hold."""
        # a mandate's standing is looked at anew each time (`mandates`): it is no part of what is kept
        key = digest(canonical([msgspec.structs.replace(permission, standing=""), bundle, statement, role, case]))
        with self._lock:
            known = self._kept.get(key)
        if known is not None and at < known[0]:
            return known[1]
        found = self._verify(permission, bundle=bundle, statement=statement, role=role, case=case, at=at)
        until = min(at + _SECONDS, found.permitted.until, found.subject.until)
        with self._lock:
            self._kept[key] = (until, found)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _verify(
        self, permission: Permission, *, bundle: str, statement: str, role: str, case: str, at: int
    ) -> Verified:
        permitted = verify_permission(permission, case=case, trust=self._trust, at=at)
        subject = verify_subject(
            bundle,
            statement,
            role=role,
            permitted=permitted,
            origin=self._origin_of(permitted.authorisation, role),
            trust=self._trust,
            seal=self._seal,
            party=self._party,
            at=at,
        )
        return Verified(permitted, subject)
