"""Rows of the truth, as a rule speaks of them: a fact, what is derived from it, whether it is seen, where it leads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from mianzheng.city.engines.columns import quoted
from mianzheng.city.oracle import subjects
from mianzheng.city.oracle.cast import Cast
from mianzheng.city.oracle.subjects import Subjects
from mianzheng.city.oracle.terms import Term, combined
from mianzheng.model.facts import Derivation, Register, Type
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.scalar import Scalar
from mianzheng.rules import expression as tree
from mianzheng.rules.parse import Where, parse_rule


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What a case brings besides the registers: its day, the figures, what the person and the officer stated.

    `columns`: of several cases in one query, the SQL of what differs between them: `today`, `params.x`, `form.x`,
    `finding.x`. What stands there is not looked for in the other fields.
    """

    as_of: date
    params: Mapping[str, ParamTable]
    forms: Mapping[str, Scalar] = {}
    findings: Mapping[str, Scalar] = {}
    columns: Mapping[str, str] = {}


class Rows(ABC):
    """Facts of the registers' rows; `scope` decides what a missing row in a register of this city means."""

    def __init__(self, cast: Cast, stated: Stated, *, scope: str) -> None:
        self.item: Item = cast.item
        self.cast = cast
        self.tables = cast.acting  # what is bound and named is shared by all subjects
        self.stated = stated
        self.scope = scope
        self.row: str | None = None  # alias of the row spoken of inside an aggregate
        self.one: dict[str, Subjects] = {}  # roles of many that the words around take one by one

    def day(self) -> str:
        """Return the SQL of the case's day."""
        column = self.stated.columns.get("today")
        return self.tables.bind(self.stated.as_of) if column is None else subjects.typed(column, Type.DATE)

    def subjects(self, role: str) -> Subjects:
        """Return whose registers are meant by a role."""
        return self.one[role] if role in self.one else self.cast.one(role)

    def truth(self, node: tree.Node) -> str:
        """Return the SQL of a node as a condition: TRUE, FALSE, or NULL for unknown."""
        return self.term(node).truth

    @abstractmethod
    def term(self, node: tree.Node) -> Term:
        """Return the term of any node."""

    def fact(self, node: tree.Fact) -> Term:
        register = self.tables.register(node.register)
        declared = register.facts[node.name]
        if declared.derive is not None:
            return self._with_default(self._derived(node, declared.derive), register, node)
        if self.row is not None:
            return Term(f'{self.row}."{node.name}"')
        of = self.subjects(node.role)
        alias = self._one_row(register, of)
        value, none = f'{alias}."{node.name}"', f"({alias}.subject IS NULL)"
        if not subjects.closed(register, self.scope):
            return Term(value, missing=none)
        if declared.when_absent is not None:
            return self._with_default(Term(value, missing=of.nobody), register, node)
        if of.nobody is None:
            return Term(value, absent=none)
        return Term(value, missing=of.nobody, absent=f"({none} AND NOT {of.nobody})")

    def _with_default(self, term: Term, register: Register, node: tree.Fact) -> Term:
        declared = register.facts[node.name].when_absent
        if declared is None or self.row is not None or not subjects.closed(register, self.scope):
            return term
        of = self.subjects(node.role)
        alias, value = self._one_row(register, of), self.tables.bind(declared)
        somebody = "" if of.nobody is None else f"WHEN {of.nobody} THEN NULL "
        sql = f"(CASE {somebody}WHEN {alias}.subject IS NULL THEN {value} ELSE {term.sql} END)"
        return Term(sql, missing=term.missing)

    def _derived(self, node: tree.Fact, derive: Derivation) -> Term:
        for name, unit in ((derive.age_of, "years"), (derive.years_since, "years"), (derive.months_since, "months")):
            if name is not None:
                return self._elapsed(self.fact(tree.Fact(node.role, node.register, name)), unit)
        text = derive.expression or ""
        parsed = parse_rule(text, Where(f"{node.register}.{node.name}", 1, 1), within=node.register)
        return self.term(_spoken_by(node.role, parsed.node))

    def _one_row(self, register: Register, of: Subjects) -> str:
        return of.row(register, lambda alias: self.visible(register, alias))

    def led(self, node: tree.Node) -> tuple[tree.Fact, str] | None:
        """Return link and role of `link = role`; None for any other node. In a set a bare name reads as a fact."""
        if not isinstance(node, tree.Compare):
            return None
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(one, tree.Fact):
                continue
            if isinstance(other, tree.Person):
                return one, other.role
            links = self.tables.register(one.register).links
            if isinstance(other, tree.Fact) and one.role == other.role == "" and one.name in links:
                return one, other.name
        return None

    def visible(self, register: Register, alias: str = "t") -> str:
        """Return the SQL of "the row `alias` is seen at all"."""
        rule = subjects.visible_rule(register)
        return "TRUE" if rule is None else f"({self._of_row(rule, alias)} IS TRUE)"

    def leads(self, register: Register, link: str) -> str:
        """Return the SQL of "the row t leads somewhere by this link", in three values."""
        text = register.links[link].where
        where = (
            None if not text else parse_rule(text, Where(f"{register.register}.{link}", 1, 1), within=register.register)
        )
        number = f"CASE WHEN t.{quoted(link)} IS NOT NULL THEN TRUE END"
        return f"({number})" if where is None else f"({self._of_row(where.node, 't')} AND {number})"

    def _of_row(self, rule: tree.Node, alias: str) -> str:
        outer, self.row = self.row, alias
        sql = self.truth(rule)
        self.row = outer
        return sql

    def _elapsed(self, start: Term, unit: str) -> Term:
        """Whole units from a date to today: the most whose sum, clamped to the month's end, is not after today."""
        today, day = self.day(), start.sql
        if unit == "days":
            return combined(lambda value: f"({today} - {value})", start)
        months = f"((year({today}) - year({day})) * 12 + month({today}) - month({day}))"
        reached = f"(CAST({day} + to_months(CAST({months} AS INTEGER)) AS DATE) <= {today})"
        whole = f"({months} - CASE WHEN {reached} THEN 0 ELSE 1 END)"
        if unit == "years":
            whole = f"CAST(floor({whole} / 12) AS BIGINT)"
        return Term(f"(CASE WHEN {day} IS NOT NULL THEN {whole} END)", start.missing, start.absent)


def _spoken_by(role: str, node: Any) -> Any:
    """Return the tree with the facts of its own row given a role."""
    if isinstance(node, tree.Fact):
        return tree.Fact(role, node.register, node.name)
    if isinstance(node, tree.Node):
        return type(node)(*(_spoken_by(role, getattr(node, name)) for name in node.__struct_fields__))
    return tuple(_spoken_by(role, part) for part in node) if isinstance(node, tuple) else node
