"""Public figures and the lists anybody may read: what is counted, and that each statement reads an index."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from mianzheng.store import figures, procedure
from mianzheng.store.engine import Store
from tests.store.postgres import database, postgres  # noqa: F401  (fixtures)

BEGIN = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
MANY = 12_000
_ITEM = "insert into items values ('allowance', 1, 'civil-affairs', '', 'published', '', '')"
_CASES = (
    "insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, decision,"
    " decided_by, created_at, authorised_at, settled_at, clock_at)"
    " select 'c' || n, decode(lpad(to_hex(n), 8, '0'), 'hex'), 'allowance', 1,"
    " case when n %% 1000 = 0 then 'public_notice' else 'ended' end, 1, '2026-11', '', '',"
    " case when n %% 4 = 0 then 'undecided' when n %% 4 = 1 then 'refused' else 'granted' end,"
    " case when n %% 8 = 1 then 'proposed' else 'machine' end,"
    " %(at)s, %(at)s + n * interval '1 second',"
    " case when n %% 4 = 0 then null else %(at)s + n * interval '1 second' + (1 + n %% 3) * interval '1 second' end,"
    " case when n %% 1000 = 0 then %(at)s + n * interval '1 minute' end"
    " from generate_series(1, %(many)s) n"
)
_OVERDUE = (
    "insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)"
    " select 'c' || n, 'allowance', case when n %% 10 = 0 then 'power' else 'civil-affairs' end, 'promise',"
    " date '2020-01-01' + n / 10, '', '', '', '' from generate_series(1, %(many)s) n"
)


_BURDENS = (
    "insert into burdens (case_id, kind, what) select 'c1', case when n = 1 then 'document' else 'visit' end, 'x'"
    " from generate_series(1, 12000) n"
)


@pytest.fixture
def crowded(database: str) -> str:  # noqa: F811
    """A database of many cases: of four one undecided, of eight one refusal that is only proposed."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_ITEM)
        connection.execute(_CASES, {"at": BEGIN, "many": MANY})
        connection.execute(_OVERDUE, {"many": MANY})
        connection.execute(_BURDENS)
        connection.execute("vacuum analyze")
    return database


def ask(url: str, work: Any) -> Any:
    async def run() -> Any:
        store = Store(url, pool=1)
        try:
            async with store.connection() as connection:
                return await work(connection)
        finally:
            await store.close()

    return asyncio.run(run())


def test_only_what_is_decided_for_good_is_counted(crowded: str) -> None:
    found = ask(crowded, figures.decided)
    assert dict(found) == {("allowance", 1): MANY - MANY // 4 - MANY // 8}


def test_the_median_is_of_the_newest_cases(crowded: str) -> None:
    assert ask(crowded, lambda connection: figures.median_seconds(connection, 999)) == pytest.approx(2.0)


def test_without_cases_there_is_no_median(database: str) -> None:  # noqa: F811
    assert ask(database, lambda connection: figures.median_seconds(connection, 999)) is None
    assert ask(database, figures.decided) == {}


def test_papers_that_were_brought_are_counted_and_visits_are_not(crowded: str) -> None:
    assert ask(crowded, figures.documents) == 1


def test_limits_that_ran_out_lead_on_without_a_gap(crowded: str) -> None:
    seen: list[int] = []
    before = (date.max, 0)
    while True:
        page = ask(crowded, partial(procedure.all_overdue, limit=700, before=before, department="power"))
        if not page:
            break
        seen += [row.id for row in page]
        before = (page[-1].since, page[-1].id)
    assert len(seen) == MANY // 10 == len(set(seen))


def test_public_notices_lead_on_the_first_to_end_first(crowded: str) -> None:
    first = ask(crowded, lambda connection: procedure.notices_that_run(connection, 5))
    after = (first[-1].clock_at, first[-1].id)
    second = ask(crowded, lambda connection: procedure.notices_that_run(connection, 100, after=after))
    assert [row.id for row in (*first, *second)] == [f"c{n}" for n in range(1000, MANY + 1, 1000)]
    assert first[0].clock_at == BEGIN + timedelta(minutes=1000)


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (figures._SECONDS, {"newest": 1000}, "cases_decided"),
        (figures._DOCUMENTS, {}, "burdens_documents"),
        (procedure._ALL_OVERDUE, {"since": date(2021, 1, 1), "id": 5, "limit": 30}, "overdue_newest"),
        (
            procedure._OVERDUE_AT,
            {"since": date(2021, 1, 1), "id": 5, "limit": 30, "department": "power"},
            "overdue_of_department",
        ),
        (procedure._NOTICED, {"at": BEGIN, "id": "", "limit": 30}, "cases_noticed"),
    ],
)
def test_each_list_reads_its_index(crowded: str, statement: Any, values: dict[str, Any], index: str) -> None:
    plan = explained(crowded, statement, values)
    assert index in plan and "Seq Scan on cases" not in plan and "Seq Scan on overdue" not in plan


def test_counting_reads_an_index_and_no_case(crowded: str) -> None:
    assert "Index Only Scan using cases_decided" in explained(crowded, figures._DECIDED, {})


def explained(url: str, statement: Any, values: dict[str, Any]) -> str:
    """The plan of a statement."""

    async def work(connection: Any) -> str:
        rows = (await connection.execute(text(f"explain {statement.text}"), values)).scalars()
        return "\n".join(rows)

    return str(ask(url, work))
