"""The few SQL forms that queries are built of, as sqlglot nodes.

sqlglot's own builders copy every part they are given; here a part may stand in several places, and the
whole is copied once, when it is written.
"""

from __future__ import annotations

from sqlglot import exp

_SOURCE = "t"  # the department's table


def number(value: int) -> exp.Expr:
    """Return a constant of the query's own frame (0, 1, a scale); never a value of a rule."""
    return exp.Literal.number(value)


def word(value: str) -> exp.Expr:
    """Return a text of the query's own frame ('', a month); never a value of a rule."""
    return exp.Literal.string(value)


def case(*branches: tuple[exp.Expr, exp.Expr], otherwise: exp.Expr | None = None) -> exp.Expr:
    """Return `case when … then … else otherwise end`."""
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=otherwise)


def all_of(*conditions: exp.Expr) -> exp.Expr:
    """Return the `and` of conditions."""
    return exp.and_(*conditions, copy=False)


def any_of(*conditions: exp.Expr) -> exp.Expr:
    """Return the `or` of conditions."""
    return exp.or_(*conditions, copy=False)


def opposite(condition: exp.Expr) -> exp.Expr:
    """Return `not` of a condition."""
    return exp.not_(condition, copy=False)


def is_null(value: exp.Expr) -> exp.Expr:
    """Return `value is null`."""
    return exp.Is(this=bracketed(value), expression=exp.Null())


def equals(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Return `left = right`."""
    return exp.EQ(this=left, expression=right)


def cast(value: exp.Expr, to: str) -> exp.Expr:
    """Return a value in an SQL type, written in sqlglot's own words."""
    return exp.cast(value, to, copy=False)


def bracketed(value: exp.Expr) -> exp.Expr:
    """Return a value safe to stand in a product, a sum or before `is null`."""
    safe = (exp.Column, exp.Func, exp.Paren, exp.Var, exp.Case, exp.Literal, exp.Null)
    return value if isinstance(value, safe) else exp.Paren(this=value)


def mark(condition: exp.Expr) -> exp.Expr:
    """Return 1 where a condition is true, else 0."""
    return case((condition, number(1)), otherwise=number(0))


def identifier(name: str) -> exp.Identifier:
    """Return a quoted name; a colon in it is marked, so that SQLAlchemy's `text` sees no parameter there."""
    return exp.Identifier(this=name.replace(":", r"\:"), quoted=True)


def quoted(name: str) -> exp.Expr:
    """Return a column by its name, verbatim and quoted."""
    return exp.Column(this=identifier(name))


def source_column(name: str) -> exp.Expr:
    """Return a column of the department's table.

    It is qualified: SQLite takes a quoted name alone, when there is no such column, for a text.
    """
    return exp.Column(this=identifier(name), table=identifier(_SOURCE))


def source_table(name: str) -> exp.Expr:
    """Return the department's table by its name; the last dot parts schema and table."""
    schema, _, last = name.rpartition(".")
    alias = exp.TableAlias(this=identifier(_SOURCE))
    return exp.Table(this=identifier(last), db=identifier(schema) if schema else None, alias=alias)
