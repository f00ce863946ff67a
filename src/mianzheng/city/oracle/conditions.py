"""A parsed rule as one SQL condition over the joined truth, in three values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mianzheng.city.engines.columns import quoted
from mianzheng.city.oracle.folds import Folds
from mianzheng.city.oracle.subjects import typed
from mianzheng.city.oracle.terms import Bounds, Term, any_of, bounded, combined, compared, joined, negated
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Register
from mianzheng.model.scalar import from_wire
from mianzheng.rules import expression as tree

_MIRROR = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNITS = {"days": "to_days", "months": "to_months", "years": "to_years"}


class Condition(Folds):
    """Writes one condition: what rows and folds say, compared, joined and reckoned with."""

    def term(self, node: tree.Node) -> Term:
        """Return the term of any node; `WrongUse` for what the oracle does not speak."""
        method = _METHODS.get(type(node))
        if method is None:
            raise WrongUse(f"the oracle does not know {type(node).__name__}", hint="it does not stand in a parsed rule")
        return method(self, node)

    # what is not asked of registers

    def constant(self, node: tree.Literal_) -> Term:
        return Term(self.tables.bind(node.value, node.type))

    def today(self, node: tree.Today) -> Term:
        return Term(self.day())

    def param(self, node: tree.Param) -> Term:
        table = self.stated.params.get(node.name)
        column = self.stated.columns.get(f"params.{node.name}")
        if table is not None and column is not None:
            return Term(typed(column, table.type))
        in_force = [row for row in table.values if row.effective <= self.stated.as_of] if table is not None else []
        if table is None or not in_force:
            raise WrongUse(f"params.{node.name} has no value on {self.stated.as_of}", hint="its owner must give one")
        latest = max(in_force, key=lambda row: row.effective)
        return Term(self.tables.bind(from_wire(table.type, latest.value), table.type))

    def form(self, node: tree.Form) -> Term:
        type_, column = self.item.form[node.name].type, self.stated.columns.get(f"form.{node.name}")
        if column is not None:
            return Term(typed(column, type_))
        return Term(self.tables.bind(self.stated.forms.get(node.name), type_))

    def finding(self, node: tree.Finding) -> Term:
        """What nobody has looked at is missing."""
        value, type_ = self.stated.findings.get(node.name), self.item.findings[node.name].type
        column = self.stated.columns.get(f"finding.{node.name}")
        if column is not None:
            return Term(typed(column, type_), missing=f"({column} IS NULL)")
        return Term(self.tables.bind(value, type_), missing="TRUE" if value is None else None)

    def shift(self, node: tree.Shift) -> Term:
        amount = self.term(node.amount).sql
        sign = "+" if node.sign > 0 else "-"
        return Term(f"CAST({self.day()} {sign} {_UNITS[node.unit]}(CAST({amount} AS INTEGER)) AS DATE)")

    def elapsed(self, node: tree.Elapsed) -> Term:
        return self._elapsed(self.term(node.value), node.unit)

    # conditions

    def compare(self, node: tree.Compare) -> Term:
        if (led := self.led(node)) is not None:
            link, role = led
            register = self.tables.register(link.register)
            if self.row is not None:
                return self._row_reaches(register, link.name, role)
            return self._reaches(link.role, register, link.name, role, "TRUE")
        for one, other in ((node.left, node.right), (node.right, node.left)):
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

    def _row_reaches(self, register: Register, link: str, other: str) -> Term:
        """Whether the row spoken of leads to `other`; of nobody that is not known."""
        to = self.subjects(other)
        holds = f"({self.leads(register, link)} AND t.{quoted(link)} = {to.subject})"
        return Term(holds if to.nobody is None else f"(CASE WHEN NOT {to.nobody} THEN {holds} END)")

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
