"""The schema goes up, down and up again, also on a database that holds rows."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from mianzheng.model.errors import WrongUse
from mianzheng.store import embedded
from mianzheng.store.engine import database_url
from mianzheng.store.migrate import migrate
from tests.store.postgres import database, fresh_database, postgres  # noqa: F401  (fixtures)

_FILL = """
insert into items values ('a', 1, 'd', 'x', 'published', 's', 'c');
insert into item_approvals values ('a', 1, 'q', 'applicant', 's', 'c');
insert into item_changes (item, version, status, signed) values ('a', 1, 'published', 's');
insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening)
    values ('c1', 'o', 'a', 1, 'applied', 1, '2026-11', 'k', 'x');
insert into flips values ('c1', 1, 'applied', 'accepted', '');
insert into requests values ('r1', 'c1', 'answers', 'gateway', 1, 'open', 'x');
insert into ledger_keys values ('s', 2026, '2026-11', 'k');
insert into ledger_entries (leaf, case_ref, subject, year) values ('l', 'c', 's', 2026);
insert into heads values (1, 'r', 's');
insert into cosignatures values (1, 'p', 's');
insert into contests (case_id, question, role, signed, department) values ('c1', 'q', 'applicant', 's', 'd');
insert into notices (case_id, kind, content, told_at) values ('c1', 'suspend', 'x', now());
insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)
    values ('c1', 'a', 'd', 'legal', '2026-11-25', 'z', 'e', 'z', 'e');
insert into objections (case_id, content, at) values ('c1', 'x', now());
insert into reviews values ('c1', 'q', 'applicant', 'c2', now());
insert into tickets (id, office, day, number, state, place, issued_at)
    values ('q1', 'centre', '2026-11-29', 1, 'waiting', 1, now());
insert into nonces values ('n', now());
insert into sessions values ('t', 'c', now());
insert into to_sign values ('t', 'c', now());
"""


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select schemaname || '.' || tablename from pg_tables").fetchall()
    return {row[0] for row in rows if not row[0].startswith(("pg_catalog", "information_schema"))}


def test_a_filled_database_goes_down_and_up(database: str) -> None:  # noqa: F811
    full = _tables(database)
    with psycopg.connect(database) as connection:
        connection.execute(_FILL)
    migrate(database, "base")
    assert _tables(database) == {"public.alembic_version"}
    migrate(database)
    assert _tables(database) == full
    assert {"public.cases", "jobs.procrastinate_jobs"} <= full


_IN_NEW_STATES = """
insert into cases (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, procedure)
    select state, 'o', 'a', 1, state, 1, '2026-11', 'k', 'x', 'p'
    from unnest(array['declared', 'public_notice', 'revoked', 'waiting_person', 'ended']) as state;
insert into requests values ('r2', 'declared', 'revocation', 'gateway', 1, 'open', 'x');
insert into requests values ('r3', 'declared', 'answers', 'gateway', 1, 'past', 'x');
"""


def test_the_procedure_goes_down_to_states_the_version_before_knows_and_up_with_a_clock(
    database: str,  # noqa: F811
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(_FILL)
        connection.execute(_IN_NEW_STATES)
    migrate(database, "0003", down=True)
    with psycopg.connect(database) as connection:
        found = dict(connection.execute("select id, state from cases").fetchall())
        assert connection.execute("select count(*) from requests where case_id = 'declared'").fetchone() == (0,)
        assert connection.execute("select count(*) from requests where case_id = 'c1'").fetchone() == (1,)
    assert found["declared"] == "delivered" and found["public_notice"] == "waiting_person"
    assert found["revoked"] == "ended" and found["waiting_person"] == "waiting_person"
    migrate(database)
    with psycopg.connect(database) as connection:
        clocks = dict(connection.execute("select id, clock_at is not null from cases").fetchall())
    assert clocks["waiting_person"] and not clocks["ended"]


def test_migrating_twice_changes_nothing(database: str) -> None:  # noqa: F811
    migrate(database)
    migrate(database)


def test_each_migration_has_its_number() -> None:
    folder = Path(embedded.__file__).parent / "migrations" / "versions"
    numbers = sorted(path.name[1:5] for path in folder.glob("m*.py"))
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


def test_starting_a_running_server_again_gives_the_same_database(postgres: Path) -> None:  # noqa: F811
    url = fresh_database(postgres)
    assert embedded.start(postgres, str(database_url(url).database)) == url
    assert embedded.running(postgres)


def test_a_stopped_server_says_so(tmp_path: Path) -> None:
    assert not embedded.running(tmp_path / "nothing")
    assert not embedded.stop(tmp_path / "nothing")


def test_another_database_than_postgresql_is_refused() -> None:
    with pytest.raises(WrongUse, match="needs PostgreSQL"):
        database_url("mysql://root@localhost/x")
