"""What a run says against itself: a paper that was carried, ends without a truth behind them, whom nobody plays."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from mianzheng.conformance.compare import differences
from mianzheng.conformance.measure import by_parity, from_packs, report
from mianzheng.conformance.parties import Found
from mianzheng.conformance.play import Played, Player
from mianzheng.conformance.run import EACH, lacking
from mianzheng.conformance.staff import Desk
from mianzheng.conformance.wanted import Wanted
from mianzheng.decision.decide import GRANTED_BEFORE
from mianzheng.model.case import CaseView, Explanation, ReasonView, State
from mianzheng.model.officers import OpenView
from tests.conformance.test_notice import DELIVERED, WANTED, measured, view
from tests.conformance.test_play import WORDS, answered, explained

OPEN = msgspec.structs.replace(WANTED, conditions={"one": None}, before={"one": None}, looked={"one": None})


def what(played: Played) -> list[str]:
    return [one.what for one in differences(played)]


def test_a_case_in_which_a_paper_was_carried_is_no_case_as_expected() -> None:
    carried = msgspec.structs.replace(view(State.DELIVERED), documents_carried=1)
    played = msgspec.structs.replace(DELIVERED, last=carried)
    assert what(DELIVERED) == []
    assert what(played) == ["1 documents were carried"]
    totals = report([measured(played)]).totals
    assert (totals.documents_carried, totals.as_expected, totals.completed) == (1, 0, 1)


def test_who_was_granted_the_same_in_this_run_is_lawfully_refused_it_again() -> None:
    reason = ReasonView(condition=GRANTED_BEFORE, zh="已发", en="granted", department="d")
    again = msgspec.structs.replace(
        DELIVERED, wanted=msgspec.structs.replace(WANTED, again=True),
        last=msgspec.structs.replace(view(State.REFUSED), decision="refused", reasons=(reason,)),
    )  # fmt: skip
    assert what(again) == []
    assert what(msgspec.structs.replace(again, wanted=WANTED)) == [
        "in the end it came to refused (refused), the truth says granted"
    ]


class Staff:
    """A department's officer before a desk on which one condition and one sum are open."""

    def __init__(self) -> None:
        self.found: list[Found] = []

    async def act(self, *about: Any) -> Any:
        return self._desk("condition:one", "one")

    async def enter(self, case: str, department: str, found: Found) -> Any:
        self.found.append(found)
        return self._desk("computed:amount", "amount")

    def _desk(self, finding: str, condition: str) -> Any:
        one = OpenView(condition=condition, otherwise=WORDS, recommended="person", finding=finding)
        return SimpleNamespace(state=State.WAITING_PERSON, open=(one,))


def test_the_played_officer_asks_the_departments_and_nobody_for_a_paper() -> None:
    staff = Staff()
    desk = Desk(cast(Any, staff), entered={"i": {"amount": "5"}}, booked={"i": frozenset()})
    names, _ = asyncio.run(desk.settle("c1", WANTED, {"one": True}))
    assert names == {"condition:one", "computed:amount"}
    assert [one.how for one in staff.found] == ["record", "record"]
    assert all(one.note for one in staff.found)


def test_a_sum_that_only_the_truth_holds_is_entered_as_it_is_there_and_not_taken_from_the_packs() -> None:
    staff, known = Staff(), msgspec.structs.replace(WANTED, amount=Decimal("906.87"))
    desk = Desk(cast(Any, staff), entered={"i": {"amount": "740"}}, booked={"i": frozenset()})
    names, _ = asyncio.run(desk.settle("c1", known, {"one": True}))
    assert [one.value for one in staff.found] == [True, "906.87"]
    assert from_packs([measured(Played(wanted=known, last=view(State.DELIVERED), entered=names))]).cases == 0


def test_what_an_officer_settled_that_the_truth_does_not_hold_is_counted_as_supposed() -> None:
    entered = frozenset({"condition:one", "computed:amount", "at_home"})
    known = Played(wanted=WANTED, last=view(State.DELIVERED), entered=entered)
    unknown = msgspec.structs.replace(known, wanted=OPEN)
    cases = [measured(known), measured(unknown), measured(DELIVERED)]
    assert (by_parity(cases).cases, dict(by_parity(cases).found)) == (1, {("i", "one"): 1})
    assert (from_packs(cases).cases, dict(from_packs(cases).found)) == (2, {("i", "computed:amount"): 2})


def test_an_outcome_is_lacking_when_only_somebody_with_dirty_rows_has_it() -> None:
    refused = msgspec.structs.replace(WANTED, conditions={"one": False}, troubled=True)
    assert lacking([WANTED, refused], EACH) == ("refused", "undecided")
    assert lacking([WANTED, msgspec.structs.replace(refused, troubled=False), OPEN], EACH) == ()


class Resident:
    """Whose application comes to this at once."""

    def __init__(self, first: CaseView, explanation: Explanation) -> None:
        self.first = first
        self.explanation = explanation

    async def apply(self, wanted: Wanted) -> CaseView:
        return self.first

    async def explain(self, case: str) -> Explanation:
        return self.explanation


def begun(first: CaseView, explanation: Explanation) -> Played:
    return asyncio.run(Player(cast(Any, Resident(first, explanation)), cast(Any, None)).begin(OPEN))


HASTY = "was left to a person and waited for no register, though all that is open hangs on those that were away"


def test_who_was_left_to_a_person_while_only_registers_were_open_is_a_difference() -> None:
    played = begun(answered("unavailable"), explained("unknown", "unavailable"))
    assert HASTY in what(played)
    assert HASTY not in what(msgspec.structs.replace(played, waited=True))


@pytest.mark.parametrize(
    ("first", "explanation"),
    [
        (answered("unavailable"), explained("unknown", "not_held")),  # something no register settles is open too
        (answered("value"), explained("unknown", "value")),
        (answered("unavailable"), explained("true", "unavailable")),  # another branch met it
    ],
)
def test_a_person_has_at_once_what_no_register_that_is_away_could_settle(
    first: CaseView, explanation: Explanation
) -> None:
    assert HASTY not in what(begun(first, explanation))


def test_a_false_condition_that_is_hidden_from_who_applied_need_not_be_named() -> None:
    refused = msgspec.structs.replace(view(State.PROPOSED), decision="refused")
    false = msgspec.structs.replace(WANTED, conditions={"one": False}, before={"one": False})
    played = Played(wanted=false, first=refused, last=None, fault="stopped")
    unnamed = "one is false and neither a reason nor named as not examined"
    assert unnamed in what(played)
    (condition,) = explained("unknown", "value").conditions
    hidden = msgspec.structs.replace(condition, result="withheld")
    told = msgspec.structs.replace(explained("unknown", "value"), conditions=(hidden,))
    assert unnamed not in what(msgspec.structs.replace(played, explained=told))
