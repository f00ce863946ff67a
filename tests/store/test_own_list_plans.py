"""A person's own lists are read by index, however many other people there are: the plans say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import TextClause
from sqlalchemy.dialects import postgresql

from mianzheng.store import about, listing
from tests.store.postgres import fresh_database, server

_CROWD = """
insert into items values ('a', 1, 'd', 'x', 'published', 's', 'c');
insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, created_at)
    select 'c' || n, decode(lpad(to_hex(n / 10), 8, '0'), 'hex'), 'a', 1,
        case when n % 3 = 0 then 'proposed' else 'ended' end, 1, '2026-11', 'k', 'x', now() - n * interval '1 minute'
    from generate_series(1, 30000) as n;
insert into participants select 'c' || n, 'spouse#1', decode(lpad(to_hex(n), 8, '0'), 'hex'), 'x'
    from generate_series(1, 20000) as n;
insert into notices (case_id, kind, content, told_at)
    select 'c' || n, 'suspend', 'x', now() from generate_series(1, 20000) as n;
insert into ledger_entries (leaf, case_ref, subject, year, content)
    select decode(lpad(to_hex(n), 8, '0'), 'hex'), decode(lpad(to_hex(n / 20), 8, '0'), 'hex'),
        decode(lpad(to_hex(n / 100), 8, '0'), 'hex'), 2026, 'x' from generate_series(1, 60000) as n;
analyze;
"""
ME = b"\x00\x00\x00\x64"
HERE: dict[str, Any] = {"owner": ME, "who": ME, "limit": 21, "at": datetime.now(UTC), "id": "~", "start": "-"}
QUERIES: dict[str, tuple[TextClause, Mapping[str, Any]]] = {
    "cases": (listing._LIST, {**HERE, "items": None}),
    "cases of an item": (listing._LIST, {**HERE, "items": ["a"]}),
    "what waits": (listing._IN_STATES, {**HERE, "states": ["proposed", "correction"]}),
    "others' cases": (listing._JOINED, {**HERE, "states": ["proposed", "correction"]}),
    "notices": (listing._NOTICES, {**HERE, "before": 2**62}),
    "who asked": (about._BEFORE, {"subject": ME, "before": 2**62, "limit": 150}),
    "what came of it": (about._FROM, {"subject": ME, "start": 1, "limit": 150}),
    "who asked in a case": (about._OF_CASE, {"subject": ME, "case_ref": ME, "before": 2**62, "limit": 150}),
    "one entry": (about._ONE, {"subject": ME, "leaf": ME}),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_list_of_a_person_reads_a_table_from_end_to_end(name: str, crowd: str) -> None:
    query, values = QUERIES[name]
    written = str(query.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]
    with psycopg.connect(crowd) as connection:
        plan = "\n".join(row[0] for row in connection.execute("explain " + written, dict(values)))
    assert "Seq Scan on" not in plan, plan
    assert "Index" in plan


@pytest.fixture(scope="module")
def crowd() -> str:
    """A database with thirty thousand cases of other people."""
    url = fresh_database(server())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_CROWD)
    return url
