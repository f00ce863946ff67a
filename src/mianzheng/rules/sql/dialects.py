"""What differs between databases, in one place: names, text, digits, positions, whole numbers.

Everything is built as sqlglot nodes and written by sqlglot's generator of the dialect. Text is read
trimmed, empty as NULL, under a binary collation that pads nothing: MariaDB finds 'X' = 'x' = 'X '.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from sqlglot import exp

from mianzheng.model.errors import WrongUse
from mianzheng.rules.sql.build import all_of, any_of, case, cast, number, opposite, word
from mianzheng.rules.sql.parameters import SEPARATOR, Parameters, Stored


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One database's ways. `collation` "": text compares byte by byte by itself."""

    name: str
    writer: str  # sqlglot's name of it
    native_boolean: bool = False
    collation: str = ""
    quoted_collation: bool = False
    long: str = ""  # the type to which integers are widened before arithmetic; "": they are wide already
    days: Literal["date", "text"] = "date"  # how a native date lies there
    pattern: Literal["regex", "class"] = "regex"  # how the shape of a text is tested
    end: str = "$"  # the end of a text in a pattern; not before a last line feed
    runs: bool = True  # false: written and checked only


_ALL = (
    Dialect(
        name="postgresql", writer="postgres", native_boolean=True, collation="C", quoted_collation=True, long="bigint"
    ),
    Dialect(name="mysql", writer="mysql", end=r"\z"),
    Dialect(name="sqlite", writer="sqlite", collation="BINARY", days="text", pattern="class"),
    Dialect(name="duckdb", writer="duckdb", native_boolean=True, collation="C", quoted_collation=True, long="bigint"),
    Dialect(name="oracle", writer="oracle", runs=False),
    Dialect(
        name="mssql",
        writer="tsql",
        collation="Latin1_General_100_BIN2",
        long="bigint",
        pattern="class",
        runs=False,
    ),
    Dialect(name="spark", writer="spark", native_boolean=True, long="bigint", end=r"\z", runs=False),
    Dialect(name="trino", writer="trino", native_boolean=True, long="bigint", end=r"\z", runs=False),
)
_CHARACTERS = exp.DataType.build("char", dialect="mysql")
_BYTES = exp.DataType.build("binary", dialect="mysql")
DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in _ALL}


def dialect_named(name: str) -> Dialect:
    """Return the dialect; `WrongUse` for a name that is none."""
    if name not in DIALECTS:
        raise WrongUse(f"no SQL dialect is called {name!r}", hint="one of " + ", ".join(DIALECTS))
    return DIALECTS[name]


def trimmed(column: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return text without the blanks around it; empty text is NULL.

    DuckDB's plain `trim` takes away full-width blanks too, so it is told which; Oracle has no
    empty text; Trino compares `char` with blanks to its width, so it is read as `varchar` first.
    """
    if dialect.name == "trino":
        column = cast(column, "text")
    if dialect.name == "duckdb":
        return exp.Nullif(this=exp.Trim(this=column, expression=word(" ")), expression=word(""))
    trim = exp.Trim(this=column)
    return trim if dialect.name == "oracle" else exp.Nullif(this=trim, expression=word(""))


def binary(text: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return text that compares byte by byte, padding nothing.

    MySQL and MariaDB share no collation that does both, so there its bytes are compared: first in the
    connection's character set, which is UTF-8 (the probe sees to it), whatever the column's is.
    """
    if dialect.name == "mysql":
        return exp.Cast(this=exp.Cast(this=text, to=_CHARACTERS), to=_BYTES)
    if not dialect.collation:
        return text
    name = exp.to_identifier(dialect.collation, quoted=dialect.quoted_collation)
    return exp.Collate(this=text, expression=name)


def unpadded(text: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return text in a form whose `=` sees trailing blanks: SQL Server's does under no collation."""
    if dialect.name != "mssql":
        return text
    return exp.Paren(this=exp.DPipe(this=text, expression=word("|")))


def found_at(part: exp.Expr, text: exp.Expr) -> exp.Expr:
    """Return where `part` begins in `text`, from 1; 0 when it does not stand there."""
    return exp.StrPosition(this=text, substr=part)


def wide(value: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return an integer wide enough (64 bits) to be added and multiplied."""
    return cast(value, dialect.long) if dialect.long else value


def whole(value: exp.Expr, scale: int, dialect: Dialect) -> exp.Expr:
    """Return a decimal column as an integer `scale` times as large."""
    product = exp.Mul(this=value, expression=number(scale))
    rounded = exp.Round(this=product, decimals=number(0) if dialect.name == "mssql" else None)
    return cast(rounded, "bigint")


def number_only(column: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return a number column; SQLite keeps text in such columns too, which then is NULL."""
    if dialect.name != "sqlite":
        return column
    kind = exp.Anonymous(this="TYPEOF", expressions=[column])
    numbers = [word("integer"), word("real")]
    return case((exp.In(this=kind, expressions=numbers), column))


def is_day(
    text: exp.Expr, form: str, parameters: Parameters, dialect: Dialect, *, whole: exp.Expr | None = None
) -> exp.Expr:
    """Return the condition that text is a day of the calendar, written in `form`, of the year 1000 or later.

    `whole`: what the text is the beginning of, if shorter to write.
    """
    mark = SEPARATOR[form]
    if dialect.pattern == "regex":
        shape = parameters.add("calendar_day", Stored(calendar_pattern(mark, dialect.end)))
        return _matches(text, shape, dialect)
    digit = "[0-9]"
    classes = f"[1-9]{digit * 3}{mark}[01]{digit}{mark}[0-3]{digit}"
    shape = parameters.add("calendar_day", Stored(classes))
    like: exp.Expr = exp.Like(this=text, expression=shape)
    if dialect.name == "sqlite":
        like = exp.Glob(this=text, expression=shape)
    return all_of(like, _day_exists(text if whole is None else whole, len(mark)))


def calendar_pattern(mark: str, end: str) -> str:
    """Return a regular expression (groups and classes only) of all days since the year 1000."""
    long_months = f"(0[13578]|1[02]){mark}(0[1-9]|[12][0-9]|3[01])"
    short_months = f"(0[469]|11){mark}(0[1-9]|[12][0-9]|30)"
    february = f"02{mark}(0[1-9]|1[0-9]|2[0-8])"
    leap_years = "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([13579][26]|[2468][048])00)"
    year = "[1-9][0-9][0-9][0-9]"
    return f"^({year}{mark}({long_months}|{short_months}|{february})|{leap_years}{mark}02{mark}29){end}"


def _day_exists(text: exp.Expr, gap: int) -> exp.Expr:
    year, month, day = _part(text, 1, 4), _part(text, 5 + gap, 2), _part(text, 7 + 2 * gap, 2)
    years = cast(year, "int")

    def divides(n: int) -> exp.Expr:
        return exp.EQ(this=exp.Mod(this=years, expression=number(n)), expression=number(0))

    leap = any_of(divides(400), all_of(divides(4), opposite(divides(100))))
    last = case(
        (_among(month, "04", "06", "09", "11"), word("30")),
        (exp.NEQ(this=month, expression=word("02")), word("31")),
        (leap, word("29")),
        otherwise=word("28"),
    )
    real_month = exp.Between(this=month, low=word("01"), high=word("12"))
    return all_of(real_month, exp.Between(this=day, low=word("01"), high=last))


def _part(text: exp.Expr, start: int, length: int) -> exp.Expr:
    return exp.Substring(this=text, start=number(start), length=number(length))


def _among(value: exp.Expr, *texts: str) -> exp.Expr:
    return exp.In(this=value, expressions=[word(text) for text in texts])


def _matches(text: exp.Expr, pattern: exp.Expr, dialect: Dialect) -> exp.Expr:
    if dialect.name == "mysql":  # MariaDB has no REGEXP_LIKE, MySQL and MariaDB both have this
        at = exp.Anonymous(this="REGEXP_INSTR", expressions=[text, pattern])
        return exp.EQ(this=at, expression=number(1))
    return exp.RegexpLike(this=text, expression=pattern)
