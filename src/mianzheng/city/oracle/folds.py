"""Many rows, or many people, in one word: has, every, count, total, lowest, highest; and what of it is certain."""

from __future__ import annotations

from mianzheng.city.oracle import subjects
from mianzheng.city.oracle.cast import people_of
from mianzheng.city.oracle.rows import Rows
from mianzheng.city.oracle.subjects import Subjects
from mianzheng.city.oracle.terms import Bounds, Term
from mianzheng.model.facts import Register
from mianzheng.rules import expression as tree
from mianzheng.rules.tree import walk


class Folds(Rows):
    """Words about all rows of a register, or all people of a role."""

    def exists(self, node: tree.Exists) -> Term:
        """Speaks of the register, so it is always true or false."""
        register, of = self.tables.register(node.register), self.subjects(node.role)
        sql = f"({self._any_row(register, of)}.subject IS NOT NULL)"
        if of.nobody is None:
            return Term(sql)
        return Term(f"(CASE WHEN NOT {of.nobody} THEN {sql} END)", missing=of.nobody)

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
        columns = _columns(node.how, holds, value)
        if any(self.led(part) for part in walk(node)):
            return of.counted_for_one(register, columns, visible)
        return of.counted(node, register, columns, visible)

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
            f"(SELECT {alias}.source AS subject, {_columns(node.how, holds, value)}, bool_and({sure}) AS all_sure, "
            f"count(*) AS people FROM {people} AS {alias} "
            f"{person.joins} WHERE {alias}.leads IS NOT FALSE GROUP BY {alias}.source)"
        )
        folded, whole = of.folded(node, table), self._whole(register, of)
        if not self.item.roles[node.role].many:  # whoever is there is the only one, wherever other rows may lie
            whole = f"({whole} OR ({folded}.people = 1 AND {folded}.all_sure) IS TRUE)"
        return folded, whole


def _columns(how: str, holds: str, value: str | None) -> str:
    columns = subjects.aggregate_columns(holds, value)
    return columns if how != "total" or value is None else f"{columns}, {subjects.sum_columns(holds, value)}"
