"""What a reader is told to do follows from what is offered to them: the two can never disagree."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from mianzheng.cases.advance import run as go
from mianzheng.cases.live import LiveCase
from mianzheng.cases.next_steps import next_step_of
from mianzheng.cases.own_acts import may_contest, open_acts
from mianzheng.cases.steps import accept_refusal
from mianzheng.cases.view import reasons_of, view_of
from mianzheng.decision.audience import AGENT, CLERK, FORMER, RESIDENT, Viewer
from mianzheng.model.case import CaseAct, CaseView, State
from mianzheng.model.text import Text
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step
from tests.cases.procedure_world import published
from tests.cases.test_agents import Agent
from tests.gateway.world import YOUNG

NAMED: dict[CaseAct, tuple[str, str]] = {  # by which words a text names an act
    "accept-refusal": ("接受", "ccept it"),
    "ask-person": ("请工作人员办理", "sk for a person"),
    "withdraw": ("撤回", "ithdraw"),
    "escalate": ("上报“办不成事”", "say that it cannot be done"),
    "corrected": ("重新签署", "sign again"),
    "supply": ("补齐后告知", "say so when it is there"),
}
CONTESTS = ("提出异议", "ontest an answer")
Decision = Literal["refused", "granted"]


def named(text: Text | None) -> set[CaseAct]:
    """Return the acts that a text names, in both languages alike."""
    zh, en = ("", "") if text is None else (text.zh, text.en)
    found = [(act, words[0] in zh, words[1] in en) for act, words in NAMED.items()]
    assert all(in_zh is in_en for _, in_zh, in_en in found), text
    return {act for act, in_zh, _ in found if in_zh}


def contests(text: Text | None) -> bool:
    """Tell whether a text names the contest of an answer."""
    return text is not None and CONTESTS[0] in text.zh and CONTESTS[1] in text.en


async def shown(live: LiveCase, state: State, decision: Decision, viewer: Viewer) -> CaseView:
    """A case as a viewer reads it, were it in another state."""
    live.row = msgspec.structs.replace(live.row, state=state, decision=decision)
    return await view_of(live, viewer)


async def refused(here: HubWorld, name: str = "old-age-allowance") -> LiveCase:
    live = await go(await here.authorised(YOUNG, name))
    assert live.state is State.PROPOSED
    return live


@pytest.mark.parametrize("name", ["old-age-allowance", "signed-allowance"])
def test_who_applied_is_told_in_every_state_of_no_act_that_is_not_offered(name: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here, name if name == "old-age-allowance" else await published(here, name))
            for state in State:
                for decision in ("refused", "granted"):
                    view = await shown(live, state, decision, RESIDENT)
                    assert named(view.next_step) <= set(view.acts), (state, view.next_step)
                    if contests(view.next_step):
                        assert any(may_contest(live, one) for one in view.answers)

    run(work())


def test_of_a_proposed_refusal_all_that_is_open_is_named() -> None:
    async def work() -> None:
        async with hub_world() as here:
            view = await view_of(await refused(here))
            assert view.next_step == Text(
                zh="机器拟不予办理。您可以接受、对某项答案提出异议，或请工作人员办理。",
                en="The machine proposes a refusal. Accept it, contest an answer, or ask for a person.",
            )
            view = await view_of(await refused(here, await published(here, "signed-allowance")))
            assert view.next_step == Text(
                zh="机器拟不予办理。由办理部门的工作人员决定。您可以对某项答案提出异议，或请工作人员办理。",
                en="The machine proposes a refusal. An officer of the department decides."
                " Contest an answer, or ask for a person.",
            )

    run(work())


def test_an_accepted_refusal_is_said_to_be_with_the_department() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
            view = await view_of(live)
            assert "accept-refusal" not in view.acts and view.next_step is not None
            assert view.next_step.en == "The machine proposes a refusal. The department is signing it."

    run(work())


def test_who_reads_beside_the_applicant_is_told_of_the_applicants_acts_and_of_none_else() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            for state in State:
                view = await shown(live, state, "refused", CLERK)
                assert named(view.next_step) <= set(open_acts(live)), (state, view.next_step)
            view = await shown(live, State.PROPOSED, "refused", CLERK)
            assert view.next_step is not None and "申请人可以" in view.next_step.zh
            assert "The applicant may accept it" in view.next_step.en

    run(work())


@pytest.mark.parametrize("state", list(State))
def test_principal_and_former_agent_are_offered_nothing_and_told_of_nothing_to_do_in_the_case(state: State) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await Agent(here).authorised())
            for decision in ("refused", "granted"):
                for viewer in (RESIDENT, FORMER):
                    view = await shown(live, state, decision, viewer)
                    assert view.acts == () and not named(view.next_step) and not contests(view.next_step)
                view = await shown(live, state, decision, AGENT)
                assert named(view.next_step) <= set(view.acts)

    run(work())


def test_a_principal_reads_that_a_proposed_refusal_is_the_agents_while_the_mandate_stands() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await Agent(here).authorised())
            view = await shown(live, State.PROPOSED, "refused", RESIDENT)
            assert view.next_step is not None and "委托终止的，本件随之停止" in view.next_step.zh
            assert next_step_of(live, view) == view.next_step

    run(work())
