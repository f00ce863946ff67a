"""kill -9 of hub, worker and gateways at random moments while 200 cases run.

After each kill what died is started again, as `mianzheng up` does. In the end every accepted case
has reached the state it would have reached, with one decision and one credential, and the ledger
verifies and reconciles. `MIANZHENG_TEST_KILLS` sets the number of kills, `MIANZHENG_TEST_SEED` the
seed; both are printed.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator

import psutil
import pytest

from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.hub_client import HubDown, HubRefused
from mianzheng.cli.person import Person
from mianzheng.model.authorisation import Draft, FormValue
from mianzheng.model.case import CaseView, State
from tests.city_wide.running_city import RunningCity, running_city

ITEM = "old-age-allowance"
CASES = 200
AT_ONCE = 6
KILLS = int(os.environ.get("MIANZHENG_TEST_KILLS", "20"))
SEED = int(os.environ.get("MIANZHENG_TEST_SEED", "0")) or int(time.time())
SETTLED = frozenset({State.DELIVERED, State.ENDED, State.PROPOSED})  # where each of these people must come out
PATIENCE = 120.0  # seconds a case has to come to rest once the killing is over


@pytest.fixture(scope="module")
def own_city() -> Iterator[RunningCity]:
    with running_city(residents=3_000, gateway_timeout=1.0) as running:
        yield running


class _Applicant:
    """Applies for one case as a person would who tries again when the page does not answer."""

    def __init__(self, session: CitySession, number: str) -> None:
        self.session = session
        self.number = number

    async def run(self) -> CaseView:
        person, draft, openings = await self._applied()
        body = person.authorisation_body(draft, openings)
        deadline = time.monotonic() + PATIENCE
        view: CaseView | None = None
        while view is None or view.state not in SETTLED:
            assert time.monotonic() < deadline, f"{draft.case} is still {view and view.state}"
            try:
                view = await person.show(draft.case)
                if view.state is State.ACCEPTED:
                    view = await person.hand_in(draft.case, body)
            except (HubDown, HubRefused) as error:
                if isinstance(error, HubRefused) and error.code not in (
                    "not-in-this-state",
                    "overtaken",
                    "unavailable",
                ):
                    raise
            if view is None or view.state not in SETTLED:
                await asyncio.sleep(0.3)
        return view

    async def _applied(self) -> tuple[Person, Draft, tuple[FormValue, ...]]:
        while True:
            try:
                person = await self.session.signed_in(self.number)
                draft, openings = await person.apply(ITEM, {})
                return person, draft, openings
            except (HubDown, HubRefused) as error:
                if isinstance(error, HubRefused) and error.code not in _PASSING:
                    raise
                await asyncio.sleep(0.3)


_PASSING = ("unavailable", "not-in-this-state", "overtaken")  # what trying again mends


async def _run_cases(
    city: RunningCity, people: list[tuple[str, str]], chance: random.Random, tally: Counter[str]
) -> list[CaseView]:
    async with open_city(city.data) as session:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(place: int, number: str) -> CaseView:
            while tally.total() < place * KILLS // CASES:  # so that cases run until the last kill
                await asyncio.sleep(0.05)
            async with gate:
                return await _Applicant(session, number).run()

        cases = [one(place, number) for place, (number, _) in enumerate(people)]
        *views, _ = await asyncio.gather(*cases, _kill(city, chance, tally))
        return views


async def _kill(city: RunningCity, chance: random.Random, tally: Counter[str]) -> None:
    names = ["hub", "worker", "gateway-civil-affairs", "gateway-human-resources", "gateway-public-security"]
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        name = chance.choice(names)
        victim = psutil.Process(city.pid(name))
        victim.kill()
        await asyncio.to_thread(victim.wait, 10)  # a process that is still dying would pass for a running one
        tally[name] += 1
        await asyncio.sleep(chance.uniform(0.0, 0.4))
        await asyncio.to_thread(city.start_what_died)


def _people(city: RunningCity) -> list[tuple[str, str]]:
    found = [(number, "granted") for number in city.people(ITEM, "granted", CASES // 2)]
    found += [(number, "refused") for number in city.people(ITEM, "refused", CASES - len(found))]
    return found


@pytest.fixture(scope="module")
def outcome(own_city: RunningCity) -> tuple[list[tuple[str, str]], list[CaseView]]:
    chance = random.Random(SEED)
    people = _people(own_city)
    chance.shuffle(people)
    tally: Counter[str] = Counter()

    began = time.monotonic()
    views = asyncio.run(_run_cases(own_city, people, chance, tally))
    print(f"\nseed {SEED}: {KILLS} kills in {time.monotonic() - began:.0f} s, {len(views)} cases")
    for name, count in sorted(tally.items()):
        print(f"  {name:28} {count:4}")
    for state, count in sorted(Counter(view.state.value for view in views).items()):
        print(f"  ended {state:22} {count:4}")
    return people, views


def test_every_accepted_case_reaches_the_state_it_would_have_reached(
    outcome: tuple[list[tuple[str, str]], list[CaseView]],
) -> None:
    people, views = outcome
    assert len(views) == CASES
    wrong = [
        (view.case, view.state) for (_, expect), view in zip(people, views, strict=True) if view.decision != expect
    ]
    assert not wrong
    assert {view.state for view in views} <= SETTLED


def test_each_granted_case_has_one_decision_and_one_credential(
    own_city: RunningCity, outcome: tuple[list[tuple[str, str]], list[CaseView]]
) -> None:
    _, views = outcome
    granted = {view.case for view in views if view.decision == "granted"}
    assert all(view.credential for view in views if view.case in granted)
    state = sqlite3.connect(own_city.data / "gateways" / "civil-affairs" / "state.sqlite")
    assert {case for (case,) in state.execute('SELECT "case" FROM decisions')} == granted
    assert state.execute("SELECT count(*) FROM log WHERE kind = 'decision'").fetchone() == (len(granted),)
    assert state.execute("SELECT count(DISTINCT status_index) FROM decisions").fetchone() == (len(granted),)


def test_the_ledger_verifies_and_reconciles_after_the_kills(
    own_city: RunningCity, outcome: tuple[list[tuple[str, str]], list[CaseView]]
) -> None:
    time.sleep(3)  # the sequencer folds within a second, a witness round comes every second
    verified = own_city.json("ledger", "verify", "--case", outcome[1][0].case)
    assert verified["findings"] == []
    assert verified["witnessed"]
    compared = own_city.json("ledger", "reconcile", check=None)
    assert [finding for finding in compared["findings"] if finding.get("serious", True)] == []
