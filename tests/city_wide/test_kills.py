"""kill -9 of hub, worker and gateways at random moments while 200 cases run.

Most are of one person; some reach a child by a link, some run on a mandate that is revoked in mid-case, some are
signed by an officer.

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

from mianzheng.cli.city_session import open_city
from mianzheng.model.case import CaseView, State
from tests.city_wide.few_departments import copy_parts
from tests.city_wide.killed_cases import ENDS, LINKED, PLAIN, SIGNED, Player, Work, works
from tests.city_wide.running_city import RunningCity, running_city

Outcome = list[tuple[Work, CaseView]]
CASES = 200
AT_ONCE = 6
KILLS = int(os.environ.get("MIANZHENG_TEST_KILLS", "20"))
REGISTERS = {
    "civil-affairs": ("elder_care", "social_assistance"),
    "health": ("fertility",),
    "human-resources": ("social_insurance",),
    "public-security": ("hukou", "kinship", "residence_permit"),
}
ITEMS = {"civil-affairs": (PLAIN, SIGNED), "health": (LINKED,)}
SEED = int(os.environ.get("MIANZHENG_TEST_SEED", "0")) or int(time.time())


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """The departments that the cases reach, with people enough for all of them."""
    packs = copy_parts(tmp_path_factory.mktemp("packs"), REGISTERS, ITEMS)
    with running_city(residents=3_000, gateway_timeout=1.0, packs=str(packs)) as running:
        yield running


async def _run_cases(
    city: RunningCity, cases: list[Work], chance: random.Random, tally: Counter[str]
) -> list[CaseView]:
    async with open_city(city.data) as session:
        gate, over = asyncio.Semaphore(AT_ONCE), asyncio.Event()

        async def kill() -> None:
            await _kill(city, chance, tally)
            over.set()

        async def one(place: int, work: Work) -> CaseView:
            while tally.total() < place * KILLS // CASES:  # so that cases run until the last kill
                await asyncio.sleep(0.05)
            async with gate:
                return await Player(session, work, over).run()

        running = [one(place, work) for place, work in enumerate(cases)]
        views, _ = await asyncio.gather(asyncio.gather(*running), kill())
        return views


async def _kill(city: RunningCity, chance: random.Random, tally: Counter[str]) -> None:
    names = [
        "hub",
        "worker",
        "gateway-civil-affairs",
        "gateway-human-resources",
        "gateway-public-security",
        "gateway-health",
    ]
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        name = chance.choice(names)
        victim = psutil.Process(city.pid(name))
        victim.kill()
        await asyncio.to_thread(victim.wait, 10)  # a process that is still dying would pass for a running one
        tally[name] += 1
        await asyncio.sleep(chance.uniform(0.0, 0.4))
        await asyncio.to_thread(city.start_what_died)


@pytest.fixture(scope="module")
def outcome(own_city: RunningCity) -> Outcome:
    chance = random.Random(SEED)
    cases = works(own_city, CASES)
    chance.shuffle(cases)
    tally: Counter[str] = Counter()

    began = time.monotonic()
    views = asyncio.run(_run_cases(own_city, cases, chance, tally))
    print(f"\nseed {SEED}: {KILLS} kills in {time.monotonic() - began:.0f} s, {len(views)} cases")
    for name, count in sorted(tally.items()):
        print(f"  {name:28} {count:4}")
    ends = Counter(f"{work.kind}: {view.state.value}" for work, view in zip(cases, views, strict=True))
    for end, count in sorted(ends.items()):
        print(f"  ended {end:32} {count:4}")
    return list(zip(cases, views, strict=True))


def test_every_accepted_case_reaches_the_state_it_would_have_reached(outcome: Outcome) -> None:
    assert len(outcome) == CASES
    assert {work.kind for work, _ in outcome} == set(ENDS)
    wrong = [(work.kind, view.case, view.state) for work, view in outcome if work.expect not in ("", view.decision)]
    assert not wrong
    assert all(view.state in ENDS[work.kind] for work, view in outcome)


def test_after_a_revocation_nothing_is_asked(outcome: Outcome) -> None:
    stopped = [view for work, view in outcome if work.kind == "revoked"]
    assert stopped
    assert {(view.questions_asked, view.answers) for view in stopped} == {(0, ())}


def test_each_granted_case_has_one_decision_and_one_credential_whoever_signed_how_often(
    own_city: RunningCity, outcome: Outcome
) -> None:
    for department, items in (("civil-affairs", (PLAIN, SIGNED)), ("health", (LINKED,))):
        granted = {view.case for work, view in outcome if work.item in items and view.decision == "granted"}
        assert all(view.credential for work, view in outcome if view.case in granted and not work.agent)
        looked_at = {view.case for _, view in outcome if view.state is State.WAITING_PERSON}
        state = sqlite3.connect(own_city.data / "gateways" / department / "state.sqlite")
        decided = {case for (case,) in state.execute('SELECT "case" FROM decisions')}
        assert granted <= decided <= granted | looked_at
        assert state.execute("SELECT count(*) FROM earlier_decisions").fetchone() == (0,)
        assert state.execute("SELECT count(*) FROM log WHERE kind = 'decision'").fetchone() == (len(decided),)
        assert state.execute("SELECT count(DISTINCT status_index) FROM decisions").fetchone() == (len(decided),)
        state.close()


def test_the_ledger_verifies_and_reconciles_after_the_kills(own_city: RunningCity, outcome: Outcome) -> None:
    time.sleep(3)  # the sequencer folds within a second, a witness round comes every second
    verified = own_city.json(
        "ledger", "verify", "--case", next(one.case for work, one in outcome if work.kind == "plain")
    )
    assert verified["findings"] == []
    assert verified["witnessed"]
    compared = own_city.json("ledger", "reconcile", check=None)
    assert [finding for finding in compared["findings"] if finding.get("serious", True)] == []
