"""A clock that runs whole days ahead, so that a demo city can let a term of the law pass: never a real one.

When a public notice or a term ends depends on the day alone. A demo's processes may be started on a later day; where
the trust list is not marked demo they do not start, because what is signed on a day that has not come is a lie.
"""

from __future__ import annotations

from collections.abc import Callable

from mianzheng.credentials.trust import TrustStore
from mianzheng.model.errors import WrongUse

DAY_SECONDS = 86_400


class ClockNotTurned(WrongUse):
    """A process was to run on a later day, and its trust list is not marked demo."""

    code = "clock-not-turned"


def turned(clock: Callable[[], float], *, days: int, trust: TrustStore) -> Callable[[], float]:
    """Return `clock` (seconds since the epoch) so many days ahead; `ClockNotTurned` unless the city is a demo."""
    if days == 0:
        return clock
    if not trust.demo:
        raise ClockNotTurned(
            f"the clock is to run {days} days ahead and the trust list is not marked demo",
            hint="unset MIANZHENG_DAYS_AHEAD: a city that people live in keeps the time",
        )
    ahead = days * DAY_SECONDS
    return lambda: clock() + ahead
