"""Registers in one PostgreSQL database: a schema and a read-only role for each department."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from mianzheng.city.engines.columns import columns_in, selected
from mianzheng.city.engines.duckdb import NULL, copy_out
from mianzheng.city.layout import Kind, Layout, Stored

STATEMENT_TIMEOUT = "5s"
_CHUNK = 1 << 20
_TYPES: dict[Kind, str] = {
    "text": "text",
    "char": "char",
    "integer": "bigint",
    "decimal": "numeric(18, 2)",
    "boolean": "boolean",
    "date": "date",
    "bytes": "bytea",
}


class PostgresqlWriter:
    """Writes one register into the schema of its department, with COPY, and grants its reader the mapped columns."""

    def __init__(self, connection: psycopg.Connection, layout: Layout) -> None:
        """Make the empty table; `prepare_department` has made schema and reader."""
        self._connection = connection
        self._layout = layout
        self._schema = schema_of(layout.department)
        self._table = sql.Identifier(self._schema, layout.table)
        columns = sql.SQL(columns_in(layout, _TYPES))
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(self._table, columns))

    def write(self, rows: Sequence[Sequence[Stored]]) -> None:
        """Append rows."""
        with (
            self._connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} FROM STDIN").format(self._table)) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def fill(self, connection: duckdb.DuckDBPyConnection, query: str, scratch: Path) -> None:
        """Append what a query of DuckDB returns, by a file on its way."""
        path = scratch / f"{self._layout.register}.filled.csv"
        copy_out(connection, selected(self._layout, query, {"bytes": "'\\x' || hex({})"}), path)
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, NULL {})").format(self._table, sql.Literal(NULL))
        with path.open("rb") as file, self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            while chunk := file.read(_CHUNK):
                copy.write(chunk)
        path.unlink()

    def close(self) -> None:
        """Index the key, gather statistics, let the department's gateway read the mapped columns."""
        key = sql.Identifier(self._layout.key.column)
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in self._layout.columns)
        reader = sql.Identifier(reader_of(self._layout.department))
        for statement in (
            sql.SQL("CREATE INDEX ON {} ({})").format(self._table, key),
            sql.SQL("ANALYZE {}").format(self._table),
            sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(names, self._table, reader),
        ):
            self._connection.execute(statement)


def schema_of(department: str) -> str:
    """Return the schema of a department in the database `registers`."""
    return department.replace("-", "_")


def reader_of(department: str) -> str:
    """Return the read-only role with which a department's gateway reads its registers."""
    return f"gateway_{schema_of(department)}"


def prepare_department(connection: psycopg.Connection, department: str) -> None:
    """Make schema and reader of a department; the reader is read-only, bound to it, and stopped after a few seconds."""
    schema, reader = sql.Identifier(schema_of(department)), sql.Identifier(reader_of(department))
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (reader_of(department),)).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(reader))
    for statement in (
        sql.SQL("CREATE SCHEMA {}").format(schema),
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, reader),
        sql.SQL("ALTER ROLE {} SET search_path = {}").format(reader, schema),
        sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(reader),
        sql.SQL("ALTER ROLE {} SET statement_timeout = {}").format(reader, sql.Literal(STATEMENT_TIMEOUT)),
    ):
        connection.execute(statement)
