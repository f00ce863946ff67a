"""Where nodes are written: over one row, or over the sums of many rows.

A question over many rows is selects inside one another: the facts of each row; whether each row
counts; what is certain of each `has`, `count`, `total` …; the question over those.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from mianzheng.rules.expression import Aggregate, Fact, Reaches
from mianzheng.rules.sql.build import all_of, case, equals, is_null, mark, number, opposite, quoted
from mianzheng.rules.sql.columns import Mapping
from mianzheng.rules.sql.dialects import Dialect
from mianzheng.rules.sql.parameters import Parameters, Shape
from mianzheng.rules.sql.terms import Limits, NotExpressible, Term, as_flag, is_one
from mianzheng.rules.sql.writer import Writer


class RowWriter(Writer):
    """Over one row: facts are columns of the inner select, under their own names."""

    def __init__(self, mapping: Mapping, parameters: Parameters, dialect: Dialect) -> None:
        super().__init__(parameters, dialect)
        self.mapping = mapping
        self.used: dict[str, None] = {}  # facts, in the order they were first needed
        self.reached: dict[str, str] = {}  # link -> the column that says whether it leads to the second subject

    def fact(self, node: Fact) -> Term:
        """Return the fact's column."""
        self.used[node.name] = None
        return Term(quoted(node.name), self.mapping.shape(node.name))

    def reaches(self, node: Reaches) -> exp.Expr:
        """Return that the row leads to the second subject."""
        return is_one(quoted(self.reached.setdefault(node.link, f"{node.link} reached")))

    def columns(self) -> dict[str, exp.Expr]:
        """Return the columns that the inner select must have."""
        facts = {name: self.mapping.read(name).term.sql for name in self.used}
        return facts | {column: self.mapping.leads_to_other(link) for link, column in self.reached.items()}


class Columns:
    """The columns of one select, by name; a name already taken gets a number (blanks keep them from facts)."""

    def __init__(self) -> None:
        self.written: dict[str, exp.Expr] = {}
        self._keys: dict[object, str] = {}

    def column(self, key: object, name: str, write: Callable[[], exp.Expr]) -> exp.Expr:
        """Return the column of `key`, writing it when it is first needed."""
        if key not in self._keys:
            taken = sum(1 for other in self.written if other.split(" #")[0] == name)
            self._keys[key] = f"{name} #{taken + 1}" if taken else name
            self.written[self._keys[key]] = write()
        return quoted(self._keys[key])


class SumWriter(Writer):
    """Over the sums of many rows: each set becomes columns of the select around the rows.

    `complete`: no rows exist but those found here; else a set may hold more (an open register, or
    one closed here that is asked for the country) and only what those cannot change is certain.
    """

    def __init__(self, row: RowWriter, *, complete: bool) -> None:
        super().__init__(row.parameters, row.dialect)
        self.row = row
        self.complete = complete
        self.each = Columns()  # of each row
        self.sums = Columns()  # over all rows

    def holds(self, node: Aggregate) -> exp.Expr:
        """Return `has` or `every`: decided by one row, or by all when there can be no others."""
        counts = self._counts(node)
        decisive, otherwise = (1, 0) if node.how == "has" else (0, 1)
        edge = exp.Max if node.how == "has" else exp.Min

        def write() -> exp.Expr:
            decided = equals(edge(this=counts), number(decisive)), number(decisive)
            others = [(_all_known(counts), number(otherwise))] if self.complete else []
            return case(decided, *others)

        return is_one(self._sum(node, "", write))

    def limits(self, node: Aggregate) -> Limits:
        """Return the columns that hold what is certain of a count, sum or extreme."""
        if node.how == "count":
            return self._count(node)
        if node.value is None:
            raise NotExpressible(f"{node.how} needs a fact", hint=f"write {node.how}(role.register.fact, …)")
        value = self._value(node.value)
        return self._total(node, value) if node.how == "total" else self._extreme(node, value)

    def _count(self, node: Aggregate) -> Limits:
        counts, shape = self._counts(node), Shape("number")
        low = Term(self._sum(node, "low", lambda: _or(exp.Sum(this=counts), 0)), shape)
        if not self.complete:
            return Limits(low, Term(exp.Null(), shape))
        if node.where is None:
            return Limits(low, low)
        high = self._sum(node, "high", lambda: exp.Sum(this=_or(counts, 1)))
        return Limits(low, Term(high, shape))

    def _total(self, node: Aggregate, value: Term) -> Limits:
        """Bound a sum: a row that may count adds what lowers, or what raises it; one hole leaves it open."""
        if value.shape.kind != "number":
            raise NotExpressible("total needs numbers", hint="sum a number")
        if not self.complete:
            none = Term(exp.Null(), value.shape)
            return Limits(none, none)
        if node.where is None:
            total = Term(self._sum(node, "", lambda: _summed(value.sql, value.sql)), value.shape)
            return Limits(total, total)
        low = self._sum(node, "low", lambda: self._bound(node, value, exp.LT))
        high = self._sum(node, "high", lambda: self._bound(node, value, exp.GT))
        return Limits(Term(low, value.shape), Term(high, value.shape))

    def _bound(self, node: Aggregate, value: Term, sign: type[exp.Binary]) -> exp.Expr:
        counts = self._counts(node)
        maybe = all_of(is_null(counts), sign(this=value.sql, expression=number(0)))
        adds = case((is_one(counts), value.sql), (maybe, value.sql), otherwise=number(0))
        return _summed(adds, case((_is_zero(counts), number(0)), otherwise=value.sql))

    def _extreme(self, node: Aggregate, value: Term) -> Limits:
        """Bound the lowest or highest: no further in than that of sure rows, no further out than that of all."""
        lowest = node.how == "lowest"
        near = Term(self._sum(node, "high" if lowest else "low", lambda: self._near(node, value)), value.shape)
        far: exp.Expr = exp.Null()
        if self.complete:
            far = self._sum(node, "low" if lowest else "high", lambda: self._far(node, value))
        limits = (Term(far, value.shape), near) if lowest else (near, Term(far, value.shape))
        return Limits(*limits, *self._emptiness(node))

    def _far(self, node: Aggregate, value: Term) -> exp.Expr:
        outer = exp.Min if node.how == "lowest" else exp.Max
        possible = case((opposite(_is_zero(_or(self._counts(node), 1))), value.sql))
        return case((self._no_holes(node, value), outer(this=possible)))

    def _near(self, node: Aggregate, value: Term) -> exp.Expr:
        outer, inner = (exp.Min, exp.Max) if node.how == "lowest" else (exp.Max, exp.Min)
        counts = self._counts(node)
        sure = outer(this=case((is_one(counts), value.sql)))
        if not self.complete or node.where is None:
            return sure
        open_ = case((is_null(counts), value.sql))
        none_sure = _is_zero(_or(exp.Max(this=counts), 0))
        only_open = case((all_of(none_sure, self._no_holes(node, value)), inner(this=open_)))
        return exp.Coalesce(this=sure, expressions=[only_open])

    def _no_holes(self, node: Aggregate, value: Term) -> exp.Expr:
        counted = opposite(_is_zero(_or(self._counts(node), 1)))
        return _is_zero(exp.Max(this=mark(all_of(counted, is_null(value.sql)))))

    def _emptiness(self, node: Aggregate) -> tuple[exp.Expr | None, exp.Expr | None]:
        """Return whether a row surely counts, and whether surely none does; None: a row surely does."""
        if node.where is None:
            return None, None
        counts = self._counts(node)
        some = self._sum(node, "some", lambda: _or(exp.Max(this=counts), 0))
        if not self.complete:
            return is_one(some), None
        none = self._sum(node, "possible", lambda: exp.Max(this=_or(counts, 1)))
        return is_one(some), _is_zero(none)

    def _counts(self, node: Aggregate) -> exp.Expr:
        """Return whether the row at hand counts: 1, 0, or NULL when that is not known."""
        if node.where is None:
            return number(1)
        where = node.where
        return self.each.column((where, "counts"), "counts", lambda: as_flag(self.row.condition(where)))

    def _value(self, node: Fact) -> Term:
        term = self.row.fact(node)
        return Term(self.each.column(node, f"the {node.name}", lambda: term.sql), term.shape)

    def _sum(self, node: Aggregate, part: str, write: Callable[[], exp.Expr]) -> exp.Expr:
        return self.sums.column((node, part), f"{node.how} {part}".strip(), write)


def _all_known(flag: exp.Expr) -> exp.Expr:
    return equals(exp.Count(this=flag), exp.Count(this=exp.Star()))


def _or(value: exp.Expr, default: int) -> exp.Expr:
    """Return a value, `default` when it is NULL."""
    return value if isinstance(value, exp.Literal) else exp.Coalesce(this=value, expressions=[number(default)])


def _is_zero(value: exp.Expr) -> exp.Expr:
    return equals(value, number(0))


def _summed(adds: exp.Expr, known: exp.Expr) -> exp.Expr:
    """Return a sum, NULL when one of the rows has no value."""
    return case((_all_known(known), exp.Sum(this=adds)))
