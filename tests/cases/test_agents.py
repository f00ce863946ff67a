"""An agent's case at the hub: it stands under the principal, and only as long as the mandate does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mianzheng.cases.advance import run as go
from mianzheng.cases.authorising import BadAuthorisation, authorise
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.notices import views_of
from mianzheng.cases.opening import draft_of, open_case
from mianzheng.cases.papers import open_paper, papers_view
from mianzheng.cases.proving import proofs_about
from mianzheng.cases.steps import ask_person, withdraw
from mianzheng.cases.view import view_of
from mianzheng.credentials import jwe
from mianzheng.credentials.keys import PrivateKey
from mianzheng.decision.audience import AGENT, RESIDENT
from mianzheng.exchange.peers import Letter, Refusal, Reply, Silent
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import show
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.case import State
from mianzheng.model.errors import Unavailable, WrongUse
from mianzheng.model.text import Text
from mianzheng.store.people import cases_with
from mianzheng.web.access import own_case, seen_case
from tests.authority.bodies import BODIES, headed_by, sealed_code
from tests.authority.grants import Grant, change
from tests.authority.test_bodies import mandate as firm_mandate
from tests.authority.test_mandates import hukou
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run, sign_draft, sign_step
from tests.gateway.world import FIRM, HEAD, HOLDER, OLD, SON, YOUNG

ITEM = "old-age-allowance"
PERSONS = "public-security"
HANDLING = "civil-affairs"


class Agent:
    """The son, with a mandate of his mother's, before one hub."""

    def __init__(self, hub: HubWorld, **changes: Any) -> None:
        self.hub = hub
        self.key = PrivateKey.generate()
        self.held = Grant(hub.world, **({"holder": self.key.public.jwk} | changes)).mandate()
        self.applicant = applicant_of(hub.world, SON)

    async def opened(self) -> LiveCase:
        return await open_case(self.hub.hub, self.applicant, ITEM, (), mandate=show(self.held, ITEM))

    async def authorised(self, **changes: Any) -> LiveCase:
        live = await self.opened()
        draft = draft_of(live)
        fields = {"acts_for": draft.acts_for, "mandate": draft.mandate, "holder": self.key.public.jwk} | changes
        signed, assertion = sign_draft(self.hub.world, SON, draft, (), **fields)
        await authorise(live, b64(signed), assertion, ())
        return live

    def revoke(self) -> None:
        assert change(self.hub.world, self.held, OLD).status_code == 200


async def read_lines(hub: HubWorld, pairwise: str, case: str) -> list[bytes]:
    """The ledger entries of a case that a person reads as their own."""
    contents = [unb64(proof.content) for proof in await proofs_about(hub.hub, pairwise)]
    return [content for content in contents if case.encode() in content]


def test_a_son_does_his_mothers_benefit_and_the_result_is_sealed_to_her() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            live = await go(await agent.authorised())
            assert live.state is State.DELIVERED
            kinds = [letter.path for letter in hub.peers.sent]
            assert kinds.count("/bundles") == 2
            response = next(s for s in live.requests if s.kind == "decision")
            credential = msgspec.json.decode(response.answer or b"")["credential"]
            assert jwe.open_sealed(credential, key=agent.key, typ="mz-credential")

    run(work())


def test_the_case_stands_under_the_principal_who_sees_it_as_their_own() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            live = await go(await agent.authorised())
            mother = applicant_of(hub.world, OLD)
            found, viewer = await seen_case(hub.hub, live.id, mother)
            assert (found.id, viewer.kind) == (live.id, "resident")
            assert (await seen_case(hub.hub, live.id, agent.applicant))[1].kind == "agent"
            async with hub.hub.store.connection() as connection:
                who = hub.hub.vault.pseudonym("participants", mother.pairwise)
                assert live.id in await cases_with(connection, who)
            assert await read_lines(hub, mother.pairwise, live.id)
            assert not await read_lines(hub, agent.applicant.pairwise, live.id)

    run(work())


def test_the_authority_is_asked_before_every_step() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            live = await go(await Agent(hub).authorised())
            paths = [letter.path for letter in hub.peers.sent]
            assert live.state is State.DELIVERED
            for path in ("/answers", "/decisions", "/deliveries"):
                assert "/mandates/standing" in paths[: paths.index(path)]
            assert paths.count("/mandates/standing") >= 3

    run(work())


@pytest.mark.parametrize("after", ["/bundles", "/answers", "/decisions"])
def test_a_mandate_revoked_in_mid_case_stops_it_at_the_next_step(after: str) -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            done: list[str] = []

            async def revoke(letter: Letter) -> None:
                if letter.path == after and not done:
                    done.append(after)
                    agent.revoke()

            live = await agent.authorised()
            hub.peers.after = revoke
            live = await go(live)
            last = [letter.path for letter in hub.peers.sent]
            expected = {"/decisions": State.DELIVERED}
            assert live.state is expected.get(after, State.WITHDRAWN)
            assert not [path for path in last[last.index(after) + 1 :] if path in ("/decisions", "/deliveries")]
            reloaded = await go(await load(hub.hub, live.id))
            assert reloaded.state is live.state

    run(work())


def test_an_agent_whose_mandate_is_over_acts_on_nothing_and_reads_only_that_they_applied() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            case = (await go(await agent.authorised())).id
            assert (await seen_case(hub.hub, case, agent.applicant))[1].kind == "agent"
            agent.revoke()
            for read in (own_case, seen_case):  # an act is asked for anew, and its no shuts the pages at once
                with pytest.raises(MandateRefused) as refused:
                    await read(hub.hub, case, agent.applicant)
                assert refused.value.code == "mandate-revoked"
            view = await view_of(*await seen_case(hub.hub, case, agent.applicant, history=True))
            assert (view.state, view.decision, view.seen_as) == (State.ENDED, "undecided", "former")
            assert (view.answers, view.papers, view.credential, view.amount, view.acts) == ((), (), None, None, ())
            assert (await seen_case(hub.hub, case, applicant_of(hub.world, OLD)))[1].kind == "resident"

    run(work())


def test_while_the_authority_does_not_answer_nothing_opens_to_an_agent() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            case = (await go(await agent.authorised())).id
            hub.ahead = timedelta(seconds=61)  # for reading a word is good for a minute
            hub.peers.down.add(PERSONS)
            for read in (seen_case, own_case):
                with pytest.raises(Unavailable):
                    await read(hub.hub, case, agent.applicant)
            assert (await seen_case(hub.hub, case, agent.applicant, history=True))[1].kind == "former"

    run(work())


def test_an_agents_opening_of_a_paper_serves_it_on_nobody_and_the_principals_does() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            live = await go(await agent.authorised())
            opened = await open_paper(live, "grant", AGENT, on_screen=True)
            assert (opened.view.delivered_on, opened.says.addressee.zh) == (
                None,
                "申请人：委托人本人，身份由临海市公安局核验",
            )
            assert "receipt" not in [one.paper for one in await papers_view(live, AGENT)]
            assert (await open_paper(live, "grant", RESIDENT, on_screen=True)).view.way == "screen"

    run(work())


def never_arrives(hub: HubWorld) -> None:
    hub.peers.instead = lambda letter: Silent(reason="down") if letter.path == "/decisions" else None


async def revoked_while_decided(hub: HubWorld) -> tuple[Agent, LiveCase]:
    """A case that is granted here, the request for the department's decision on its way, and the mandate over."""
    agent = Agent(hub)
    live = await go(await agent.authorised())
    assert live.state is State.GRANTED
    agent.revoke()
    hub.peers.instead = lambda letter: None
    hub.peers.lost.clear()
    return agent, live


def test_revoked_before_the_department_signed_the_case_is_withdrawn_and_the_principal_told() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            never_arrives(hub)
            _, live = await revoked_while_decided(hub)
            live = await go(await load(hub.hub, live.id))
            assert live.state is State.WITHDRAWN
            assert [notice.kind for notice in await views_of(live)] == ["mandate-over"]
            committed = [sent.token for sent in live.requests if sent.kind == "decision"]
            late = await hub.peers.post(Letter(party=HANDLING, path="/decisions", body=committed[0].encode()))
            assert isinstance(late, Refusal)
            assert late.code == "decision-halted"

    run(work())


def test_revoked_after_the_department_signed_what_it_signed_is_delivered() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            hub.peers.change = lambda letter, body: b"lost" if letter.path == "/decisions" else body
            _, live = await revoked_while_decided(hub)
            hub.peers.change = lambda letter, body: body
            live = await go(await load(hub.hub, live.id))
            assert live.state is State.DELIVERED
            assert not hub.peers.asked("/deliveries")

    run(work())


def test_while_nobody_says_whether_it_signed_the_same_question_goes_again_and_at_the_end_a_person_looks() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            never_arrives(hub)
            _, live = await revoked_while_decided(hub)
            never_arrives(hub)
            for _ in range(2):
                live = await go(await load(hub.hub, live.id))
                assert live.state is State.GRANTED
            asked = [letter.body for letter in hub.peers.sent if letter.path == "/decisions"]
            assert asked[-1] == asked[-2] != asked[0]
            hub.ahead = timedelta(seconds=live.authorisation.exp - hub.hub.seconds + 1)
            live = await go(await load(hub.hub, live.id))
            assert live.state is State.WAITING_PERSON

    run(work())


def test_nobody_withdraws_a_case_that_its_department_is_signing() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            never_arrives(hub)
            agent = Agent(hub)
            live = await go(await agent.authorised())
            signed = sign_step(hub.world, SON, live.id, "withdraw")
            for act in (withdraw, ask_person):
                with pytest.raises(NotInThisState):
                    await act(live, signed)

    run(work())


def test_when_the_principal_died_a_person_has_the_case_and_nothing_more_is_asked() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            live = await Agent(hub).authorised()
            hub.peers.down.add("civil-affairs")
            live = await go(live)
            asked = len(hub.peers.asked("/answers"))
            hub.peers.down.clear()
            with hukou(hub.world, OLD, "3"):
                live = await go(await load(hub.hub, live.id))
            assert live.state is State.WAITING_PERSON
            assert len(hub.peers.asked("/answers")) == asked

    run(work())


def test_an_authority_that_does_not_answer_delays_the_case_and_nothing_leaves() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            live = await Agent(hub).authorised()

            def silent(letter: Letter) -> Reply | None:
                return Silent(reason="down") if letter.path == "/mandates/standing" else None

            hub.peers.instead = silent
            live = await go(live)
            assert live.state is State.AUTHORISED
            assert not hub.peers.asked("/answers")
            hub.peers.instead = lambda letter: None
            live = await go(await load(hub.hub, live.id))
            assert live.state is State.DELIVERED

    run(work())


def test_a_request_whose_standing_grew_old_is_made_anew() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            live = await Agent(hub).authorised()
            refused: list[str] = []

            def old(letter: Letter) -> Reply | None:
                if letter.path in ("/answers", "/decisions") and letter.path not in refused:
                    refused.append(letter.path)
                    return Refusal(code="standing-expired", detail="too old", status=403)
                return None

            hub.peers.instead = old
            live = await go(live)
            live = await go(await load(hub.hub, live.id))
            assert refused == ["/answers", "/decisions"]
            assert live.state in (State.DELIVERED, State.WAITING_REGISTER, State.GRANTED)

    run(work())


def test_a_mandate_that_is_used_up_ends_the_case_before_anything_is_asked() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub, uses=1)
            assert (await go(await agent.authorised())).state is State.DELIVERED
            asked = len(hub.peers.asked("/answers"))
            live = await go(await agent.authorised())
            assert live.state is State.WITHDRAWN
            assert len(hub.peers.asked("/answers")) == asked

    run(work())


@pytest.mark.parametrize(("how", "why"), [("used up", "as often as it says"), ("revoked", "was revoked")])
def test_agent_and_principal_are_told_by_which_word_a_mandate_does_not_serve(how: str, why: str) -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub, uses=1 if how == "used up" else 5)
            await go(await agent.authorised())
            live = await agent.authorised()
            if how == "revoked":
                agent.revoke()
            live = await go(live)
            for who, then in ((agent.applicant, "grants another"), (applicant_of(hub.world, OLD), "apply yourself")):
                view = await view_of(*await seen_case(hub.hub, live.id, who, history=True))
                assert view.state is State.WITHDRAWN and view.acts == () and view.next_step is not None
                assert [one.kind for one in view.notices] == ["mandate-over"] and why in view.notices[0].text.en
                assert then in view.next_step.en

    run(work())


def test_a_former_agent_reads_that_the_case_ended_with_the_mandate_and_no_other_notice() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            never_arrives(hub)
            agent, live = await revoked_while_decided(hub)
            await go(await load(hub.hub, live.id))
            view = await view_of(*await seen_case(hub.hub, live.id, agent.applicant, history=True))
            assert (view.seen_as, [one.kind for one in view.notices]) == ("former", ["mandate-over"])
            assert view.next_step is not None and "neither act nor read" in view.next_step.en

    run(work())


def test_the_agent_signs_for_the_role_and_mandate_that_were_shown() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            for changes in ({"acts_for": None}, {"mandate": ""}, {"acts_for": "agent"}):
                with pytest.raises(BadAuthorisation):
                    await agent.authorised(**changes)

    run(work())


def test_a_mandate_of_another_agent_or_item_opens_no_case() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            held = Grant(hub.world).mandate()
            with pytest.raises(MandateRefused):
                await open_case(hub.hub, applicant_of(hub.world, YOUNG), ITEM, (), mandate=show(held, ITEM))
            other = Grant(hub.world, items=("care-aid",)).mandate()
            with pytest.raises(MandateRefused) as refused:
                await open_case(hub.hub, applicant_of(hub.world, SON), ITEM, (), mandate=show(other, "care-aid"))
            assert refused.value.code == "mandate-not-for-this-item"
            with pytest.raises(WrongUse):
                await open_case(hub.hub, applicant_of(hub.world, SON), ITEM, (), mandate=held, body="a.b.c.d.e")

    run(work())


def test_the_hub_is_told_no_number_of_either() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            agent = Agent(hub)
            await go(await agent.authorised())
            sent = b"".join(letter.body for letter in hub.peers.sent)
            for number in (OLD, SON):
                assert number.encode() not in sent + agent.held.encode()
            tokens = [letter.body for letter in hub.peers.sent if letter.path == "/bundles"]
            assert len(tokens) == 2

    run(work())


class Representative:
    """Who speaks for the firm, or acts on its mandate, before one hub."""

    item = "good-standing"

    def __init__(self, hub: HubWorld, number: str = HEAD) -> None:
        self.hub, self.number = hub, number

    async def authorised(self, *, mandate: str = "") -> LiveCase:
        body = "" if mandate else sealed_code(self.hub.world)
        who = applicant_of(self.hub.world, self.number)
        live = await open_case(self.hub.hub, who, self.item, (), mandate=mandate, body=body)
        draft = draft_of(live)
        signed, assertion = sign_draft(
            self.hub.world, self.number, draft, (), acts_for=draft.acts_for, mandate=draft.mandate
        )
        await authorise(live, b64(signed), assertion, ())
        return live


def test_the_legal_representative_does_the_firms_case_with_their_own_key() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            live = await go(await Representative(hub).authorised())
            assert live.state is State.DELIVERED
            parties = [letter.party for letter in hub.peers.sent if letter.path == "/bundles"]
            assert parties == [PERSONS, BODIES]
            sent = b"".join(letter.body for letter in hub.peers.sent)
            assert FIRM.encode() not in sent
            assert HEAD.encode() not in sent
            await open_paper(live, "grant", AGENT, on_screen=True)
            receipt = (await open_paper(live, "receipt", AGENT, on_screen=True)).says
            assert "单位的法定代表人在平台打开" in str(receipt.sections)
            assert (await view_of(live)).next_step == Text("请领取贵单位的证照。", "Fetch the credential of your body.")

    run(work())


def test_who_does_not_speak_for_the_firm_opens_no_case_for_it() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            live = await go(await Representative(hub, HOLDER).authorised())
            assert live.state is State.WITHDRAWN
            assert "不代表这个单位" in (await view_of(live)).notices[0].text.zh
            assert not hub.peers.asked("/answers")

    run(work())


def test_an_agent_of_the_firm_acts_on_its_mandate_until_the_representative_changes() -> None:
    async def work() -> None:
        async with hub_world() as hub:
            token = show(firm_mandate(hub.world), "good-standing")
            live = await Representative(hub, HOLDER).authorised(mandate=token)
            with headed_by(hub.world, YOUNG):
                live = await go(live)
                assert live.state is State.WAITING_PERSON
            token = show(firm_mandate(hub.world), "good-standing")
            assert (await go(await Representative(hub, HOLDER).authorised(mandate=token))).state is State.DELIVERED

    run(work())
