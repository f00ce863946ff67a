"""What a value of a rule becomes in SQL: a term with its shape, or a constant still to be bound."""

from __future__ import annotations

import msgspec
from sqlglot import exp

from mianzheng.model.errors import MianzhengError
from mianzheng.rules.expression import Node
from mianzheng.rules.sql.build import any_of, case, equals, number, opposite
from mianzheng.rules.sql.parameters import Shape


class NotExpressible(MianzhengError):
    """The question cannot be asked of this register's own columns; the mapping or the rule must change."""

    code = "not-expressible"


class Term(msgspec.Struct, frozen=True):
    """An SQL value and how it lies there; NULL is the value that is not held."""

    sql: exp.Expr
    shape: Shape


class Constant(msgspec.Struct, frozen=True):
    """A value without facts: bound as a parameter, in the shape of what it meets."""

    node: Node


Operand = Term | Constant
FLAG = Shape("flag")
NUMBER = Shape("number")
_FLAG = "mianzheng flag"  # marks `x = 1` where x is 1, 0 or NULL
ANY = Shape("any")


def as_flag(condition: exp.Expr) -> exp.Expr:
    """Return a condition as 1, 0 or NULL: Oracle and SQL Server have no boolean to select."""
    if _FLAG in condition.meta and isinstance(condition.this, exp.Expr):
        return condition.this
    return case((condition, number(1)), (opposite(condition), number(0)))


def is_one(flag: exp.Expr) -> exp.Expr:
    """Return a flag as a condition."""
    condition = equals(flag, number(1))
    condition.meta[_FLAG] = True
    return condition


ALWAYS = is_one(number(1))
NEVER = is_one(number(0))


class Limits(msgspec.Struct, frozen=True):
    """What is certain of a count, sum or extreme; NULL is without limit.

    `some`: surely there is something to be the lowest or highest of; `none`: surely there is nothing.
    None: the question does not arise (a count, a sum).
    """

    low: Term
    high: Term
    some: exp.Expr | None = None
    none: exp.Expr | None = None


def case_of(branches: list[tuple[exp.Expr, exp.Expr]], default: exp.Expr | None) -> exp.Expr:
    """Return a `case` that is NULL when a condition it reaches is, where SQL would go on."""
    rest = default
    for condition, value in reversed(branches):
        otherwise = [] if rest is None else [(opposite(condition), rest)]
        rest = case((condition, value), *otherwise)
    return exp.Null() if rest is None else rest


def either(*conditions: exp.Expr | None) -> exp.Expr | None:
    """Return the `or` of the conditions that can hold; None when none can."""
    there = [condition for condition in conditions if condition is not None]
    return any_of(*there) if there else None
