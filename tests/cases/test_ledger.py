"""The hub's ledger: pending, folded, signed, witnessed; every entry proved to whom it concerns."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from mianzheng.cases.advance import run as go
from mianzheng.cases.loading import load
from mianzheng.cases.proving import proofs_about, proofs_of_case
from mianzheng.cases.sequencing import consistency, fold_pending
from mianzheng.cases.view import view_of
from mianzheng.cases.witnessing import hold_round
from mianzheng.ledger.entry import BadEntry, read_opening
from mianzheng.ledger.heads import read_head
from mianzheng.ledger.proofs import verify_consistency
from mianzheng.ledger.proven import verify_proof
from mianzheng.ledger.tree import MemoryNodes, append
from mianzheng.model.canonical import b64
from mianzheng.store import ledger as stored
from mianzheng.store.ledger import HeadRow
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run
from tests.gateway.world import OLD, YOUNG


async def fold(here: HubWorld) -> HeadRow | None:
    return await fold_pending(here.hub.store, ledger="hub", key=here.world.key("hub", "log"), now=here.hub.clock())


def test_an_entry_is_pending_then_signed_then_witnessed(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            await here.reset_witnesses()
            live = await go(await here.authorised(OLD))
            statuses = []
            for step in (None, fold(here), hold_round(here.hub)):
                if step is not None:
                    await step
                proofs = await proofs_of_case(await load(here.hub, live.id))
                found = [
                    verify_proof(proof, trust=here.hub.trust, witnesses=here.witnesses, at=here.hub.seconds)
                    for proof in proofs
                ]
                statuses.append({one.status for one in found})
            assert statuses == [{"pending"}, {"signed"}, {"witnessed"}]
            assert {one.entry.case for one in found} == {live.id}
            head = found[0].head
            assert head is not None and head.size == len(found) + 1
            assert (await view_of(live)).ledger.root == head.root

    run(work())


def test_the_tree_is_that_of_its_leaves_in_their_order_and_begins_with_its_opening(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            for number in (OLD, YOUNG):
                await go(await here.authorised(number))
                await fold(here)
            async with here.hub.store.connection() as connection:
                size = await stored.tree_size(connection)
                leaves = await stored.leaves(connection, 0, size)
                head = await stored.last_head(connection)
                opening = (
                    await connection.execute(text("select content from ledger_entries where leaf_index = 0"))
                ).scalar_one()
            assert head is not None and len(leaves) == size == head.size
            assert append(MemoryNodes(), 0, leaves) == head.root
            assert read_head(head.signed, trust=here.hub.trust, role="hub", at=here.hub.seconds).size == size
            assert read_opening(leaves[0], opening[:16], opening[16:]).ledger == "hub"

    run(work())


def test_each_head_continues_the_one_before(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            heads = []
            for _ in range(3):
                await here.apply(OLD)
                head = await fold(here)
                assert head is not None
                heads.append(head)
            assert await fold(here) is None
            async with here.hub.store.connection() as connection:
                for first, second in pairwise(heads):
                    proof = await consistency(connection, first.size, second.size)
                    assert verify_consistency(
                        first=first.size,
                        second=second.size,
                        proof=proof,
                        first_root=first.root,
                        second_root=second.root,
                    )

    run(work())


def test_two_processes_that_fold_at_once_make_one_tree(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            other = here.new_hub()
            await asyncio.gather(*(here.apply(OLD) for _ in range(6)))
            key, now = here.world.key("hub", "log"), here.hub.clock()
            folds = (fold_pending(hub.store, ledger="hub", key=key, now=now) for hub in (here.hub, other) * 3)
            await asyncio.gather(*folds)
            while await fold(here):
                pass
            async with here.hub.store.connection() as connection:
                size = await stored.tree_size(connection)
                head = await stored.last_head(connection)
                leaves = await stored.leaves(connection, 0, size)
            assert head is not None and head.size == size == 13
            assert append(MemoryNodes(), 0, leaves) == head.root

    run(work())


def test_a_person_sees_their_own_entries_and_nobody_elses(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            mine = await go(await here.authorised(OLD))
            await go(await here.authorised(YOUNG))
            await fold(here)
            proofs = await proofs_about(here.hub, applicant_of(here.world, OLD).pairwise)
            entries = [
                verify_proof(proof, trust=here.hub.trust, witnesses=here.witnesses, at=here.hub.seconds).entry
                for proof in proofs
            ]
            assert {entry.case for entry in entries} == {mine.id}
            assert len(entries) == len(await proofs_of_case(mine))

    run(work())


def test_a_changed_entry_no_longer_proves_anything(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            live = await go(await here.authorised(OLD))
            await fold(here)
            proof = (await proofs_of_case(live))[3]
            forged = msgspec.structs.replace(proof, content=b64(b'{"kind":"asked","at":1}'))
            with pytest.raises(BadEntry):
                verify_proof(forged, trust=here.hub.trust, witnesses=here.witnesses, at=here.hub.seconds)

    run(work())


def test_a_witness_that_knows_more_than_the_hub_remembers_is_asked_how_far_it_is(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            await here.apply(OLD)
            await fold(here)
            await here.reset_witnesses()
            assert await hold_round(here.hub) == len(here.witnesses)
            async with here.hub.store.connection() as connection:
                await connection.execute(text("delete from cosignatures"))  # the hub died before it wrote them down
            await here.apply(OLD)
            await fold(here)
            assert await hold_round(here.hub) == len(here.witnesses)

    run(work())


def test_what_is_erased_by_rule_leaves_a_tree_that_still_verifies(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            live, _ = await here.apply(OLD)
            other, _ = await here.apply(YOUNG)
            await fold(here)
            async with here.hub.store.connection() as connection:
                await connection.execute(
                    text("update ledger_entries set content = null where case_ref = :ref"),
                    {"ref": live.ledger_key.whose.case_ref},
                )
            assert await proofs_of_case(live) == ()
            for proof in await proofs_of_case(other):
                verify_proof(proof, trust=here.hub.trust, witnesses=here.witnesses, at=here.hub.seconds)

    run(work())
