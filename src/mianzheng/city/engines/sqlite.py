"""Registers in SQLite files."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from mianzheng.city.engines.columns import columns_in, quoted, selected
from mianzheng.city.layout import Kind, Layout, Stored

_ROWS = 10_000
_TYPES: dict[Kind, str] = {
    "text": "TEXT",
    "char": "CHAR",
    "integer": "INTEGER",
    "decimal": "NUMERIC",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "bytes": "BLOB",
}


class SqliteWriter:
    """Writes one register into a SQLite file."""

    def __init__(self, path: Path, layout: Layout) -> None:
        """Make the file with an empty table."""
        self._layout = layout
        self._connection = sqlite3.connect(path, isolation_level=None)
        # Nothing is lost by leaving out the journal: a city that was not finished is built again.
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(f"CREATE TABLE {quoted(layout.table)} ({columns_in(layout, _TYPES)})")
        marks = ", ".join("?" * len(layout.columns))
        self._insert = f"INSERT INTO {quoted(layout.table)} VALUES ({marks})"
        self._connection.execute("BEGIN")

    def write(self, rows: Sequence[Sequence[Stored]]) -> None:
        """Append rows."""
        self._connection.executemany(self._insert, ([_sqlite_value(value) for value in row] for row in rows))

    def fill(self, connection: duckdb.DuckDBPyConnection, query: str, scratch: Path) -> None:
        """Append what a query of DuckDB returns, some thousand rows at a time."""
        casts: dict[Kind, str] = {"date": "CAST({} AS VARCHAR)", "decimal": "CAST({} AS DOUBLE)"}
        found = connection.execute(selected(self._layout, query, casts))
        while rows := found.fetchmany(_ROWS):
            self._connection.executemany(self._insert, rows)

    def close(self) -> None:
        """Index the key and close the file, in the journal mode that readers expect."""
        table, key = quoted(self._layout.table), quoted(self._layout.key.column)
        self._connection.execute(f"CREATE INDEX {quoted(self._layout.table + '_key')} ON {table} ({key})")
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()


def _sqlite_value(value: Stored) -> Stored | float:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
