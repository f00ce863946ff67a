"""A parsed rule as one SQL condition over the joined truth, in three values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from mianzheng.city.oracle import subjects
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

    def __init__(self, item: Item, tables: Subjects, stated: Stated, *, scope: str) -> None:
        self.item = item
        self.tables = tables
        self.stated = stated
        self.scope = scope
        self.row: str | None = None  # alias of the row spoken of inside an aggregate

    def truth(self, node: tree.Node) -> str:
        """Return the SQL of a node as a condition: TRUE, FALSE, or NULL for unknown."""
        return self.term(node).truth

    def term(self, node: tree.Node) -> Term:
        """Return the term of any node; `WrongUse` for what the oracle does not speak (roles of many people)."""
        method = _METHODS.get(type(node))
        if method is None:
            raise WrongUse(f"the oracle does not know {type(node).__name__}", hint="this item needs a second person")
        return method(self, node)

    # facts

    def fact(self, node: tree.Fact) -> Term:
        register = self.tables.register(node.register)
        if self.row is None:
            self._check_role(node.role)
        declared = register.facts[node.name]
        if declared.derive is not None:
            return self._with_default(self._derived(node, declared.derive), register, node.name)
        if self.row is not None:
            return Term(f'{self.row}."{node.name}"')
        alias = self._one_row(register)
        value = f'{alias}."{node.name}"'
        if not subjects.closed(register, self.scope):
            return Term(value, missing=f"({alias}.subject IS NULL)")
        if declared.when_absent is None:
            return Term(value, absent=f"({alias}.subject IS NULL)")
        return self._with_default(Term(value), register, node.name)

    def _with_default(self, term: Term, register: Register, name: str) -> Term:
        declared = register.facts[name].when_absent
        if declared is None or self.row is not None or not subjects.closed(register, self.scope):
            return term
        alias, value = self._one_row(register), self.tables.bind(declared)
        return Term(f"(CASE WHEN {alias}.subject IS NULL THEN {value} ELSE {term.sql} END)", missing=term.missing)

    def _derived(self, node: tree.Fact, derive: Derivation) -> Term:
        for name, unit in ((derive.age_of, "years"), (derive.years_since, "years"), (derive.months_since, "months")):
            if name is not None:
                return self._elapsed(self.fact(tree.Fact(node.role, node.register, name)), unit)
        text = derive.expression or ""
        parsed = parse_rule(text, Where(f"{node.register}.{node.name}", 1, 1), within=node.register)
        return self.term(_spoken_by(node.role, parsed.node))

    def _one_row(self, register: Register) -> str:
        return self.tables.row(register, lambda alias: self._visible(register, alias))

    def _visible(self, register: Register, alias: str) -> str:
        rule = subjects.visible_rule(register)
        if rule is None:
            return "TRUE"
        outer, self.row = self.row, alias
        sql = self.truth(rule)
        self.row = outer
        return f"({sql} IS TRUE)"

    def _check_role(self, role: str) -> None:
        if role not in self.item.roles or len(self.item.roles) > 1 or self.item.roles[role].many:
            raise WrongUse(f"{self.item.item} speaks of {role} beside others", hint="the oracle knows one role")

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
        left, right = self._side(node.left), self._side(node.right)
        if isinstance(left, Bounds):
            return bounded(node.op, left, right.term if isinstance(right, Bounds) else right)
        if isinstance(right, Bounds):
            return bounded(_MIRROR[node.op], right, left)
        return compared(lambda a, b: f"({a} {node.op} {b})", left, right)

    def _side(self, node: tree.Node) -> Term | Bounds:
        if isinstance(node, tree.Aggregate) and node.how not in ("has", "every"):
            return self._bounds(node)
        return self.term(node)

    def options(self, node: tree.In) -> Term:
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
        self._check_role(node.role)
        register = self.tables.register(node.register)
        everything = tree.Aggregate("count", node.role, node.register, None, None)
        return Term(f"({self._counted(everything, register)}.subject IS NOT NULL)")

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

    # many rows

    def aggregate(self, node: tree.Aggregate) -> Term:
        if node.how in ("has", "every"):
            register = self.tables.register(node.register)
            alias = self._counted(node, register)
            whole = subjects.complete(register, self.scope, self._any_row(node, register))
            return subjects.has_term(alias, whole) if node.how == "has" else subjects.every_term(alias, whole)
        return self._bounds(node).term

    def _bounds(self, node: tree.Aggregate) -> Bounds:
        register = self.tables.register(node.register)
        alias = self._counted(node, register)
        whole = subjects.complete(register, self.scope, self._any_row(node, register))
        if node.how == "count":
            return subjects.count_bounds(alias, whole)
        if node.how == "total":
            return subjects.total_bounds(alias, whole)
        return subjects.extreme_bounds(alias, whole, lowest=node.how == "lowest")

    def _any_row(self, node: tree.Aggregate, register: Register) -> str:
        return self._counted(tree.Aggregate("count", node.role, node.register, None, None), register)

    def _counted(self, node: tree.Aggregate, register: Register) -> str:
        self._check_role(node.role)
        outer, self.row = self.row, "t"
        holds = "TRUE" if node.where is None else self.truth(node.where)
        value = None if node.value is None else self.fact(node.value).sql
        visible = self._visible(register, "t")
        self.row = outer
        columns = subjects.aggregate_columns(holds, value)
        if node.how == "total" and value is not None:
            columns += f", {subjects.sum_columns(holds, value)}"
        return self.tables.counted(node, register, columns, visible)


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
}
