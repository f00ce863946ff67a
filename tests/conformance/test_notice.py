"""A case under public notice is followed to its end, on a later day of a city made for the run, and of no other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

import msgspec

from mianzheng.conformance.compare import completed, differences
from mianzheng.conformance.judge import Judge
from mianzheng.conformance.measure import Measured, report
from mianzheng.conformance.play import Played, Player
from mianzheng.conformance.run import Run, notices
from mianzheng.conformance.wanted import Wanted
from mianzheng.model.case import CaseView, LedgerView, State, StillView

TODAY = date(2026, 11, 30)
WANTED = Wanted(
    item="i",
    department="d",
    resident="r",
    name="n",
    choose={},
    form={},
    findings={},
    conditions={"one": True},
    before={"one": True},
    looked={"one": True},
    computed=True,
    amount=None,
)


def still(days: int) -> StillView:
    until = TODAY + timedelta(days=days)
    return StillView(kind="public_notice", since=TODAY, until=until, told_on=TODAY, reason="")


def view(state: State, *stands: StillView, milliseconds: float = 100.0) -> CaseView:
    return CaseView(
        case="c1",
        item="i",
        version=1,
        state=state,
        decision="granted",
        decided_by="machine",
        as_of=TODAY,
        reasons=(),
        not_examined=(),
        answers=(),
        documents_replaced=0,
        documents_carried=0,
        visits=0,
        questions_asked=0,
        facts_held=0,
        waves=1,
        milliseconds=milliseconds,
        credential=None,
        amount=None,
        ledger=LedgerView(entries=0, root=""),
        still=stands,
    )


def played(last: CaseView) -> Played:
    return Played(wanted=WANTED, case="c1", first=last, last=last)


def measured(one: Played) -> Measured:
    return Measured(played=one, differences=differences(one), superfluous=(), answers=0, unneeded=0)


NOTICED = played(view(State.PUBLIC_NOTICE, still(7)))
DELIVERED = played(view(State.DELIVERED))


class Town:
    """A city of which nothing runs; it remembers on which day it was started."""

    def __init__(self, *, own: bool) -> None:
        self.own = own
        self.days = 0

    def may_turn(self) -> bool:
        return self.own

    def turn(self, days: int) -> None:
        self.days = days


class Residents:
    """Whoever comes back days later and looks again; `then`: how the case stands each time."""

    def __init__(self, *then: CaseView) -> None:
        self.then = list(then)
        self.received = 0

    async def come_back(self, case: str) -> CaseView:
        return self.then[0]

    async def show(self, case: str) -> CaseView:
        return self.then.pop(0) if len(self.then) > 1 else self.then[0]

    async def receive(self, case: str) -> CaseView:
        self.received += 1
        return view(State.ENDED, milliseconds=7 * 86_400_000.0)


def after(town: Town, residents: Residents, every: Sequence[Measured]) -> list[Measured]:
    run = Run(
        Player(cast(Any, residents), cast(Any, None)),
        Judge({}, {}),
        cast(Any, town),
        today=TODAY,
        tell=lambda text: None,
    )
    return asyncio.run(run.after_notice(every))


def test_notices_that_end_within_a_week_are_followed_on_one_day_and_a_longer_one_later() -> None:
    soon, longer = (played(view(State.PUBLIC_NOTICE, still(days))) for days in (12, 61))
    assert notices([longer, DELIVERED, NOTICED, soon], TODAY) == [(13, [NOTICED, soon]), (62, [longer])]


def test_without_a_notice_no_day_passes() -> None:
    assert notices([DELIVERED], TODAY) == []
    town = Town(own=True)
    assert after(town, Residents(view(State.DELIVERED)), [measured(DELIVERED)]) == [measured(DELIVERED)]
    assert town.days == 0


def test_a_case_counts_as_completed_once_the_hub_itself_delivered_it() -> None:
    assert not completed(NOTICED)
    town = Town(own=True)
    residents = Residents(view(State.PUBLIC_NOTICE, still(7)), view(State.GRANTED), view(State.DELIVERED))
    (found,) = after(town, residents, [measured(NOTICED)])
    assert (town.days, residents.received) == (8, 1)
    assert completed(found.played) and not found.differences


def test_a_notice_that_ends_refused_is_named() -> None:
    turned_down = msgspec.structs.replace(view(State.REFUSED), decision="refused")
    (found,) = after(Town(own=True), Residents(turned_down), [measured(NOTICED)])
    assert [one.what for one in found.differences] == [
        "in the end it came to refused (refused), the truth says granted"
    ]


def test_the_days_of_a_notice_are_no_time_of_the_machine() -> None:
    (found,) = after(Town(own=True), Residents(view(State.DELIVERED)), [measured(NOTICED)])
    assert report([found]).totals.milliseconds_p50 == 100.0


def test_the_clock_of_another_city_is_not_turned() -> None:
    town = Town(own=False)
    (found,) = after(town, Residents(view(State.DELIVERED)), [measured(NOTICED)])
    assert town.days == 0 and not completed(found.played)
