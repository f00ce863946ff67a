"""A process on a later day: in a demo alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.trust import TrustStore
from mianzheng.credentials.turned_clock import ClockNotTurned, turned

NOW = 1_790_000_000
DAY = 86_400


def _now() -> float:
    return float(NOW)


def _trust(folder: Path, *, demo: bool) -> TrustStore:
    hub = PartySpec(party="hub", roles=("hub",))
    hold_ceremony(folder, parties=(hub,), demo=demo, now=NOW)
    return TrustStore.load(folder / "public" / "trust.json", folder / "public" / "roots.json")


def test_a_demo_may_run_on_a_later_day(tmp_path: Path) -> None:
    assert turned(_now, days=7, trust=_trust(tmp_path / "keys", demo=True))() == NOW + 7 * DAY


def test_a_city_that_people_live_in_never_does(tmp_path: Path) -> None:
    with pytest.raises(ClockNotTurned) as caught:
        turned(_now, days=1, trust=_trust(tmp_path / "keys", demo=False))
    assert caught.value.code == "clock-not-turned" and "MIANZHENG_DAYS_AHEAD" in caught.value.hint


def test_the_clock_that_is_not_turned_is_the_clock_itself(tmp_path: Path) -> None:
    assert turned(_now, days=0, trust=_trust(tmp_path / "keys", demo=False)) is _now
