"""One step of a case is one statement: conditional, with its flip and ledger entries, won once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from mianzheng.model.case import EDGES, State
from mianzheng.store import cases, ledger
from mianzheng.store.edges import Answered, Edge, FirstStep, NewEntry, NewRequest, Whose, move, open_case
from mianzheng.store.engine import Store
from tests.store.postgres import database, postgres  # noqa: F401  (fixtures)

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
WHOSE = Whose(case_ref=b"case", subject=b"subject", year=2026)


def new_entry() -> NewEntry:
    return NewEntry(leaf=os.urandom(32), content=b"sealed")


def first_step(case: str, state: State = State.APPLIED) -> FirstStep:
    return FirstStep(
        case=case,
        owner=b"owner",
        item="allowance",
        item_version=1,
        state=state,
        key_month="2026-11",
        key_wrapped=b"wrapped",
        opening=b"sealed",
        whose=WHOSE,
        entries=(new_entry(),),
        due_at=NOW,
        at=NOW,
    )


def edge(case: str, source: State, target: State, *, version: int = 1, **more: Any) -> Edge:
    return Edge(
        case=case,
        version=version,
        source=source,
        target=target,
        reason="test",
        whose=WHOSE,
        entries=(new_entry(),),
        at=NOW,
        due_at=None,
        **more,
    )


def with_item(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("insert into items values ('allowance', 1, 'd', 'x', 'published', 's', 'c')")


@asynccontextmanager
async def opened(url: str, *case_states: tuple[str, State]) -> AsyncIterator[Store]:
    with_item(url)
    store = Store(url)
    try:
        async with store.connection() as connection:
            for case, state in case_states:
                await open_case(connection, first_step(case, state))
        yield store
    finally:
        await store.close()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def test_every_edge_moves_its_case_and_leaves_flip_and_entry(database: str) -> None:  # noqa: F811
    edges = [(source, target) for source, targets in EDGES.items() for target in sorted(targets)]

    async def work() -> None:
        names = [(f"c{number}", source) for number, (source, _) in enumerate(edges)]
        async with opened(database, *names) as store, store.connection() as connection:
            for number, (source, target) in enumerate(edges):
                assert await move(connection, edge(f"c{number}", source, target))
                row = await cases.find_case(connection, f"c{number}")
                assert row is not None and row.state is target and row.version == 2
                flips = await cases.flips_of(connection, f"c{number}")
                assert [(flip.source, flip.target) for flip in flips] == [("", source), (source, target)]
            found = await ledger.entries_of_case(connection, b"case")
            assert len(found) == 2 * len(edges)

    run(work)


def test_every_state_but_the_last_has_a_way_out() -> None:
    assert {state for state, targets in EDGES.items() if not targets} == {State.ARCHIVED}
    assert set(EDGES) == set(State)


def test_of_two_processes_that_take_the_same_step_one_wins_and_the_other_changes_nothing(
    database: str,  # noqa: F811
) -> None:
    async def work() -> None:
        async with opened(database, ("c", State.ASKING)) as store:

            async def attempt(target: State) -> bool:
                request = NewRequest(id=f"r-{target}", kind="answers", party="g", wave=1, body=b"x")
                async with store.connection() as connection:
                    return await move(connection, edge("c", State.ASKING, target, requests=(request,)))

            results = await asyncio.gather(*(attempt(t) for t in (State.GRANTED, State.WITHDRAWN, State.PROPOSED)))
            assert sorted(results) == [False, False, True]
            async with store.connection() as connection:
                assert len(await cases.requests_of(connection, "c")) == 1
                assert len(await cases.flips_of(connection, "c")) == 2
                assert len(await ledger.entries_of_case(connection, b"case")) == 2

    run(work)


@pytest.mark.parametrize("wrong", [{"version": 2}, {"version": 0}, {"source": State.UNDECIDED}, {"case": "another"}])
def test_a_step_from_a_state_or_version_that_is_past_is_lost(database: str, wrong: dict[str, Any]) -> None:  # noqa: F811
    async def work() -> None:
        async with opened(database, ("c", State.ASKING)) as store, store.connection() as connection:
            given = {"case": "c", "source": State.ASKING, "version": 1} | wrong
            assert not await move(
                connection, edge(given["case"], given["source"], State.GRANTED, version=given["version"])
            )
            row = await cases.find_case(connection, "c")
            assert row is not None and row.state is State.ASKING and row.version == 1

    run(work)


def test_requests_are_committed_with_the_step_and_closed_with_a_later_one(database: str) -> None:  # noqa: F811
    async def work() -> None:
        async with opened(database, ("c", State.AUTHORISED)) as store, store.connection() as connection:
            asked = tuple(NewRequest(id=f"r{n}", kind="answers", party="g", wave=1, body=b"body") for n in range(3))
            assert await move(connection, edge("c", State.AUTHORISED, State.ASKING, requests=asked, wave=1))
            done = (Answered(id="r0", answer=b"sheet"), Answered(id="r1", answer=None))
            assert await move(connection, edge("c", State.ASKING, State.UNDECIDED, version=2, answered=done))
            rows = {row.id: row for row in await cases.requests_of(connection, "c")}
            assert {name: row.status for name, row in rows.items()} == {"r0": "answered", "r1": "void", "r2": "open"}
            assert rows["r0"].answer == b"sheet" and rows["r2"].body == b"body"

    run(work)


def test_an_answer_that_stands_is_not_replaced(database: str) -> None:  # noqa: F811
    async def work() -> None:
        async with opened(database, ("c", State.AUTHORISED)) as store, store.connection() as connection:
            asked = (NewRequest(id="r", kind="answers", party="g", wave=1, body=b"body"),)
            assert await move(connection, edge("c", State.AUTHORISED, State.ASKING, requests=asked))
            for number, answer in enumerate((b"first", b"second")):
                done = (Answered(id="r", answer=answer),)
                assert await move(connection, edge("c", State.ASKING, State.ASKING, version=2 + number, answered=done))
            assert (await cases.requests_of(connection, "c"))[0].answer == b"first"

    run(work)


def test_columns_not_named_stay_and_the_due_time_is_always_replaced(database: str) -> None:  # noqa: F811
    async def work() -> None:
        async with opened(database, ("c", State.APPLIED)) as store, store.connection() as connection:
            step = edge("c", State.APPLIED, State.ACCEPTED, permission=b"p", as_of="2026-11-25", decided_by="machine")
            assert await move(connection, step)
            assert await move(connection, edge("c", State.ACCEPTED, State.AUTHORISED, version=2))
            row = await cases.find_case(connection, "c")
            assert row is not None
            assert (row.permission, str(row.as_of), row.decided_by, row.due_at) == (b"p", "2026-11-25", "machine", None)

    run(work)


def test_due_cases_are_found_the_longest_due_first(database: str) -> None:  # noqa: F811
    async def work() -> None:
        names = (("c1", State.APPLIED), ("c2", State.APPLIED))
        async with opened(database, *names) as store, store.connection() as connection:
            assert await cases.due_cases(connection, NOW) == ("c1", "c2")
            assert await move(connection, edge("c1", State.APPLIED, State.ACCEPTED))
            assert await cases.due_cases(connection, NOW) == ("c2",)

    run(work)


def test_first_row_is_the_row_that_was_written(database: str) -> None:  # noqa: F811
    async def work() -> None:
        with_item(database)
        store = Store(database)
        first = first_step("c")
        async with store.connection() as connection:
            await open_case(connection, first)
            assert await cases.find_case(connection, "c") == cases.first_row(first)
        await store.close()

    run(work)
