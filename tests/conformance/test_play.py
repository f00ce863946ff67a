"""When a played case is left to the machine, and when to a person."""

from __future__ import annotations

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import Any, Literal, cast

import msgspec
import pytest

from mianzheng.cases.explaining import Result
from mianzheng.conformance.play import Played, Player
from mianzheng.model.case import (
    AnswerView,
    CaseAct,
    CaseView,
    ExplainedAnswer,
    ExplainedCondition,
    Explanation,
    State,
)
from mianzheng.model.text import Text
from tests.conformance.test_notice import WANTED, view

WORDS = Text(zh="是否", en="whether")


def answered(status: Literal["value", "unavailable"]) -> CaseView:
    """A case a person has, of which one register gave this."""
    answer = AnswerView(
        department="d", register="g", role="a", question="q", sentence=WORDS, status=status, value=None, wave=1
    )
    return msgspec.structs.replace(view(State.WAITING_PERSON), decision="undecided", answers=(answer,))


def explained(result: Result, status: str) -> Explanation:
    answer = ExplainedAnswer(
        question="q",
        role="a",
        department="d",
        register="g",
        sentence=WORDS,
        answer=None,
        status=status,
        value=None,
        rests_on=None,
        signed_by="",
        key="",
        sheet="",
        entry="",
    )
    condition = ExplainedCondition(
        condition="one", rule="", reference="", verified=False, result=result, otherwise=WORDS, answers=(answer,)
    )
    return Explanation(
        case="c1",
        item="i",
        version=1,
        as_of=date(2026, 11, 30),
        decision="undecided",
        decided_by="",
        decision_signed_by="",
        conditions=(condition,),
    )


class Residents:
    """Whoever looks again: `views` as the case then stands, `explanation` of the first."""

    def __init__(self, explanation: Explanation, *views: CaseView) -> None:
        self.explanation = explanation
        self.views = list(views)
        self.accepted: list[str] = []

    async def show(self, case: str) -> CaseView:
        return self.views.pop(0)

    async def explain(self, case: str) -> Explanation:
        return self.explanation

    async def receive(self, case: str) -> CaseView:
        return view(State.ENDED)

    async def may_accept(self, seen: CaseView) -> bool:
        return "accept-refusal" in seen.acts

    async def accept(self, seen: CaseView) -> CaseView:
        self.accepted.append(seen.case)
        return view(State.REFUSED)


class Desk:
    """An officer for whom nothing is open; `when`: how many times the resident had still to look when they signed."""

    def __init__(self, residents: Residents) -> None:
        self.residents = residents
        self.when: list[int] = []

    async def settle(self, *about: Any) -> tuple[frozenset[str], Any]:
        return frozenset(), SimpleNamespace(state=State.WAITING_PERSON, open=())

    async def sign(self, *about: Any) -> None:
        self.when.append(len(self.residents.views))


def finished(explanation: Explanation, first: CaseView, *then: CaseView) -> tuple[Played, list[int]]:
    residents = Residents(explanation, *then)
    desk = Desk(residents)
    player = Player(cast(Any, residents), cast(Any, desk))
    begun = Played(wanted=WANTED, case="c1", last=first)
    return asyncio.run(player.finish(begun)), desk.when


def test_a_person_is_not_called_while_a_register_is_asked_that_an_open_condition_waits_for() -> None:
    first, later = answered("unavailable"), answered("value")
    played, when = finished(explained("unknown", "unavailable"), first, later, view(State.DELIVERED))
    assert (when, played.fault) == ([1], "")
    assert played.first == later


def test_what_no_condition_waits_for_any_more_keeps_nobody_waiting() -> None:
    """Of an `or` whose other branch was met the register that did not answer is asked no more."""
    first = answered("unavailable")
    played, when = finished(explained("true", "unavailable"), first, first, view(State.DELIVERED))
    assert (when, played.fault) == ([1], "")
    assert played.first == first


def test_a_case_that_was_asked_again_while_it_was_read_is_looked_at_again() -> None:
    """The view still told of a register that did not answer, the explanation no more: neither is kept."""
    first, later = answered("unavailable"), answered("value")
    played, _ = finished(explained("unknown", "value"), first, later, later, view(State.DELIVERED))
    assert played.first == later


@pytest.mark.parametrize("offered", [True, False])
def test_a_refusal_is_accepted_where_that_is_offered_and_else_an_officer_signs_it(offered: bool) -> None:
    acts: tuple[CaseAct, ...] = ("accept-refusal",) if offered else ("ask-person",)
    first = msgspec.structs.replace(view(State.PROPOSED), decision="refused", acts=acts)
    residents = Residents(explained("unknown", "value"), view(State.REFUSED))
    desk = Desk(residents)
    player = Player(cast(Any, residents), cast(Any, desk))
    wanted = msgspec.structs.replace(WANTED, resident="\x02")  # of whom the person rather accepts
    played = asyncio.run(player.finish(Played(wanted=wanted, case="c1", last=first)))
    assert (bool(residents.accepted), bool(desk.when), played.fault) == (offered, not offered, "")
