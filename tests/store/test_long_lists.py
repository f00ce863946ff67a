"""Lists in which one person, department or window has very many lines: a page reads a page's worth of rows.

What is read is counted, not timed: a list that reads as many rows on its last page as on its first, of tens of
thousands, does so of a million. (Cases of others in which somebody takes part are few, and counted as such.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import TextClause
from sqlalchemy.dialects import postgresql

from mianzheng.store import listing, procedure, queue, sign_ins
from tests.store.postgres import fresh_database, server
from tests.store.test_plans import SHORT

MANY, ITEMS, PAGE = 24_000, 20, 21
MOST_READ = 2_500  # rows: a page of each item in each state, and what is joined to it
START = datetime(2026, 1, 1, tzinfo=UTC)
ME, DAY = b"\x01\x02", date(2026, 11, 29)
NOBODY = {"start": "-", "last": "-"}
SOME = {"items": ["i1", "i3"], **NOBODY}
ONE = {"items": [], "start": "c224", "last": "c224zzzz"}
STATES = [state.value for state in procedure.AT_DESK]

_FILL = """
insert into items select 'i' || n, 1, 'd', 'x', 'published', 's', 'c' from generate_series(0, {items} - 1) as n;
insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, created_at,
        changed_at, clock_at, papered, decision)
    select 'c' || n, '\\x0102', 'i' || n % {items}, 1, (array['delivered', 'accepted', 'waiting_person', 'proposed',
        'public_notice'])[1 + n / {items} % 5], 1, '2026-11', 'k', 'x', {at}, {at}, {at}, true, 'granted' from {many};
insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, created_at)
    select 'd' || n, '\\x09', 'i' || n % 2, 1, 'asking', 1, '2026-11', 'k', 'x', {at} from generate_series(1, 30) as n;
insert into participants select 'd' || n, 'spouse#1', '\\x0102', 'x' from generate_series(1, 30) as n;
insert into notices (case_id, kind, content, told_at, owner, item)
    select 'c' || n, 'suspend', 'x', {at}, '\\x0102', 'i' || n % {items} from {many};
insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)
    select 'c' || n, 'i' || n % {items}, 'd', 'legal', date '2026-11-29' - n / 40, '', '', '', '' from {many};
insert into sign_ins (who, session, method, level, presence, opened_at, ended)
    select '\\x0102', decode(lpad(to_hex(n), 8, '0'), 'hex'), case when n % 500 = 0 then 'call' else 'passkey' end, 3,
        false, {at}, '' from {many};
insert into tickets (id, office, day, number, state, place, department, staff, issued_at)
    select 'q' || n, 'o', date '2026-11-29', n, 'done', n, 'd', 's', {at} from {many};
"""

_MINE: dict[str, Any] = {"owner": ME, "who": ME, "limit": PAGE, "acting": None, "states": ["accepted", "delivered"]}
_DESK: dict[str, Any] = {"department": "d", "states": STATES, "limit": PAGE, "items": None, **NOBODY}
_LATE: dict[str, Any] = {"department": "", "limit": PAGE}
_SHIFT: dict[str, Any] = {"department": "d", "staff": "s", "office": "o", "day": DAY, "limit": PAGE, "number": 0}


def _new(at: int) -> dict[str, Any]:
    """Return a place in a list with the newest first: what comes after the line numbered `at`."""
    return {"at": START + timedelta(minutes=at), "id": f"c{at}", "before": at, "since": date.max, "case": "-"}


FIRST, DEEP = _new(MANY + 1), _new(MANY // 10)
_OLD = [{"at": START, "id": ""}, {"at": START + timedelta(minutes=MANY * 9 // 10), "id": "c"}]
_DAYS = [{"since": date.max, "id": 0}, {"since": date(2025, 6, 1), "id": 9}]

LISTS: list[tuple[str, TextClause, dict[str, Any]]] = [
    *(("cases", listing._LIST, _MINE | place) for place in (FIRST, DEEP)),
    *(("cases found", listing._SOUGHT, _MINE | place | found) for place in (FIRST, DEEP) for found in (SOME, ONE)),
    ("cases in states", listing._IN_STATES, _MINE | {"items": None}),
    ("cases of items in states", listing._IN_STATES, _MINE | {"items": ["i1"]}),
    *(("notices", listing._NOTICES, _MINE | place) for place in (FIRST, DEEP)),
    *(
        ("notices found", listing._NOTICES_SOUGHT, _MINE | place | how)
        for place in (FIRST, DEEP)
        for how in (SOME, ONE)
    ),
    *(("desk", procedure._DESK, _DESK | place) for place in _OLD),
    *(("desk found", procedure._DESK, _DESK | place | found) for place in _OLD for found in (SOME, ONE)),
    *(
        ("to approve", procedure._OF_ITEMS, _DESK | place | SOME | {"every": ["i1", "i3"], "state": "proposed"})
        for place in _OLD
    ),
    *(("public notices", procedure._NOTICED, _DESK | place) for place in _OLD),
    *(
        ("public notices found", procedure._NOTICED_SOUGHT, _DESK | place | how)
        for place in _OLD
        for how in (SOME, ONE)
    ),
    *(("overdue", procedure._ALL_OVERDUE, _LATE | place) for place in _DAYS),
    *(("overdue of a department", procedure._OVERDUE_AT, _LATE | place | {"department": "d"}) for place in _DAYS),
    *(("overdue found", procedure._OVERDUE_SOUGHT, _LATE | place | SOME) for place in _DAYS),
    *(("sign-ins", sign_ins._PAGE, _MINE | place) for place in (FIRST, DEEP)),
    *(("sign-ins found", sign_ins._BY_METHOD, _MINE | place | {"methods": ["call"]}) for place in (FIRST, DEEP)),
    *(("a shift", queue._SHIFT, _SHIFT | {"after": after}) for after in (0, MANY * 9 // 10)),
    ("a number of a shift", queue._SHIFT, _SHIFT | {"after": 0, "number": 777}),
]


@pytest.fixture(scope="module")
def long() -> Iterator[psycopg.Connection]:
    """A database in which every list has very many lines of one."""
    url = fresh_database(server())
    words = {"at": f"timestamptz '{START.isoformat()}' + n * interval '1 minute'", "items": ITEMS}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_FILL.format(**words, many=f"generate_series(1, {MANY}) as n"))  # type: ignore[arg-type]
        connection.execute("vacuum analyze")
        yield connection


def test_a_page_reads_few_rows_first_or_deep_whole_or_searched(long: psycopg.Connection) -> None:
    read = {(name, number): _rows_read(long, one, values) for number, (name, one, values) in enumerate(LISTS)}
    assert {name: rows for name, rows in read.items() if rows > MOST_READ} == {}


def test_cases_of_others_are_read_page_by_page_and_found_by_item(long: psycopg.Connection) -> None:
    joined = _MINE | {"states": ["asking"], "items": None, **NOBODY}

    def page(**values: Any) -> list[str]:
        asked = _bound(listing._JOINED, joined | values)
        return [row[1] for row in long.execute(_written(listing._JOINED), asked)]  # type: ignore[arg-type]

    first = page(**FIRST)
    rest = page(at=START + timedelta(minutes=30 - PAGE + 1), id=first[-1])
    assert [*first, *rest] == [f"d{number}" for number in range(30, 0, -1)]
    assert page(**FIRST, items=["i1"]) == [f"d{number}" for number in range(29, 0, -2)]


def test_each_page_of_these_lists_has_lines(long: psycopg.Connection) -> None:
    empty = []
    for name, one, values in LISTS:
        if long.execute(_written(one), _bound(one, values)).fetchone() is None:  # type: ignore[arg-type]
            empty.append((name, values))
    assert empty == []


def _written(statement: TextClause) -> str:
    return str(statement.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]


def _bound(statement: TextClause, values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in statement._bindparams}


def _rows_read(connection: psycopg.Connection, statement: TextClause, values: dict[str, Any]) -> int:
    """Return how many rows of tables a statement took into its hand, those that it laid aside too."""
    query = "explain (analyze, timing off, format json) " + _written(statement)
    row = connection.execute(query, _bound(statement, values)).fetchone()  # type: ignore[arg-type]
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return sum(_of_node(node) for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name", "items") not in SHORT)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _of_node(node: dict[str, Any]) -> int:
    laid_aside = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round((node["Actual Rows"] + laid_aside) * node["Actual Loops"])
