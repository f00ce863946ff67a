"""A parsed rule as one SQL condition over the joined truth, in three values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from mianzheng.city.engines.columns import quoted
from mianzheng.city.oracle import subjects
from mianzheng.city.oracle.cast import Cast, people_of
from mianzheng.city.oracle.subjects import Subjects
from mianzheng.city.oracle.terms import Bounds, Term, any_of, bounded, combined, compared, joined, negated
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Derivation, Register
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.scalar import Scalar, from_wire
from mianzheng.rules import expression as tree
from mianzheng.rules.parse import Where, parse_rule

_MIRROR = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNITS = {"days": "to_days", "months": "to_months", "years": "to_years"}


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What a case brings besides the registers: its day, the figures, what the person and the officer stated."""

    as_of: date
    params: Mapping[str, ParamTable]
    forms: Mapping[str, Scalar] = {}
    findings: Mapping[str, Scalar] = {}


class Condition:
    """Writes one condition; `scope` decides what a missing row in a register of this city means."""

    def __init__(self, cast: Cast, stated: Stated, *, scope: str) -> None:
        self.item: Item = cast.item
        self.cast = cast
        self.tables = cast.acting  # what is bound and named is shared by all subjects
        self.stated = stated
        self.scope = scope
        self.row: str | None = None  # alias of the row spoken of inside an aggregate
        self.one: dict[str, Subjects] = {}  # roles of many that the words around take one by one

    def subjects(self, role: str) -> Subjects:
        """Return whose registers are meant by a role."""
        return self.one[role] if role in self.one else self.cast.one(role)

    def truth(self, node: tree.Node) -> str:
        """Return the SQL of a node as a condition: TRUE, FALSE, or NULL for unknown."""
        return self.term(node).truth

    def term(self, node: tree.Node) -> Term:
        """Return the term of any node; `WrongUse` for what the oracle does not speak."""
        method = _METHODS.get(type(node))
        if method is None:
            raise WrongUse(f"the oracle does not know {type(node).__name__}", hint="it does not stand in a parsed rule")
        return method(self, node)

    # facts

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

    # what is not asked of registers

    def constant(self, node: tree.Literal_) -> Term:
        return Term(self.tables.bind(node.value, node.type))

    def today(self, node: tree.Today) -> Term:
        return Term(self.tables.bind(self.stated.as_of))

    def param(self, node: tree.Param) -> Term:
        table = self.stated.params.get(node.name)
        in_force = [row for row in table.values if row.effective <= self.stated.as_of] if table is not None else []
        if table is None or not in_force:
            raise WrongUse(f"params.{node.name} has no value on {self.stated.as_of}", hint="its owner must give one")
        latest = max(in_force, key=lambda row: row.effective)
        return Term(self.tables.bind(from_wire(table.type, latest.value), table.type))

    def form(self, node: tree.Form) -> Term:
        return Term(self.tables.bind(self.stated.forms.get(node.name), self.item.form[node.name].type))

    def finding(self, node: tree.Finding) -> Term:
        """What nobody has looked at is missing."""
        value, type_ = self.stated.findings.get(node.name), self.item.findings[node.name].type
        return Term(self.tables.bind(value, type_), missing="TRUE" if value is None else None)

    def shift(self, node: tree.Shift) -> Term:
        amount = self.term(node.amount).sql
        sign = "+" if node.sign > 0 else "-"
        return Term(
            f"CAST({self.tables.bind(self.stated.as_of)} {sign} {_UNITS[node.unit]}(CAST({amount} AS INTEGER)) AS DATE)"
        )

    def elapsed(self, node: tree.Elapsed) -> Term:
        return self._elapsed(self.term(node.value), node.unit)

    def _elapsed(self, start: Term, unit: str) -> Term:
        """Whole units from a date to today: the most whose sum, clamped to the month's end, is not after today."""
        today, day = self.tables.bind(self.stated.as_of), start.sql
        if unit == "days":
            return combined(lambda value: f"({today} - {value})", start)
        months = f"((year({today}) - year({day})) * 12 + month({today}) - month({day}))"
        reached = f"(CAST({day} + to_months(CAST({months} AS INTEGER)) AS DATE) <= {today})"
        whole = f"({months} - CASE WHEN {reached} THEN 0 ELSE 1 END)"
        if unit == "years":
            whole = f"CAST(floor({whole} / 12) AS BIGINT)"
        return Term(f"(CASE WHEN {day} IS NOT NULL THEN {whole} END)", start.missing, start.absent)

    # conditions

    def compare(self, node: tree.Compare) -> Term:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, tree.Person) and isinstance(one, tree.Fact):
                return self._reaches(one.role, self.tables.register(one.register), one.name, other.role, "TRUE")
            if isinstance(one, tree.Relation):
                return self._related(one, (other,))
        left, right = self._side(node.left), self._side(node.right)
        if isinstance(left, Bounds):
            return bounded(node.op, left, right.term if isinstance(right, Bounds) else right)
        if isinstance(right, Bounds):
            return bounded(_MIRROR[node.op], right, left)
        return compared(lambda a, b: f"({a} {node.op} {b})", left, right)

    def _side(self, node: tree.Node) -> Term | Bounds:
        if isinstance(node, (tree.Aggregate, tree.OverRole)) and node.how not in ("has", "every"):
            return self._bounds(node)
        return self.term(node)

    def _related(self, node: tree.Relation, words: tuple[tree.Node, ...]) -> Term:
        register, link = self.tables.kinship()
        options = ", ".join(self.term(word).sql for word in words)
        kind = f"(t.{quoted(register.links[link].kind)} IN ({options}))"
        return self._reaches(node.role, register, link, node.other, kind)

    def _reaches(self, role: str, register: Register, link: str, other: str, also: str) -> Term:
        """Whether a row of `role` leads to `other`; without all rows no is never certain."""
        of, to = self.subjects(role), self.subjects(other)
        holds = f"({self.leads(register, link)} AND t.{quoted(link)} = {to.subject} AND {also})"
        count = f"SELECT count(*) FROM {quoted(register.register)} AS t WHERE t.subject = {of.subject}"
        seen = f"{count} AND {self.visible(register)}"
        whole = self._whole(register, of)
        nobody = any_of(of.nobody, to.nobody) or "FALSE"
        sql = (
            f"(CASE WHEN {nobody} THEN NULL WHEN ({seen} AND {holds}) > 0 THEN TRUE "
            f"WHEN ({seen} AND {holds} IS NULL) > 0 OR NOT {whole} THEN NULL ELSE FALSE END)"
        )
        return Term(sql, missing=f"({sql} IS NULL AND ({nobody} OR NOT {whole}))")

    def options(self, node: tree.In) -> Term:
        if isinstance(node.value, tree.Relation):
            return self._related(node.value, node.options)
        value, options = self.term(node.value), [self.term(option).sql for option in node.options]
        return compared(lambda sql: f"({sql} IN ({', '.join(options)}))", value)

    def match(self, node: tree.Match) -> Term:
        return compared(lambda text, part: f"{node.how}({text}, {part})", self.term(node.text), self.term(node.literal))

    def is_null(self, node: tree.IsNull) -> Term:
        value = self.term(node.value)
        if value.missing is None:
            return Term(f"({value.sql} IS NULL)")
        return Term(f"(CASE WHEN {value.missing} THEN NULL ELSE {value.sql} IS NULL END)", missing=value.missing)

    def distinct(self, node: tree.Distinct) -> Term:
        left, right = self.term(node.left), self.term(node.right)
        sql, missing = f"({left.sql} IS DISTINCT FROM {right.sql})", any_of(left.missing, right.missing)
        return (
            Term(sql) if missing is None else Term(f"(CASE WHEN {missing} THEN NULL ELSE {sql} END)", missing=missing)
        )

    def exists(self, node: tree.Exists) -> Term:
        """Speaks of the register, so it is always true or false."""
        register, of = self.tables.register(node.register), self.subjects(node.role)
        sql = f"({self._any_row(register, of)}.subject IS NOT NULL)"
        if of.nobody is None:
            return Term(sql)
        return Term(f"(CASE WHEN NOT {of.nobody} THEN {sql} END)", missing=of.nobody)

    def conjunction(self, node: tree.And) -> Term:
        return joined("AND", [self.term(part) for part in node.parts])

    def disjunction(self, node: tree.Or) -> Term:
        return joined("OR", [self.term(part) for part in node.parts])

    def negation(self, node: tree.Not) -> Term:
        return negated(self.term(node.part))

    # values

    def arithmetic(self, node: tree.Arithmetic) -> Term:
        return combined(lambda a, b: f"({a} {node.op} {b})", self.term(node.left), self.term(node.right))

    def coalesce(self, node: tree.Coalesce) -> Term:
        """The first value; a missing one before it ends the search."""
        parts = [self.term(part) for part in node.parts]
        sql, missing = "", ""
        for part in parts:
            if part.missing is not None:
                sql += f" WHEN {part.missing} THEN NULL"
                missing += f" WHEN {part.missing} THEN TRUE"
            sql += f" WHEN {part.sql} IS NOT NULL THEN {part.sql}"
            missing += f" WHEN {part.sql} IS NOT NULL THEN FALSE"
        whole = f"(CASE{sql} END)"
        unknown = f"(CASE{missing} ELSE FALSE END)" if any(part.missing for part in parts) else None
        last = parts[-1].absent
        return Term(whole, unknown, None if last is None else f"({whole} IS NULL AND {last})")

    def case(self, node: tree.Case) -> Term:
        """An unknown condition decides nothing, where SQL would go on to the next branch."""
        sql, missing, absent = "", "", ""
        for condition, result in node.branches:
            holds, value = self.truth(condition), self.term(result)
            sql += f" WHEN {holds} IS NULL THEN NULL WHEN {holds} THEN {value.sql}"
            missing += f" WHEN {holds} IS NULL THEN TRUE WHEN {holds} THEN {value.missing or 'FALSE'}"
            absent += f" WHEN {holds} IS NULL THEN FALSE WHEN {holds} THEN {value.absent or 'FALSE'}"
        default = Term("NULL") if node.default is None else self.term(node.default)
        return Term(
            f"(CASE{sql} ELSE {default.sql} END)",
            f"(CASE{missing} ELSE {default.missing or 'FALSE'} END)",
            f"(CASE{absent} ELSE {default.absent or 'FALSE'} END)",
        )

    # many rows, many people

    def aggregate(self, node: tree.Aggregate | tree.OverRole) -> Term:
        if node.how not in ("has", "every"):
            return self._bounds(node).term
        alias, whole = self._folded(node)
        return subjects.has_term(alias, whole) if node.how == "has" else subjects.every_term(alias, whole)

    def _bounds(self, node: tree.Aggregate | tree.OverRole) -> Bounds:
        alias, whole = self._folded(node)
        if node.how == "count":
            return subjects.count_bounds(alias, whole)
        if node.how == "total":
            return subjects.total_bounds(alias, whole)
        return subjects.extreme_bounds(alias, whole, lowest=node.how == "lowest")

    def _folded(self, node: tree.Aggregate | tree.OverRole) -> tuple[str, str]:
        """Return the alias of the aggregated row, and the condition that nothing is left out of it."""
        if isinstance(node, tree.OverRole):
            return self._over_people(node)
        register, of = self.tables.register(node.register), self.subjects(node.role)
        return self._counted(node, register, of), self._whole(register, of)

    def _whole(self, register: Register, of: Subjects) -> str:
        whole = subjects.complete(register, self.scope, self._any_row(register, of))
        return whole if of.nobody is None else f"({whole} AND NOT {of.nobody})"

    def _any_row(self, register: Register, of: Subjects) -> str:
        return self._counted(tree.Aggregate("count", "", register.register, None, None), register, of)

    def _counted(self, node: tree.Aggregate, register: Register, of: Subjects) -> str:
        outer, self.row = self.row, "t"
        holds = "TRUE" if node.where is None else self.truth(node.where)
        value = None if node.value is None else self.fact(node.value).sql
        visible = self.visible(register)
        self.row = outer
        return of.counted(node, register, _columns(node.how, holds, value), visible)

    def _over_people(self, node: tree.OverRole) -> tuple[str, str]:
        """Fold over the people of a role: who is not known for certain makes every word about them unknown."""
        source, register_name, link = self.item.roles[node.role].link_path
        of, register = self.subjects(source), self.tables.register(register_name)
        alias = of.alias("m")
        person = of.beside(f"{alias}.number")
        outer, self.one = self.one, {**self.one, node.role: person}
        sure = f"({alias}.leads AND {alias}.number IS NOT NULL)"
        body = None if node.body is None else self.term(node.body)
        counts = node.how in ("has", "every", "count")
        holds = f"(CASE WHEN {sure} THEN {body.truth if body is not None and counts else 'TRUE'} END)"
        value = None if body is None or counts else f"(CASE WHEN {sure} THEN {body.sql} END)"
        self.one = outer
        people = people_of(register, link, self.leads(register, link), self.visible(register))
        table = (
            f"(SELECT {alias}.source AS subject, {_columns(node.how, holds, value)} FROM {people} AS {alias} "
            f"{person.joins} WHERE {alias}.leads IS NOT FALSE GROUP BY {alias}.source)"
        )
        return of.folded(node, table), self._whole(register, of)


def _columns(how: str, holds: str, value: str | None) -> str:
    columns = subjects.aggregate_columns(holds, value)
    return columns if how != "total" or value is None else f"{columns}, {subjects.sum_columns(holds, value)}"


def _spoken_by(role: str, node: Any) -> Any:
    """Return the tree with the facts of its own row given a role."""
    if isinstance(node, tree.Fact):
        return tree.Fact(role, node.register, node.name)
    if isinstance(node, tree.Node):
        return type(node)(*(_spoken_by(role, getattr(node, name)) for name in node.__struct_fields__))
    return tuple(_spoken_by(role, part) for part in node) if isinstance(node, tuple) else node


_METHODS: dict[type[tree.Node], Callable[[Condition, Any], Term]] = {
    tree.Fact: Condition.fact,
    tree.Literal_: Condition.constant,
    tree.Today: Condition.today,
    tree.Param: Condition.param,
    tree.Form: Condition.form,
    tree.Finding: Condition.finding,
    tree.Shift: Condition.shift,
    tree.Elapsed: Condition.elapsed,
    tree.Compare: Condition.compare,
    tree.In: Condition.options,
    tree.Match: Condition.match,
    tree.IsNull: Condition.is_null,
    tree.Distinct: Condition.distinct,
    tree.Exists: Condition.exists,
    tree.And: Condition.conjunction,
    tree.Or: Condition.disjunction,
    tree.Not: Condition.negation,
    tree.Arithmetic: Condition.arithmetic,
    tree.Coalesce: Condition.coalesce,
    tree.Case: Condition.case,
    tree.Aggregate: Condition.aggregate,
    tree.OverRole: Condition.aggregate,
}
