"""Shapes in which real registers keep facts: for each type a handful, with what a table of the shape holds.

One physical table serves every random register: it has two columns of each shape, and a register maps
each of its facts to one of them. `Shape.store` turns a fact's value into what lies in the column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec
from sqlalchemy import Connection, text

from mianzheng.model.facts import Column, Type

WORDS = ("甲", "乙", "丙")
UNKNOWN = object()  # in place of a value: a code that no mapping knows, a text that is no day
JUNK = object()  # in place of a value: something that means none

Store = Callable[[object, str], object]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One way of keeping a fact of a type. `ddl`: the column's type, by dialect or "" for the rest."""

    name: str
    type: Type
    ddl: dict[str, str]
    column: Column
    store: Store
    order: bool = True  # whether contains, starts_with and other facts may meet it
    junk: tuple[object, ...] = ()  # stored values that are no value of the type: NULL
    strange: object = None  # a stored code that is not in the mapping, a text that is no day; None: the shape has none


def _plain(value: object, dialect: str) -> object:
    return value


def _number(value: object, dialect: str) -> object:
    return float(value) if isinstance(value, Decimal) and dialect == "sqlite" else value


def _native_day(value: object, dialect: str) -> object:
    return value.isoformat() if isinstance(value, date) and dialect == "sqlite" else value


def _moment(value: object, dialect: str) -> object:
    """A timestamp late on the day: an upper bound written `<=` would lose it."""
    if not isinstance(value, date):
        return value
    moment = datetime(value.year, value.month, value.day, 23, 59, 30)
    return moment.isoformat(sep=" ") if dialect == "sqlite" else moment


def _day_text(mark: str) -> Store:
    def store(value: object, dialect: str) -> object:
        if not isinstance(value, date):
            return value
        return f"{value.year:04d}{mark}{value.month:02d}{mark}{value.day:02d}"

    return store


def _padded(value: object, dialect: str) -> object:
    return value.ljust(12) if isinstance(value, str) else value


def _gbk(value: object, dialect: str) -> object:
    return value.encode("gbk") if isinstance(value, str) else value


def _coded(codes: dict[str, str | bool], kind: type[str] | type[int] = str, width: int = 0) -> Store:
    back = {word: code for code, word in codes.items()}

    def store(value: object, dialect: str) -> object:
        if value not in back:
            return value
        code = kind(back[value])  # type: ignore[index]
        return code.ljust(width) if isinstance(code, str) else code

    return store


_TEXT = {"": "varchar(40)"}
_BYTES = {"": "blob", "postgresql": "bytea", "mysql": "varbinary(80)"}
_WORD_CODES: dict[str, str | bool] = {"10": "甲", "20": "乙", "21": "乙", "90": "丙"}
_INT_CODES: dict[str, str | bool] = {"1": "甲", "2": "乙", "9": "丙"}
_YES_CODES: dict[str, str | bool] = {"Y": True, "N": False}
_YES_INTS: dict[str, str | bool] = {"1": True, "2": False}
_NO_DATES = ("", "   ")

SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape(
            name="day_native",
            type=Type.DATE,
            ddl={"": "date", "sqlite": "text"},
            column=Column(column="", none_values=("9999-12-31", "19000101")),
            store=_native_day,
            junk=(date(9999, 12, 31), date(1900, 1, 1)),
        ),
        Shape(
            name="day_moment",
            type=Type.DATE,
            ddl={"": "timestamp", "mysql": "datetime", "sqlite": "text"},
            column=Column(column=""),
            store=_moment,
        ),
        Shape(
            name="day_digits",
            type=Type.DATE,
            ddl={"": "char(8)", "duckdb": "varchar"},
            column=Column(column="", form="YYYYMMDD", none_values=("00000000", "99991231")),
            store=_day_text(""),
            junk=("00000000", "99991231"),
            strange="20230230",
        ),
        Shape(
            name="day_dashes",
            type=Type.DATE,
            ddl=_TEXT,
            column=Column(column="", form="YYYY-MM-DD"),
            store=_day_text("-"),
            junk=_NO_DATES,
            strange="长期",
        ),
        Shape(
            name="day_strokes",
            type=Type.DATE,
            ddl=_TEXT,
            column=Column(column="", form="YYYY/MM/DD", none_values=("1900/01/01",)),
            store=_day_text("/"),
            junk=("1900/01/01", *_NO_DATES),
            strange="45012",
        ),
        Shape(name="text_plain", type=Type.STRING, ddl=_TEXT, column=Column(column=""), store=_plain, junk=("", "  ")),
        Shape(
            name="text_padded",
            type=Type.STRING,
            ddl={"": "char(12)", "duckdb": "varchar", "sqlite": "text collate nocase"},
            column=Column(column="", none_values=("无",)),
            store=_padded,
            junk=("无", "            "),
        ),
        Shape(
            name="text_gbk",
            type=Type.STRING,
            ddl=_BYTES,
            column=Column(column="", encoding="gbk", none_values=("无",)),
            store=_gbk,
            order=False,
            junk=("无".encode("gbk"), b""),
        ),
        Shape(
            name="word_plain",
            type=Type.ENUM,
            ddl=_TEXT,
            column=Column(column=""),
            store=_plain,
            junk=("",),
            strange="丁",
        ),
        Shape(
            name="word_codes",
            type=Type.ENUM,
            ddl={"": "char(4)", "duckdb": "varchar", "sqlite": "text"},
            column=Column(column="", codes=_WORD_CODES, none_values=("00",)),
            store=_coded(_WORD_CODES, width=4),
            junk=("00", "    "),
            strange="77",
        ),
        Shape(
            name="word_numbers",
            type=Type.ENUM,
            ddl={"": "integer"},
            column=Column(column="", codes=_INT_CODES, code_type="integer", none_values=(0,)),
            store=_coded(_INT_CODES, int),
            junk=(0,),
            strange=7,
        ),
        Shape(
            name="yes_native",
            type=Type.BOOLEAN,
            ddl={"": "boolean", "mysql": "tinyint"},
            column=Column(column=""),
            store=lambda value, dialect: int(value) if isinstance(value, bool) and dialect == "mysql" else value,
        ),
        Shape(
            name="yes_codes",
            type=Type.BOOLEAN,
            ddl=_TEXT,
            column=Column(column="", codes=_YES_CODES),
            store=_coded(_YES_CODES),
            junk=(" ",),
            strange="y",
        ),
        Shape(
            name="yes_numbers",
            type=Type.BOOLEAN,
            ddl={"": "smallint"},
            column=Column(column="", codes=_YES_INTS, code_type="integer"),
            store=_coded(_YES_INTS, int),
            strange=5,
        ),
        Shape(name="whole", type=Type.INTEGER, ddl={"": "integer"}, column=Column(column=""), store=_plain),
        Shape(
            name="whole_none",
            type=Type.INTEGER,
            ddl={"": "bigint"},
            column=Column(column="", none_values=(-1,)),
            store=_plain,
            junk=(-1,),
        ),
        Shape(
            name="decimal_native",
            type=Type.DECIMAL,
            ddl={"": "decimal(18, 2)", "sqlite": "real"},
            column=Column(column=""),
            store=_number,
        ),
        Shape(
            name="decimal_fen",
            type=Type.DECIMAL,
            ddl={"": "bigint"},
            column=Column(column="", scale=100),
            store=lambda value, dialect: int(value * 100) if isinstance(value, Decimal) else value,
        ),
        Shape(
            name="decimal_real",
            type=Type.DECIMAL,
            ddl={"": "double precision", "duckdb": "double", "mysql": "double", "sqlite": "real"},
            column=Column(column=""),
            store=lambda value, dialect: float(value) if isinstance(value, Decimal) else value,
        ),
    )
}
COPIES = 2
TABLES = ("T_JBXX", "T_MX:1", "T_CC%")  # for up to three registers; a colon must survive SQLAlchemy's text
KEY = "GMSFHM"


def column_name(shape: str, copy: int) -> str:
    """Return the physical column of a shape; names hold what must be quoted."""
    return f"{shape.upper()} {copy}%"


def create_tables(connection: Connection, dialect: str) -> None:
    """Create the tables that every random register is mapped to."""
    for table in TABLES:
        columns = [f"{_quoted(KEY, dialect)} varchar(20)"]
        for shape in SHAPES.values():
            ddl = shape.ddl.get(dialect, shape.ddl[""])
            columns += [f"{_quoted(column_name(shape.name, copy), dialect)} {ddl}" for copy in range(COPIES)]
        _run(connection, f"create table {_quoted(table, dialect)} ({', '.join(columns)})")


def drop_tables(connection: Connection, dialect: str) -> None:
    """Drop what `create_tables` made."""
    for table in TABLES:
        _run(connection, f"drop table {_quoted(table, dialect)}")


def fill(connection: Connection, dialect: str, table: str, rows: Sequence[dict[str, object]]) -> None:
    """Replace a table's rows; each maps physical columns to stored values."""
    connection.execute(text(_escaped(f"delete from {_quoted(table, dialect)}")))
    for row in rows:
        names = ", ".join(_quoted(name, dialect) for name in row)
        marks = ", ".join(f":v{index}" for index in range(len(row)))
        values = {f"v{index}": value for index, value in enumerate(row.values())}
        insert = f"insert into {_quoted(table, dialect)} ({names}) values "
        connection.execute(text(_escaped(insert) + f"({marks})"), values)


def _run(connection: Connection, sql: str) -> None:
    connection.execute(text(_escaped(sql)))


def _escaped(sql: str) -> str:
    return sql.replace(":", r"\:")


def _quoted(name: str, dialect: str) -> str:
    mark = "`" if dialect == "mysql" else '"'
    return f"{mark}{name}{mark}"
