"""A department's SQL dump, as it is, read into an SQLite file: tables, columns and rows, and nothing else of it.

Keys, indexes, character sets, locks, engines and comments say nothing about what a column holds and are left out; a
statement that is neither a table nor rows is skipped. Nothing in a dump is run but these.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError, TokenError

from mianzheng.model.errors import WrongUse

DIALECTS = ("mysql", "postgres", "sqlite")


class BadDump(WrongUse):
    """The file is no SQL dump that can be read; the hint says how to make one."""

    code = "bad-dump"


def read_dump(dump: Path, into: Path, *, dialect: str) -> dict[str, int]:
    """Make the SQLite file `into`, in a folder that is there, of a dump; return how many rows each table has.

    `BadDump` when it has no table or cannot be read: then no file is left, and one that was there stays.
    """
    try:
        text = dump.read_text(encoding="utf-8")
    except OSError as error:
        raise BadDump(f"{dump}: {error.strerror}", hint="name a file that holds an SQL dump") from None
    except UnicodeDecodeError:
        hint = f"if it is in GBK or GB 18030: iconv -f gb18030 -t utf-8 {dump.name} > utf8.sql"
        raise BadDump(f"{dump} is no text in UTF-8", hint=hint) from None
    fresh = into.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(fresh)) as connection:
            rows = _run(connection, text, dialect, dump)
            connection.commit()
        fresh.replace(into)
    finally:
        fresh.unlink(missing_ok=True)
    return rows


def _run(connection: sqlite3.Connection, text: str, dialect: str, dump: Path) -> dict[str, int]:
    tables: list[str] = []
    try:
        for statement in _statements(text, dialect):
            if isinstance(statement, exp.Create):
                tables.append(statement.find(exp.Table).name)  # type: ignore[union-attr]  # `_statements` has looked
                connection.execute(_table(statement))
            else:
                connection.execute(statement.sql(dialect="sqlite"))
    except (SqlglotError, sqlite3.Error) as error:
        hint = f"--dialect says in which SQL it is ({', '.join(DIALECTS)}); made by mysqldump, or pg_dump --inserts"
        raise BadDump(f"{dump}, read as {dialect}: {_reason(error)}", hint=hint) from None
    if not tables:
        raise BadDump(f"{dump} makes no table", hint="is it a dump of the whole database, and --dialect right?")
    count = "SELECT count(*) FROM "
    return {name: connection.execute(count + _quoted(name)).fetchone()[0] for name in tables}


def _reason(error: Exception) -> str:
    """Return the reader's reason in one line, without the rows that it choked on: they hold names and numbers."""
    if isinstance(error, TokenError) and str(error).startswith("Error tokenizing"):
        inner = error.__cause__ or error.__context__  # the error around it quotes a hundred characters of the dump
        return str(inner) if isinstance(inner, TokenError) else "it cannot be told apart into words"
    return str(error).splitlines()[0]


def _statements(text: str, dialect: str) -> Iterator[exp.Expr]:
    """Yield the statements that make a table or fill one."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every lock and setting of a dump
    for statement in sqlglot.parse(text, read=dialect):
        if isinstance(statement, exp.Insert) or (
            isinstance(statement, exp.Create) and statement.kind == "TABLE" and statement.find(exp.ColumnDef)
        ):
            yield statement


def _table(statement: exp.Create) -> str:
    """Return the table with its columns alone; a type is kept as far as SQLite has one."""
    table = statement.find(exp.Table)
    columns = ", ".join(
        f"{_quoted(column.name)} {_type(column.args.get('kind'))}" for column in statement.find_all(exp.ColumnDef)
    )
    return f"CREATE TABLE {_quoted(table.name if table is not None else '')} ({columns})"


def _type(kind: exp.Expr | None) -> str:
    """Return the affinity: what a source keeps as text stays text, with its zeros and blanks."""
    if kind is None or kind.is_type(*exp.DataType.TEXT_TYPES):
        return "TEXT"
    if kind.is_type(*exp.DataType.INTEGER_TYPES):
        return "INTEGER"
    if kind.is_type(*exp.DataType.TEMPORAL_TYPES):
        return "TEXT"
    return "NUMERIC"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
