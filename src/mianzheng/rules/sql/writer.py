"""A question's expression as SQL conditions and values, node by node.

SQL's own three values carry the meaning; where they do not, the form is chosen so that they do: a
`case` with an unknown condition is NULL, `is distinct from` is expanded, and a comparison with what is
absent is false.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from mianzheng.rules.expression import (
    Aggregate,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    Exists,
    Fact,
    In,
    IsNull,
    Literal_,
    Match,
    Node,
    Not,
    Or,
    Reaches,
)
from mianzheng.rules.sql.build import all_of, any_of, bracketed, case, equals, is_null, mark, number, opposite
from mianzheng.rules.sql.columns import DECIMAL_SCALE
from mianzheng.rules.sql.dialects import Dialect, found_at, wide
from mianzheng.rules.sql.parameters import Parameters, Shape
from mianzheng.rules.sql.shapes import TURNED, Op, Shaper, is_constant, may_be_left_out
from mianzheng.rules.sql.terms import (
    ALWAYS,
    FLAG,
    NEVER,
    Constant,
    Limits,
    NotExpressible,
    Operand,
    Term,
    as_flag,
    case_of,
    either,
    is_one,
)
from mianzheng.rules.tree import walk

_CONDITIONS = (Compare, In, IsNull, Distinct, And, Or, Not, Match, Exists, Reaches)
_ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


class Writer:
    """Writes nodes; a subclass knows what a fact and a set of rows are where it stands."""

    def __init__(self, parameters: Parameters, dialect: Dialect) -> None:
        self.parameters = parameters
        self.dialect = dialect
        self.shaper = Shaper(parameters, dialect)

    # what a subclass knows

    def fact(self, node: Fact) -> Term:
        """Return a fact of the row at hand."""
        raise NotExpressible(f"{node.name} stands outside a set of rows", hint="this register holds many rows")

    def reaches(self, node: Reaches) -> exp.Expr:
        """Return whether the row at hand leads to the second subject."""
        raise NotExpressible(f"{node.link} stands outside a set of rows", hint="this register holds many rows")

    def holds(self, node: Aggregate) -> exp.Expr:
        """Return `has` or `every` as a condition."""
        raise NotExpressible(f"{node.how} cannot stand inside a row", hint="write it beside the set with and")

    def limits(self, node: Aggregate) -> Limits:
        """Return what is certain of `count`, `total`, `lowest`, `highest`."""
        raise NotExpressible(f"{node.how} cannot stand inside a row", hint="write it beside the set with and")

    # conditions

    def condition(self, node: Node) -> exp.Expr:
        """Return a boolean node as an SQL condition; `NotExpressible` when it cannot be one."""
        if isinstance(node, (And, Or)):
            join = all_of if isinstance(node, And) else any_of
            return join(*(self.condition(part) for part in node.parts))
        if isinstance(node, Not):
            return opposite(self.condition(node.part))
        if isinstance(node, Compare):
            return self._compared(node)
        if isinstance(node, In):
            options = [self.operand(option) for option in node.options]
            return self._unless_absent(self.shaper.among(self.operand(node.value), options), node.value)
        if isinstance(node, IsNull):
            return self._is_null(self._open(node.value, "is null"))
        if isinstance(node, Distinct):
            return self._distinct(self._open(node.left, "is distinct from"), self._open(node.right, "is distinct from"))
        if isinstance(node, Match):
            return self._matched(node)
        if isinstance(node, Reaches):
            return self.reaches(node)
        if isinstance(node, Exists):
            return ALWAYS  # whoever reads a row has one; no row is answered from absence
        if isinstance(node, Aggregate) and node.how in ("has", "every"):
            return self.holds(node)
        return is_one(self.shaper.placed(self.operand(node), FLAG))

    def _compared(self, node: Compare) -> exp.Expr:
        for op, side, other in ((node.op, node.left, node.right), (TURNED[node.op], node.right, node.left)):
            if isinstance(side, Aggregate) and side.how not in ("has", "every"):
                limits = self.limits(side)
                return self._unless_absent(self._settled(op, limits, self.operand(other)), other)
        plain = self.shaper.compared(node.op, self.operand(node.left), self.operand(node.right))
        return self._unless_absent(plain, node.left, node.right)

    def _settled(self, op: Op, limits: Limits, value: Operand) -> exp.Expr:
        """Return the comparison if every value between the limits agrees, else NULL."""
        low, high = limits.low, limits.high
        if low == high and limits.some is None and limits.none is None:
            return self.shaper.compared(op, low, value)
        true, false = self._certain(op, low, high, value)
        if limits.some is not None:
            true = all_of(limits.some, true)
        if limits.none is not None:
            nothing = limits.none
            held = isinstance(value, Constant) and not may_be_left_out(value.node)
            false = any_of(nothing if held else all_of(nothing, opposite(self._is_null(value))), false)
        return is_one(case((true, number(1)), (false, number(0))))

    def _certain(self, op: Op, low: Term, high: Term, value: Operand) -> tuple[exp.Expr, exp.Expr]:
        """Return when a comparison with anything from low to high is surely true, and when surely false."""
        compared = self.shaper.compared
        if op == "=":
            true = all_of(compared("=", low, value), compared("=", high, value))
            return true, any_of(compared("<", high, value), compared(">", low, value))
        near, far = (low, high) if op in (">", ">=") else (high, low)
        return compared(op, near, value), opposite(compared(op, far, value))

    def _is_null(self, value: Operand) -> exp.Expr:
        """Return whether a value is NULL; of constants only the person's may be left out."""
        if isinstance(value, Term):
            return is_null(value.sql)
        if not may_be_left_out(value.node):
            return NEVER
        return is_one(self.parameters.bound(value.node, Shape("left_out")))

    def _distinct(self, left: Operand, right: Operand) -> exp.Expr:
        """Return `is distinct from`, expanded: true or false, never NULL."""
        equal = self.shaper.compared("=", left, right)
        held = [side for side in (left, right) if isinstance(side, Constant) and not may_be_left_out(side.node)]
        if len(held) == 2:
            return opposite(equal)
        if held:
            return any_of(self._is_null(right if held[0] is left else left), opposite(equal))
        both = all_of(self._is_null(left), self._is_null(right))
        return equals(mark(any_of(equal, both)), number(0))

    def _matched(self, node: Match) -> exp.Expr:
        """Return `contains` or `starts_with` by the place where the part is found."""
        text = self.operand(node.text)
        if isinstance(text, Term) and text.shape.kind == "bytes":
            raise NotExpressible(
                f"{node.how} cannot look into bytes of {text.shape.encoding}",
                hint="of such a column ask only =, in, is null",
            )
        shape = Shape("text")
        at = found_at(self.shaper.placed(Constant(node.literal), shape), self.shaper.reshaped(text, shape).sql)
        if node.how == "contains":
            return exp.GT(this=at, expression=number(0))
        return equals(at, number(1))

    # values

    def operand(self, node: Node) -> Operand:
        """Return a node as a value; `NotExpressible` when it cannot be one."""
        if is_constant(node):
            return Constant(node)
        if isinstance(node, Fact):
            return self.fact(node)
        if isinstance(node, Arithmetic):
            return self._calculated(node)
        if isinstance(node, Case):
            return self._case(node)
        if isinstance(node, Coalesce):
            return self._coalesced(node)
        if isinstance(node, _CONDITIONS) or (isinstance(node, Aggregate) and node.how in ("has", "every")):
            return Term(as_flag(self.condition(node)), FLAG)
        if isinstance(node, Aggregate):
            limits = self.limits(node)
            if limits.low == limits.high and limits.some is None:
                return limits.low
            return Term(case((self.one_value(limits), limits.low.sql)), limits.low.shape)
        raise NotExpressible(f"{type(node).__name__} cannot be asked of a register", hint="report this")

    def one_value(self, limits: Limits) -> exp.Expr:
        """Return whether the limits leave exactly one value."""
        same = self.shaper.compared("=", limits.low, limits.high)
        return same if limits.some is None else all_of(limits.some, same)

    def _calculated(self, node: Arithmetic) -> Term:
        """Return a sum, difference or product of whole numbers; scales multiply in a product."""
        left, right = self.operand(node.left), self.operand(node.right)
        if node.op == "*":
            here, there = self._factor(left), self._factor(right)
            shape = Shape("number", here.shape.scale * there.shape.scale)
        else:
            here, there = self.shaper.aligned([left, right])
            shape = here.shape
        if here.shape.kind != "number" or there.shape.kind != "number":
            raise NotExpressible(f"{node.op} needs numbers", hint="no date arithmetic reaches SQL")
        sides = [bracketed(wide(side.sql, self.dialect)) for side in (here, there)]
        return Term(exp.Paren(this=_ARITHMETIC[node.op](this=sides[0], expression=sides[1])), shape)

    def _factor(self, value: Operand) -> Term:
        if isinstance(value, Term):
            return value
        whole = isinstance(value.node, Literal_) and isinstance(value.node.value, int)
        return self.shaper.reshaped(value, Shape("number", 1 if whole else DECIMAL_SCALE))

    def _case(self, node: Case) -> Term:
        """Return a `case` whose unknown condition makes it NULL, where SQL would go on to `else`."""
        values = self.shaper.aligned([self.operand(value) for value in _results(node)])
        default = None if node.default is None else values[-1].sql
        branches = [(self.condition(when), value.sql) for (when, _), value in zip(node.branches, values, strict=False)]
        return Term(case_of(branches, default), values[0].shape)

    def _coalesced(self, node: Coalesce) -> Term:
        first, *others = self.shaper.aligned([self._open(part, "coalesce") for part in node.parts])
        return Term(exp.Coalesce(this=first.sql, expressions=[other.sql for other in others]), first.shape)

    def _open(self, node: Node, word: str) -> Operand:
        """Return a value that may be NULL; a case or a set is unknown for other reasons, which `word` would hide."""
        if any(isinstance(part, (Case, Aggregate)) for part in walk(node)):
            raise NotExpressible(f"{word} cannot look at a case or a set of rows", hint="put the case around it")
        return self.operand(node)

    # the lowest and highest of nothing is absent, and a comparison with what is absent is false

    def _unless_absent(self, condition: exp.Expr, *nodes: Node) -> exp.Expr:
        absent = either(*(self._absent(node) for node in nodes))
        if absent is None:
            return condition
        missing = either(*(self._missing(node) for node in nodes))
        here = absent if missing is None else all_of(absent, opposite(missing))
        return all_of(opposite(here), condition)

    def _absent(self, node: Node) -> exp.Expr | None:
        """Return the condition that a value is absent, true or false; None: it never is."""
        if isinstance(node, Aggregate) and node.how in ("lowest", "highest"):
            return self.limits(node).none
        if isinstance(node, Arithmetic):
            return either(self._absent(node.left), self._absent(node.right))
        if isinstance(node, Case) and any(self._absent(value) is not None for value in _results(node)):
            return self._chosen(node, self._absent, open_choice=0)
        return None

    def _missing(self, node: Node) -> exp.Expr | None:
        """Return the condition that a set leaves a value open, true or false; None: none does."""
        if isinstance(node, Aggregate):
            limits = self.limits(node)
            one = self.one_value(limits)
            settled = one if limits.none is None else any_of(limits.none, one)
            return equals(mark(settled), number(0))
        if isinstance(node, Arithmetic):
            return either(self._missing(node.left), self._missing(node.right))
        return self._chosen(node, self._missing, open_choice=1) if isinstance(node, Case) else None

    def _chosen(self, node: Case, of: Callable[[Node], exp.Expr | None], *, open_choice: int) -> exp.Expr:
        """Return a property of the value that a case chooses, `open_choice` while its choice is unknown."""

        def held(value: Node | None) -> exp.Expr:
            condition = None if value is None else of(value)
            return number(0) if condition is None else mark(condition)

        branches = [(self.condition(when), held(value)) for when, value in node.branches]
        return is_one(exp.Coalesce(this=case_of(branches, held(node.default)), expressions=[number(open_choice)]))


def _results(node: Case) -> list[Node]:
    return [value for _, value in node.branches] + ([] if node.default is None else [node.default])
