"""How long things may take and when they are tried again, in seconds; scaled down in demo and tests."""

from __future__ import annotations

from datetime import timedelta

import msgspec


class Timings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All waits of the hub."""

    gateway_seconds: float = 3.0  # one request to one gateway
    retry_first_seconds: float = 60.0  # a register that did not answer is asked again after this, then twice, …
    retry_cap_seconds: float = 3600.0
    clock_scale: float = 1.0  # registers' deadlines are multiplied by this
    lease_seconds: float = 15.0  # a case whose process gave no sign for this long is taken up by another
    nonce_seconds: float = 300.0
    session_seconds: float = 3600.0  # a session's longest life, however much it is used
    session_idle_seconds: float = 1800.0  # a session that is not used for so long has ended
    sequence_seconds: float = 0.5  # how often pending ledger entries are folded into the tree
    witness_seconds: float = 600.0
    sweep_seconds: float = 5.0  # how often cases that are due are looked for
    archive_seconds: float = 3600.0  # how often ended cases are archived, and those over their term erased
    archive_after_hours: float = 7 * 24.0  # an ended case is left open so long, on the scaled clock
    paper_seconds: float = 60.0  # how often decisions nobody asked for yet are written

    def retry_after(self, attempts: int) -> timedelta:
        """Return how long to wait after this many tries without an answer."""
        doubled = self.retry_first_seconds * 2.0 ** min(attempts, 30)
        return timedelta(seconds=min(doubled, self.retry_cap_seconds))

    def hours(self, hours: float) -> timedelta:
        """Return that many hours of a register's deadline on the scaled clock."""
        return timedelta(seconds=hours * 3600.0 * self.clock_scale)

    @property
    def lease(self) -> timedelta:
        """Return how long a process has for one step of a case."""
        return timedelta(seconds=self.lease_seconds)
