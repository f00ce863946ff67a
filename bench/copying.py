"""Rows by the ten thousand into PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql


def copy_rows(connection: psycopg.Connection, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Copy rows into `target`, a table with its columns in parentheses."""
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def without_indexes(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """Take a table's indexes away, but for those of its constraints, and make them anew in the end: far faster."""
    query = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    found = connection.execute(query, (table,)).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _, definition in found:
        connection.execute(definition)
