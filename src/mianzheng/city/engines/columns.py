"""Table columns in an engine's own types, and what every writer can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import duckdb

from mianzheng.city.layout import Kind, Layout, Stored, StoredColumn


class Writer(Protocol):
    """Takes the rows of one register and finishes its table: index on the key, read-only to others."""

    def write(self, rows: Sequence[Sequence[Stored]]) -> None:
        """Append rows, each in the order of the layout's columns."""

    def fill(self, connection: duckdb.DuckDBPyConnection, query: str, scratch: Path) -> None:
        """Append what a query of DuckDB returns, in the order of the layout's columns and in their types."""

    def close(self) -> None:
        """Index the table and make it lasting."""


def quoted(name: str) -> str:
    """Return an SQL identifier verbatim, quoted."""
    return '"' + name.replace('"', '""') + '"'


def selected(layout: Layout, query: str, casts: Mapping[Kind, str]) -> str:
    """Return a query with columns of some kinds written otherwise; `{}` stands for the column."""
    columns = ", ".join(casts.get(column.kind, "{}").format(quoted(column.name)) for column in layout.columns)
    return f"SELECT {columns} FROM ({query})"


def columns_in(layout: Layout, types: Mapping[Kind, str]) -> str:
    """Return the column definitions of a table."""
    return ", ".join(f"{quoted(column.name)} {_type(column, types)}" for column in layout.columns)


def _type(column: StoredColumn, types: Mapping[Kind, str]) -> str:
    name = types[column.kind]
    return f"{name}({column.width})" if column.kind == "char" and name.lower() == "char" else name
