"""A value in the oracle's SQL: the text that computes it, and when it is missing or absent.

Convention: `sql` is NULL whenever the value is null, missing or absent; `missing` and `absent` are SQL
conditions that tell the three apart, None for never. A condition is a term whose NULL is *unknown*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One value or condition."""

    sql: str
    missing: str | None = None
    absent: str | None = None

    @property
    def truth(self) -> str:
        """The term as a condition: what is absent is false, what is null or missing unknown."""
        return self.sql if self.absent is None else f"(CASE WHEN {self.absent} THEN FALSE ELSE {self.sql} END)"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is certain of a count, sum or extreme: `low` and `high` are NULL where nothing is.

    `empty`: no row counts. `maybe_empty` is a condition: perhaps no row counts, and then there is nothing to compare.
    """

    low: str
    high: str
    empty: str = "FALSE"
    maybe_empty: str = "FALSE"

    @property
    def term(self) -> Term:
        """The one value that is left: absent when no row counts, missing when several values are possible."""
        settled = (
            f"({self.low} IS NOT NULL AND {self.low} = {self.high} AND NOT {self.maybe_empty} AND NOT {self.empty})"
        )
        return Term(
            f"(CASE WHEN {settled} IS TRUE THEN {self.low} END)",
            missing=f"(NOT {self.empty} AND {settled} IS NOT TRUE)",
            absent=self.empty,
        )


def any_of(*conditions: str | None) -> str | None:
    """Return the condition that one of them holds; None when none ever does."""
    real = [condition for condition in conditions if condition is not None]
    if not real:
        return None
    return real[0] if len(real) == 1 else f"({' OR '.join(real)})"


def joined(word: str, parts: Sequence[Term]) -> Term:
    """Return `and` or `or` of conditions; it is missing when it is unknown because of a missing part."""
    sql = f"({f' {word} '.join(part.truth for part in parts)})"
    unknown = any_of(*(part.missing for part in parts))
    return Term(sql, missing=None if unknown is None else f"({sql} IS NULL AND {unknown})")


def negated(part: Term) -> Term:
    """Return `not`; what is unknown stays unknown."""
    return Term(f"(NOT {part.truth})", missing=part.missing)


def combined(make: Callable[..., str], *parts: Term) -> Term:
    """Return a value computed from others: missing beats absent beats null."""
    missing = any_of(*(part.missing for part in parts))
    absent = any_of(*(part.absent for part in parts))
    if missing is not None and absent is not None:
        absent = f"({absent} AND NOT {missing})"
    return Term(make(*(part.sql for part in parts)), missing=missing, absent=absent)


def compared(make: Callable[..., str], *parts: Term) -> Term:
    """Return a comparison: false over what is absent, unless something else is missing."""
    whole = combined(make, *parts)
    return Term(whole.truth, missing=whole.missing)


def bounded(op: str, left: Bounds, right: Term) -> Term:
    """Return `left op right`: true or false when every possible value agrees, else unknown."""
    low, high, value = left.low, left.high, right.sql
    above = f"({high} IS NULL OR {high} > {value})"
    below = f"({low} IS NULL OR {low} < {value})"
    equal = f"(({low} IS NULL OR {low} <= {value}) AND ({high} IS NULL OR {high} >= {value}))"
    can = {"=": equal, "<": below, "<=": f"({below} OR {equal})", ">": above, ">=": f"({above} OR {equal})"}[op]
    cannot = {
        "=": f"({above} OR {below})",
        "<": f"({above} OR {equal})",
        "<=": above,
        ">": f"({below} OR {equal})",
        ">=": below,
    }[op]
    cannot = f"({cannot} OR {left.maybe_empty})"
    sql = (
        f"(CASE WHEN {value} IS NULL THEN NULL WHEN {left.empty} THEN FALSE "
        f"WHEN {can} AND {cannot} THEN NULL ELSE {can} END)"
    )
    if right.absent is not None:
        sql = f"(CASE WHEN {right.absent} THEN FALSE ELSE {sql} END)"
    open_ = f"({sql} IS NULL AND {value} IS NOT NULL)"
    return Term(sql, missing=any_of(right.missing, open_))
