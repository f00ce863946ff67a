"""Every statement of the store on a database of many other people: no long table is read from end to end."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql

from mianzheng import store
from mianzheng.store import archiving
from tests.store.postgres import fresh_database, server

MANY = 12_000
SHORT = {"items", "item_approvals", "item_changes", "paper_numbers"}  # as many rows as there are items or departments
BY_INTENT = {"archiving._PERIODS": {"cases"}}  # once a day, by the worker
ME, NOW = b"\x00\x00\x00\x64", datetime.now(UTC)
_BYTES = ("owner", "who", "subject", "case_ref", "leaf", "token", "nonce", "code", "session", "but", "sealed", "body")
_BYTES += ("answer", "content", "prepared", "request", "pdf", "digest", "tracking", "opening", "permission", "outcome")
_BYTES += ("procedure", "key_wrapped")
_NUMBERS = ("limit", "newest", "year", "version", "size", "index", "before", "start", "end", "one", "after")
_TIMES, _DAYS = ("at", "now", "expires_at"), ("today", "until", "day", "since", "on")
_LISTS: dict[str, list[Any]] = {
    "items": ["a"], "states": ["proposed", "escalated"], "ids": [1], "indexes": [1], "levels": [1], "kept": ["r1"],
    "tokens": [ME], "acting": ["spouse#1"], "every": ["a"], "methods": ["passkey"],
}  # fmt: skip
_NO_NUMBER = {"start": "-", "last": "-"}
_OF_CASES = ("_NOTICED", "_NOTICED_SOUGHT", "_DESK", "_OF_ITEMS", "_CONTESTED")
_OTHERS: dict[str, dict[str, Any]] = {
    "listing": {"id": "~", **_NO_NUMBER},
    "listing._NOTICES": {"before": 2**62},
    "archiving": {"before": NOW},
    "archiving._NOTICE": {"id": 1},
    "papers": {"before": NOW, "content": ME},
    "papers._WAY": {"way": "post"},
    "papers._OUTGOING": _NO_NUMBER,
    **{f"procedure.{name}": {"id": "", **_NO_NUMBER} for name in _OF_CASES},
    "procedure": {"id": 1},
    "queue": {"number": 0},
    "sign_ins._FORGET": {"before": NOW},
    "cases": {"before": NOW},
}
_CROWD = """
insert into items values ('a', 1, 'd', 'x', 'published', 's', 'c'), ('b', 1, 'e', 'x', 'published', 's', 'c');
insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, created_at, papered,
        decision, decided_by, settled_at, due_at, clock_at, keep_until, archived_at)
    select 'c' || n, {id}, case when n % 3 = 0 then 'a' else 'b' end, 1,
        case when n % 100 = 0 then 'proposed' when n % 101 = 0 then 'public_notice' else 'ended' end, 1, '2026-11', 'k',
        repeat('x', 900)::bytea, {at}, n % 50 > 0, 'granted', 'machine', {at}, case when n % 100 = 0 then {at} end,
        case when n % 100 < 2 then {at} end, case when n % 9 = 0 then current_date + n end,
        case when n % 50 > 0 then {at} end from {many};
insert into flips select 'c' || n, 1, 'applied', 'accepted', '' from {many};
insert into requests select 'r' || n, 'c' || n, 'answers', 'gateway', 1, 'answered', 'x' from {many};
insert into participants select 'c' || n, 'spouse#1', {id}, 'x' from {many};
insert into invitations (code, case_id, role, expires_at) select {id}, 'c' || n, 'spouse#1', {later} from {many};
insert into notices (case_id, kind, content, told_at) select 'c' || n, 'suspend', 'x', {at} from {many};
insert into contests (case_id, question, role, signed, department)
    select 'c' || n, 'q', 'applicant', 's', 'd' || n % 900 from {many};
insert into reviews select 'c' || n, 'q', 'applicant', 'c2', {at}, 'd' || n % 9 from {many};
insert into objections (case_id, content, at) select 'c' || n, 'x', {at} from {many};
insert into findings (code, party, case_id, detail) select 'x', 'y', 'c' || n, '' from {many};
insert into burdens (case_id, kind, what)
    select 'c' || n, case when n % 50 = 0 then 'document' else 'visit' end, '' from {many};
insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)
    select 'c' || n, 'a', 'd' || n % 9, 'legal', current_date - n, '', '', '', '' from {many};
insert into papers (number, case_id, kind, place, occasion, audience, department, told_on, deliver_by, delivered_on,
        made_at) select 'p' || n, 'c' || n, 'grant', 1, 'o', 'resident', 'd', current_date, current_date,
        case when n % 50 > 0 then current_date end, {at} from {many};
insert into ledger_keys select {id}, 2026, '2026-11', 'k' from {many};
insert into ledger_entries (leaf, case_ref, subject, year, content, leaf_index)
    select {id}, {id}, decode(lpad(to_hex(n / 100), 8, '0'), 'hex'), 2026, 'x', n from {many};
insert into tree_nodes select 0, n, 'x' from {many};
insert into heads (size, root, signed) select n, 'r', 's' from {many};
insert into cosignatures (size, party, signed) select n, 'p' || n % 9, 's' from {many};
insert into nonces select {id}, {later} from {many};
insert into sessions select {id}, 'x', {later} from {many};
insert into to_sign select {id}, 'x', {later} from {many};
insert into sign_ins (who, session, method, level, presence, opened_at, ended)
    select {id}, {id}, 'passkey', 3, false, {later}, '' from {many};
insert into tickets (id, office, day, number, state, place, department, staff, issued_at)
    select 'q' || n, 'o', current_date - n / 200, n, case when n % 99 = 0 then 'waiting' else 'done' end, n, 'd',
        's' || n % 12, {at} from {many};
"""


@pytest.fixture(scope="module")
def crowd() -> str:
    """A database in which every table that can grow has thousands of rows of other people."""
    url = fresh_database(server())
    words = {"id": "decode(lpad(to_hex(n), 8, '0'), 'hex')", "at": "now() - n * interval '1 minute'"}
    words |= {"later": "now() + n * interval '1 minute'", "many": f"generate_series(1, {MANY}) as n"}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_CROWD.format(**words))  # type: ignore[arg-type]
        connection.execute("vacuum analyze")
    return url


def test_no_statement_reads_a_long_table_from_end_to_end(crowd: str) -> None:
    read: dict[str, set[str]] = {}
    with psycopg.connect(crowd) as connection:
        for name, statement in _statements():
            plan = _explained(connection, name, statement)
            tables = {found.partition(" ")[0] for found in re.findall(r"Seq Scan on (\w+)", plan)} - SHORT
            if tables:
                read[name] = tables
    assert read == BY_INTENT


def test_what_hangs_on_a_case_is_found_by_its_case(crowd: str) -> None:
    with psycopg.connect(crowd) as connection:
        for table in archiving._ALL:
            plan = _explained(connection, "", text(f"delete from {table} where case_id = :case"))
            assert "Seq Scan" not in plan, plan


def test_the_crowd_fills_every_table_that_can_grow(crowd: str) -> None:
    with psycopg.connect(crowd) as connection:
        query = "select relname, reltuples from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        short = {str(row[0]) for row in connection.execute(query) if row[1] < MANY}
    assert short <= SHORT | {"alembic_version"}


def _statements() -> Iterator[tuple[str, TextClause]]:
    """Yield every statement that reads, of every module of the store, by name."""
    for module in pkgutil.iter_modules(store.__path__):
        for name, found in vars(importlib.import_module(f"{store.__name__}.{module.name}")).items():
            for number, one in enumerate(found if isinstance(found, tuple) else (found,)):
                if isinstance(one, TextClause) and _reads(one.text):
                    yield f"{module.name}.{name}" + (f"-{number}" if isinstance(found, tuple) else ""), one


def _reads(statement: str) -> bool:
    return not statement.startswith("insert") and re.search(r"\b(from|update)\b", statement) is not None


def _explained(connection: psycopg.Connection, name: str, statement: TextClause) -> str:
    written = str(statement.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]
    others = _OTHERS.get(name.partition(".")[0], {}) | _OTHERS.get(name, {})
    values = {bound: others.get(bound, _value(bound)) for bound in statement._bindparams}
    with connection.transaction(force_rollback=True):
        rows = connection.execute("explain " + written, values).fetchall()  # type: ignore[arg-type]
    return "\n".join(row[0] for row in rows)


def _value(bound: str) -> Any:
    for names, value in ((_BYTES, ME), (_NUMBERS, 21), (_TIMES, NOW), (_DAYS, date(2026, 11, 29))):
        if bound in names:
            return value
    return _LISTS.get(bound, "c100")
