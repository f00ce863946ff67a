"""Registers that hide rows: with and without one, a thousand pairs of requests are not told apart."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from sqlalchemy import event

from mianzheng.gateway import querying
from mianzheng.gateway.querying import TICK_SECONDS
from mianzheng.model.asking import AnswerResponse
from tests.gateway.world import ABSENT, OLD, Case, World, read_answers

PAIRS = 1000
POLICE = "public-security"
SEALED, NONE = ABSENT, OLD  # a sealed juvenile row; no row at all


class Clock:
    """Stands in for the time a register takes: `work` seconds each, and notes when an answer leaves."""

    def __init__(self) -> None:
        self.at = 0.0
        self.work = 0.0
        self.left: list[float] = []

    def monotonic(self) -> float:
        """Return the time; until it is asked again the work goes on."""
        now, self.at = self.at, self.at + self.work
        return now

    def sleep(self, seconds: float) -> None:
        """Hold the answer back; the time before was that of the second asking."""
        self.left.append(round(self.at - self.work + seconds, 9))


@pytest.fixture
def statements(world: World) -> Iterator[list[tuple[str, object]]]:
    engine = world.gateways[POLICE].registers["offence"].engine
    seen: list[tuple[str, object]] = []

    def note(connection: object, cursor: object, text: str, values: object, *rest: object) -> None:
        seen.append((text, len(str(values))))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def again(world: World, case: Case) -> httpx.Response:
    """Ask a case's questions as if nobody had asked them yet."""
    world.gateways[POLICE].state.commit(lambda connection: connection.execute("DELETE FROM answered"))
    return world.clients[POLICE].post("/answers", content=case.token(case.request(POLICE)))


def test_a_thousand_pairs_of_whole_responses_differ_in_no_byte_header_path_or_time(
    world: World, statements: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, chance = Clock(), random.Random(4)
    cases = {number: Case(world, "clean-record", number) for number in (SEALED, NONE)}
    monkeypatch.setattr(querying, "time", clock)
    slow = {SEALED: (0.002, 0.049), NONE: (0.0001, 0.004)}  # a row that is found and hidden takes longer
    seen: dict[str, set[object]] = {SEALED: set(), NONE: set()}
    for pair in range(PAIRS):
        for number in (SEALED, NONE) if pair % 2 else (NONE, SEALED):
            statements.clear()
            clock.left.clear()
            clock.at, clock.work = 0.0, chance.uniform(*slow[number])
            reply = again(world, cases[number])
            response = msgspec.json.decode(reply.content, type=AnswerResponse)
            answers = read_answers(world, POLICE, response.sheet)
            seen[number].add(
                (
                    *(reply.status_code, len(reply.content), len(response.sheet), response.links == {}),
                    *(tuple(sorted(reply.headers.items())), repr(sorted(answers.items()))),
                    *(tuple(statements), tuple(clock.left)),
                )
            )
    assert seen[SEALED] == seen[NONE]
    ((status, *_, asked, left),) = seen[NONE]
    assert (status, len(asked), left) == (200, 1, (TICK_SECONDS,))  # type: ignore[arg-type]


def test_work_that_outlasts_a_tick_leaves_on_a_later_one_and_never_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, chance = Clock(), random.Random(5)
    cases = {number: Case(world, "clean-record", number) for number in (SEALED, NONE)}
    monkeypatch.setattr(querying, "time", clock)
    for _ in range(50):
        work = chance.uniform(0.5, 4.0) * TICK_SECONDS
        left = {}
        for number, case in cases.items():
            clock.left.clear()
            clock.at, clock.work = 0.0, work
            again(world, case)
            left[number] = tuple(clock.left)
        assert left[SEALED] == left[NONE] == (round(math.ceil(work / TICK_SECONDS) * TICK_SECONDS, 9),)
