"""An item is published by signatures alone: its steward's, and those of every department that is asked."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mianzheng.cases.library import Library
from mianzheng.cases.publishing import BadSignature, Frozen, hand_in, move, summaries, take_approvals, text_of
from mianzheng.catalogue.publication import NotAllowed
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.errors import NotFound
from mianzheng.model.publishing import Certified
from tests.cases.hub_world import HubWorld, hub_world, run, world
from tests.store.postgres import fresh_database, server

ITEM = "old-age-allowance"


def empty_hub(folder: Path) -> HubWorld:
    return HubWorld(world(), fresh_database(server()), folder)


def test_draft_approved_published_retired(tmp_path: Path) -> None:
    async def work() -> None:
        here = empty_hub(tmp_path)
        draft = await hand_in(here.hub, here.world.signed_items[ITEM])
        assert (draft.status, draft.digest) == ("draft", here.world.loaded[ITEM].digest)
        text = await text_of(here.hub, ITEM, 1)
        assert text.missing == ("civil-affairs", "human-resources", "public-security")
        with pytest.raises(NotFound):
            await here.hub.library.current(ITEM, here.hub.today)
        approved = await take_approvals(here.hub, ITEM, 1, here.approvals(ITEM))
        assert (approved.summary.status, approved.missing) == ("approved", ())
        published = await move(here.hub, ITEM, 1, here.item_step(ITEM, "publication"), step="publication")
        assert published.summary.status == "published"
        assert (await here.hub.library.current(ITEM, here.hub.today)).item.item == ITEM
        retired = await move(here.hub, ITEM, 1, here.item_step(ITEM, "retirement"), step="retirement")
        assert retired.summary.status == "retired"
        with pytest.raises(NotFound):
            await here.hub.library.current(ITEM, here.hub.today)
        assert (await here.hub.library.version(ITEM, 1)).item.item == ITEM  # running cases keep theirs
        await here.close()

    run(work())


def test_without_every_approval_nothing_is_published(tmp_path: Path) -> None:
    async def work() -> None:
        here = empty_hub(tmp_path)
        await hand_in(here.hub, here.world.signed_items[ITEM])
        text = await take_approvals(here.hub, ITEM, 1, here.approvals(ITEM)[:-1])
        assert text.summary.status == "draft" and len(text.missing) == 1
        with pytest.raises(NotAllowed, match="waits for 1 approvals"):
            await move(here.hub, ITEM, 1, here.item_step(ITEM, "publication"), step="publication")
        await here.close()

    run(work())


def test_only_the_handling_departments_steward_hands_in_and_publishes(tmp_path: Path) -> None:
    async def work() -> None:
        here = empty_hub(tmp_path)
        item = here.world.loaded[ITEM].item
        other = here.world.steward("public-security")
        by_other = Certified(token=jws.sign(item, key=other.key, typ="mz-item"), certificate=other.certificate)
        ours = here.world.steward("civil-affairs")
        by_nobody = Certified(
            token=jws.sign(item, key=PrivateKey.generate(), typ="mz-item"), certificate=ours.certificate
        )
        for wrong in (by_other, by_nobody, Certified(token="x", certificate="")):
            with pytest.raises(BadSignature):
                await hand_in(here.hub, wrong)
        await hand_in(here.hub, here.world.signed_items[ITEM])
        await here.approve(ITEM)
        for wrong in (
            here.item_step(ITEM, "publication", department="public-security"),
            here.item_step(ITEM, "publication", item_digest="another"),
            here.item_step(ITEM, "publication", item_version=2),
            here.item_step(ITEM, "publication", iat=1),
            here.item_step(ITEM, "retirement"),
        ):
            with pytest.raises(BadSignature):
                await move(here.hub, ITEM, 1, wrong, step="publication")
        await here.close()

    run(work())


def test_an_approval_counts_only_from_the_department_that_is_asked(tmp_path: Path) -> None:
    async def work() -> None:
        here = empty_hub(tmp_path)
        await hand_in(here.hub, here.world.signed_items[ITEM])
        approval = here.approvals(ITEM)[0]
        stranger = here.world.steward("market-regulation")
        forged = Certified(
            token=jws.sign(jws.unverified_payload(approval.token), key=stranger.key, typ="mz-approval"),
            certificate=stranger.certificate,
        )
        with pytest.raises(BadSignature):
            await take_approvals(here.hub, ITEM, 1, [forged])
        with pytest.raises(NotAllowed):
            await take_approvals(here.hub, ITEM, 1, here.approvals("care-aid"))
        assert len((await text_of(here.hub, ITEM, 1)).approvals) == 0
        await here.close()

    run(work())


def test_a_published_version_never_changes_and_a_draft_may(tmp_path: Path) -> None:
    async def work() -> None:
        here = empty_hub(tmp_path)
        steward = here.world.steward("civil-affairs")
        item = here.world.loaded[ITEM].item
        changed = msgspec.structs.replace(item, promise_days=1)
        signed = Certified(token=jws.sign(changed, key=steward.key, typ="mz-item"), certificate=steward.certificate)
        await hand_in(here.hub, signed)
        draft = await hand_in(here.hub, here.world.signed_items[ITEM])
        await here.approve(ITEM)
        await move(here.hub, ITEM, 1, here.item_step(ITEM, "publication"), step="publication")
        with pytest.raises(Frozen):
            await hand_in(here.hub, signed)
        again = await hand_in(here.hub, here.world.signed_items[ITEM])  # the very same text is no change
        assert (again.status, again.digest) == ("published", draft.digest)
        await here.close()

    run(work())


def test_a_changed_draft_loses_its_approvals(tmp_path: Path) -> None:
    async def work() -> None:
        here = empty_hub(tmp_path)
        await hand_in(here.hub, here.world.signed_items[ITEM])
        await take_approvals(here.hub, ITEM, 1, here.approvals(ITEM)[:1])
        steward = here.world.steward("civil-affairs")
        changed = msgspec.structs.replace(here.world.loaded[ITEM].item, promise_days=1)
        token = jws.sign(changed, key=steward.key, typ="mz-item")
        await hand_in(here.hub, Certified(token=token, certificate=steward.certificate))
        assert (await text_of(here.hub, ITEM, 1)).approvals == ()
        await here.close()

    run(work())


def test_another_process_sees_what_was_published_within_a_second() -> None:
    async def work() -> None:
        async with hub_world() as here:
            library: Library = here.new_hub().library
            published = {row.item for row in await library.rows() if row.status == "published"}
            assert published >= {one.item.item for one in here.world.catalogue.items}
            assert {line.item for line in await summaries(here.hub)} >= published

    run(work())
