"""Registers that hide rows: with and without one, a thousand pairs of requests are not told apart."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import event

from mianzheng.gateway import querying
from mianzheng.gateway.querying import TICK_SECONDS, Wanted, ask_registers
from mianzheng.model.asking import AnswerResponse
from mianzheng.rules.bind import Bindings
from tests.gateway.world import ABSENT, OLD, Case, World

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


def wanted(world: World, case: Case) -> list[Wanted]:
    own = world.gateways[POLICE].compiler.questions(case.loaded)
    bindings = Bindings(as_of=case.authorisation.as_of, params={}, forms={})
    return [Wanted(own=one, bindings=bindings) for one in own]


def test_a_thousand_pairs_take_the_same_path_and_leave_on_the_same_ticks(
    world: World, statements: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, asked, clock = world.gateways[POLICE], wanted(world, Case(world, "clean-record")), Clock()
    monkeypatch.setattr(querying, "time", clock)
    slow = {SEALED: (0.002, 0.049), NONE: (0.0001, 0.004)}  # a row that is found and hidden takes longer
    paths: dict[str, set[tuple[str, object]]] = {SEALED: set(), NONE: set()}
    answers: dict[str, set[str]] = {SEALED: set(), NONE: set()}
    left: dict[str, set[float]] = {SEALED: set(), NONE: set()}
    chance = random.Random(4)
    for pair in range(PAIRS):
        for number in (SEALED, NONE) if pair % 2 else (NONE, SEALED):
            statements.clear()
            clock.at, clock.work = 0.0, chance.uniform(*slow[number])
            clock.left.clear()
            found = ask_registers(gateway, asked, number, at=gateway.now())
            paths[number].update(statements)
            answers[number].add(repr(sorted(found.items())))
            left[number].update(clock.left)
    assert paths[SEALED] == paths[NONE]
    assert len(paths[SEALED]) == len(asked)
    assert answers[SEALED] == answers[NONE]
    assert left[SEALED] == left[NONE] == {TICK_SECONDS}


def test_responses_with_and_without_a_sealed_row_are_of_one_size(world: World) -> None:
    sizes: dict[str, set[int]] = {}
    for number in (SEALED, NONE):
        for _ in range(10):
            case = Case(world, "clean-record", number)
            reply = world.clients[POLICE].post("/answers", content=case.token(case.request(POLICE)))
            response = msgspec.json.decode(reply.content, type=AnswerResponse)
            sizes.setdefault(number, set()).update((len(reply.content), len(response.sheet)))
    assert sizes[SEALED] == sizes[NONE]
