"""The parts one hub process works with, made once at its start."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from procrastinate import App

from mianzheng.cases.library import Library
from mianzheng.cases.memory import Recent
from mianzheng.cases.timings import Timings
from mianzheng.cases.vault import Vault
from mianzheng.cases.working_days import WorkingDays
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.deadlines import Notice
from mianzheng.exchange.peers import Peers
from mianzheng.store.engine import Store

ANY_OFFICE: Mapping[str, tuple[str, ...]] = {"centre": ()}
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991


def utc_now() -> datetime:
    """Return the time now, aware."""
    return datetime.now(UTC)


class Hub:
    """Store, keys, trust, peers and items of one process of the hub."""

    def __init__(
        self,
        *,
        party: str,
        store: Store,
        vault: Vault,
        trust: TrustStore,
        key: PrivateKey,
        peers: Peers,
        library: Library,
        jobs: App,
        timings: Timings,
        clock: Callable[[], datetime] = utc_now,
        notices: tuple[Notice, ...] | None = None,
        offices: Mapping[str, tuple[str, ...]] = ANY_OFFICE,
        url: str = "",
        stamp_root: bytes | None = None,
    ) -> None:
        """`key` signs the hub's requests; `clock` returns aware times; `notices` on working days, None: the shipped.

        `offices`: each service centre with the departments that sit there, () for all. `url`: this hub's own origin.
        `stamp_root`: certificate (PEM) of the root of the departments' electronic seals.
        """
        self.party = party
        self.store = store
        self.vault = vault
        self.trust = trust
        self.key = key
        self.peers = peers
        self.library = library
        self.jobs = jobs
        self.timings = timings
        self.clock = clock
        self.offices = offices
        self.url = url
        self.stamp_root = stamp_root
        self.standings: Recent[str, tuple[int, str]] = Recent(4096)  # case: when an authority said what of its mandate
        self.days = WorkingDays(lambda: self.clock(), notices)
        self._gateways = {party.department: party.party for party in trust.with_role("gateway") if party.department}

    @property
    def witnesses(self) -> tuple[str, ...]:
        """The gateways and auditors that co-sign this ledger's heads."""
        found = (*self.trust.with_role("gateway"), *self.trust.with_role("auditor"))
        return tuple(dict.fromkeys(party.party for party in found))

    @property
    def seconds(self) -> int:
        """The time now, in whole seconds since the epoch."""
        return int(self.clock().timestamp())

    @property
    def today(self) -> date:
        """The day it is in Asia/Shanghai."""
        return self.clock().astimezone(SHANGHAI).date()

    def gateway(self, department: str) -> str:
        """Return the party that is a department's gateway; `Untrusted` when the trust list has none."""
        try:
            return self._gateways[department]
        except KeyError:
            raise Untrusted(f"the trust list has no gateway of {department}", hint="see `keys ceremony`") from None

    def department(self, party: str) -> str:
        """Return the department whose gateway a party is, "" for another party."""
        return self.trust.party(party).department or ""


def new_id(prefix: str) -> str:
    """Return a new id nobody can guess: a letter, and 128 random bits as 26 letters and digits."""
    return prefix + base64.b32encode(os.urandom(16)).decode("ascii").rstrip("=").lower()
