"""The tables behind the oracle's SQL: registers joined to their subjects, aggregates counted beside them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal

from mianzheng.city.engines.columns import quoted
from mianzheng.city.oracle.terms import Bounds, Term
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Absence, FactCatalogue, Register, Type
from mianzheng.model.scalar import Scalar
from mianzheng.rules.expression import Node
from mianzheng.rules.parse import Where, parse_rule

_SQL_TYPES = {
    Type.BOOLEAN: "BOOLEAN",
    Type.INTEGER: "BIGINT",
    Type.DECIMAL: "DECIMAL(18, 4)",
    Type.DATE: "DATE",
}


class Subjects:
    """Gathers the joins of one subject's registers while conditions are written.

    `subject` is the SQL of its number: the acting one's row of `_people` is `p`, another role's a row of a link.
    `parameters` are shared by all subjects of a query, and so are the alias names.
    """

    def __init__(
        self,
        facts: FactCatalogue,
        subject: str = "p.resident",
        parameters: dict[str, Scalar | None] | None = None,
        aliases: Iterator[int] | None = None,
    ) -> None:
        self._facts = facts
        self._joins: dict[tuple[object, ...], tuple[str, str]] = {}
        self._aliases = itertools.count() if aliases is None else aliases
        self.subject = subject
        self.parameters: dict[str, Scalar | None] = {} if parameters is None else parameters

    def beside(self, subject: str) -> Subjects:
        """Return the subjects of another role in the same query."""
        return Subjects(self._facts, subject, self.parameters, self._aliases)

    @property
    def nobody(self) -> str | None:
        """The condition that there is no such subject; None for one that is always there."""
        return None if self.subject == "p.resident" else f"({self.subject} IS NULL)"

    def alias(self, letter: str) -> str:
        """Return a name that nothing else in the query has."""
        return f"{letter}{next(self._aliases)}"

    def register(self, name: str) -> Register:
        """Return a register; `WrongUse` when the packs have none of that name."""
        if name not in self._facts.registers:
            raise WrongUse(f"no register {name}", hint="`mianzheng catalogue check` lists the faults of the packs")
        return self._facts.registers[name]

    def kinship(self) -> tuple[Register, str]:
        """Return the register and the link that say how two people are related; `WrongUse` when none does."""
        for register in self._facts.registers.values():
            for name, link in register.links.items():
                if link.kind:
                    return register, name
        raise WrongUse("no register says how people are related", hint="one link of the packs needs a kind")

    def bind(self, value: Scalar | None, type_: Type | None = None) -> str:
        """Return a parameter for a value; None is a NULL of the type."""
        if type_ is None:
            type_ = _type_of(value)
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return typed(f"${name}", type_)

    def row(self, register: Register, visible: Callable[[str], str]) -> str:
        """Return the alias under which the one visible row of a register is joined."""
        name = register.register
        table = f"(SELECT * FROM {quoted(name)} AS t WHERE {visible('t')})"
        return self._join((name,), "r", table)

    def counted(self, node: Node, register: Register, columns: str, visible: str) -> str:
        """Return the alias of one row a subject with `columns` aggregated over the visible rows of a register."""
        table = f"(SELECT subject, {columns} FROM {quoted(register.register)} AS t WHERE {visible} GROUP BY subject)"
        return self._join((node,), "a", table)

    def counted_for_one(self, register: Register, columns: str, visible: str) -> str:
        """Return the same as a row in place: what is compared with another subject cannot be joined before it."""
        where = f"t.subject = {self.subject} AND {visible}"
        return f"(SELECT x FROM (SELECT {columns} FROM {quoted(register.register)} AS t WHERE {where}) AS x)"

    def folded(self, node: Node, table: str) -> str:
        """Return the alias of one row a subject, aggregated over the people of a role."""
        return self._join((node,), "o", table)

    def _join(self, key: tuple[object, ...], letter: str, table: str) -> str:
        if key not in self._joins:
            self._joins[key] = (self.alias(letter), table)
        return self._joins[key][0]

    @property
    def joins(self) -> str:
        """The joins of this subject's registers."""
        return " ".join(
            f"LEFT JOIN {table} AS {alias} ON {alias}.subject = {self.subject}" for alias, table in self._joins.values()
        )


def typed(sql: str, type_: Type) -> str:
    """Return SQL of a value as one of the type."""
    return f"CAST({sql} AS {_SQL_TYPES.get(type_, 'VARCHAR')})"


def closed(register: Register, scope: str) -> bool:
    """Return whether a missing row is an answer, for a condition of this scope."""
    here = register.absence is Absence.CLOSED_HERE and scope == "here"
    return here or register.absence is Absence.CLOSED_NATIONWIDE


def complete(register: Register, scope: str, alias: str) -> str:
    """Return the condition that the subject has no rows but those of the register."""
    if closed(register, scope):
        return "TRUE"
    if register.rows == "one" or register.absence is Absence.FAULT:
        return f"({alias}.subject IS NOT NULL)"
    return "FALSE"


def visible_rule(register: Register) -> Node | None:
    """Return the rule that a row must meet to be seen at all."""
    text = register.source.visible_when
    if not text:
        return None
    return parse_rule(text, Where(register.register, 1, 1), within=register.register).node


def aggregate_columns(holds: str, value: str | None) -> str:
    """Return the columns from which every aggregate over one set of rows is told.

    `sure` and `perhaps` count rows that meet the condition and rows of which it is unknown; `nulls` are
    those of both without a value.
    """
    columns = [
        f"count(*) FILTER (WHERE {holds}) AS sure",
        f"count(*) FILTER (WHERE ({holds}) IS NULL) AS perhaps",
        f"count(*) FILTER (WHERE NOT ({holds})) AS refuted",
    ]
    if value is not None:
        counted = f"(({holds}) IS NOT FALSE)"
        columns += [
            f"count(*) FILTER (WHERE {counted} AND {value} IS NULL) AS nulls",
            f"min({value}) FILTER (WHERE {holds}) AS sure_min",
            f"max({value}) FILTER (WHERE {holds}) AS sure_max",
            f"min({value}) FILTER (WHERE {counted}) AS any_min",
            f"max({value}) FILTER (WHERE {counted}) AS any_max",
        ]
    return ", ".join(columns)


def sum_columns(holds: str, value: str) -> str:
    """Return the two ends of a sum: rows of which it is unknown whether they count may add what they like."""
    sure, unknown = f"coalesce(sum({value}) FILTER (WHERE {holds}), 0)", f"FILTER (WHERE ({holds}) IS NULL)"
    low = f"{sure} + coalesce(sum(least({value}, 0)) {unknown}, 0)"
    high = f"{sure} + coalesce(sum(greatest({value}, 0)) {unknown}, 0)"
    return f"{low} AS low, {high} AS high"


def has_term(alias: str, whole: str) -> Term:
    """Return whether some row counts; without all rows no is never certain."""
    sql = f"(CASE WHEN {alias}.sure > 0 THEN TRUE WHEN {alias}.perhaps > 0 OR NOT {whole} THEN NULL ELSE FALSE END)"
    return Term(sql, missing=f"({sql} IS NULL AND NOT {whole})")


def every_term(alias: str, whole: str) -> Term:
    """Return whether all rows count; without all rows yes is never certain."""
    sql = f"(CASE WHEN {alias}.refuted > 0 THEN FALSE WHEN {alias}.perhaps > 0 OR NOT {whole} THEN NULL ELSE TRUE END)"
    return Term(sql, missing=f"({sql} IS NULL AND NOT {whole})")


def count_bounds(alias: str, whole: str) -> Bounds:
    """Return the bounds of a count."""
    sure, perhaps = f"coalesce({alias}.sure, 0)", f"coalesce({alias}.perhaps, 0)"
    return Bounds(sure, f"(CASE WHEN {whole} THEN {sure} + {perhaps} END)")


def total_bounds(alias: str, whole: str) -> Bounds:
    """Return the bounds of a sum: none at all once a value that may count is null, or rows may be elsewhere."""
    known = f"({whole} AND coalesce({alias}.nulls, 0) = 0)"
    return Bounds(
        f"(CASE WHEN {known} THEN coalesce({alias}.low, 0) END)",
        f"(CASE WHEN {known} THEN coalesce({alias}.high, 0) END)",
    )


def extreme_bounds(alias: str, whole: str, *, lowest: bool) -> Bounds:
    """Return the bounds of the lowest or highest value.

    The lowest is at most the lowest sure value, and at least the lowest of all that may count.
    """
    some, any_ = f"coalesce({alias}.sure, 0)", f"(coalesce({alias}.sure, 0) + coalesce({alias}.perhaps, 0))"
    known = f"({whole} AND coalesce({alias}.nulls, 0) = 0)"
    outer, inner = ("min", "max") if lowest else ("max", "min")
    far = f"(CASE WHEN {known} THEN {alias}.any_{outer} END)"
    near = (
        f"(CASE WHEN {alias}.sure_{outer} IS NOT NULL THEN {alias}.sure_{outer} "
        f"WHEN {known} AND {some} = 0 THEN {alias}.any_{inner} END)"
    )
    low, high = (far, near) if lowest else (near, far)
    empty = f"({whole} AND {any_} = 0)"
    return Bounds(low, high, empty=empty, maybe_empty=f"({some} = 0)")


def _type_of(value: Scalar | None) -> Type:
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, int):
        return Type.INTEGER
    if isinstance(value, Decimal):
        return Type.DECIMAL
    return Type.STRING if isinstance(value, str) or value is None else Type.DATE
