"""A changed item is a new version: a case that runs ends under the one it was opened by, though that was retired."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from mianzheng.cases.advance import run as go
from mianzheng.cases.loading import load
from mianzheng.cases.publishing import hand_in, move, take_approvals
from mianzheng.cases.view import view_of
from mianzheng.credentials import jws
from mianzheng.gateway.approving import retire, sign_item
from mianzheng.model.case import State
from mianzheng.model.deciding import SignedDecision
from mianzheng.model.item import Item
from tests.cases.hub_world import HubWorld, hub_world, run
from tests.cases.procedure_world import HERE
from tests.gateway.world import OLD

NAME = "changing-allowance"
ASKED = (HERE, "public-security", "human-resources")
AGE = "applicant.hukou.age >= {}"


def version(here: HubWorld, number: int, age: int) -> Item:
    """The allowance from an age on."""
    base = here.world.loaded["old-age-allowance"].item
    conditions = tuple(
        msgspec.structs.replace(one, rule=AGE.format(age)) if one.id == "aged" else one for one in base.conditions
    )
    return msgspec.structs.replace(base, item=NAME, version=number, conditions=conditions, examples=())


async def publish(here: HubWorld, item: Item) -> None:
    """Load, approve and publish a version at gateways and hub."""
    name = f"{NAME}.{item.version}"
    here.world.add_item(item)
    await hand_in(here.hub, sign_item(item, here.world.steward(HERE)))
    await take_approvals(here.hub, NAME, item.version, here.approvals(name))
    await step(here, item, "publication")


async def step(here: HubWorld, item: Item, name: str) -> None:
    """Let the handling department's steward sign a step on a version."""
    loaded = f"{NAME}.{item.version}"
    signed = here.item_step(loaded, name, item=NAME, item_version=item.version)
    await move(here.hub, NAME, item.version, signed, step=name)  # type: ignore[arg-type]


def test_a_running_case_ends_under_its_own_version_after_another_was_published_and_that_one_retired() -> None:
    async def work() -> None:
        async with hub_world() as here:
            first, second = version(here, 1, 80), version(here, 2, 95)
            await publish(here, first)
            running = await here.authorised(OLD, NAME)  # 90 years old; nothing was asked yet
            await publish(here, second)
            await step(here, first, "retirement")
            for department in ASKED:
                retire(here.world.gateways[department], NAME, 1, here.world.steward(department), last=here.hub.today)
            here.ahead += timedelta(days=1)
            here.world.ahead = here.ahead.total_seconds()
            live = await go(await load(here.new_hub(), running.id))
            view = await view_of(live)
            assert (live.state, view.version, view.decision) == (State.DELIVERED, 1, "granted")
            (decided,) = [sent for sent in live.requests if sent.kind == "decision"]
            assert decided.answer is not None
            token = msgspec.json.decode(decided.answer)["decision"]
            signed = msgspec.json.decode(jws.unverified_payload(token), type=SignedDecision)
            assert (signed.item, signed.item_version) == (NAME, 1)
            here.ahead, here.world.ahead = timedelta(0), 0.0
            later_one = await go(await here.authorised(OLD, NAME))
            view = await view_of(later_one)
            assert (view.version, view.decision, [one.condition for one in view.reasons]) == (2, "refused", ["aged"])

    run(work())
