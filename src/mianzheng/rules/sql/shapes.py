"""Values that meet: brought into one shape, compared as that shape is compared.

Integers of different scales meet at their common multiple, text dates as digits, days of a timestamp
column between a day and the next. What cannot meet is an error when the question is compiled, in
words for whoever writes the mapping.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from sqlglot import exp

from mianzheng.rules.bind import CONSTANT
from mianzheng.rules.expression import Arithmetic, Cutoff, Form, Literal_, Node, Shift, Today
from mianzheng.rules.sql.build import all_of, any_of, bracketed, cast, number, word
from mianzheng.rules.sql.columns import DECIMAL_SCALE
from mianzheng.rules.sql.dialects import Dialect, binary, unpadded, wide
from mianzheng.rules.sql.parameters import SEPARATOR, Parameters, Shape
from mianzheng.rules.sql.terms import ANY, FLAG, Constant, NotExpressible, Operand, Term

Op = Literal["=", "<", "<=", ">", ">="]
TURNED: dict[Op, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_COMPARE: dict[Op, type[exp.Binary]] = {"=": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
_DAY = Shape("day")


def is_constant(node: Node) -> bool:
    """Return whether a node speaks of no register."""
    if isinstance(node, Arithmetic):
        return is_constant(node.left) and is_constant(node.right)
    return isinstance(node, CONSTANT)


def may_be_left_out(node: Node) -> bool:
    """Return whether a constant may have no value: only what the person states."""
    if isinstance(node, Arithmetic):
        return may_be_left_out(node.left) or may_be_left_out(node.right)
    return isinstance(node, Form)


class Shaper:
    """Brings operands into one shape and compares them."""

    def __init__(self, parameters: Parameters, dialect: Dialect) -> None:
        self.parameters = parameters
        self.dialect = dialect

    def placed(self, value: Operand, shape: Shape) -> exp.Expr:
        """Return the SQL of a value in a shape; a constant is bound in it."""
        if isinstance(value, Constant):
            return self.parameters.bound(value.node, shape)
        if value.shape.kind != shape.kind:
            raise NotExpressible(f"a {value.shape.kind} stands where a {shape.kind} is needed", hint="check the types")
        return value.sql

    def compared(self, op: Op, left: Operand, right: Operand) -> exp.Expr:
        """Return a comparison; NULL when either side is."""
        if isinstance(left, Constant):
            if isinstance(right, Constant):
                here, there = self.aligned([left, right])
                return _COMPARE[op](this=here.sql, expression=there.sql)
            return self.compared(TURNED[op], right, left)
        if op != "=" and left.shape.kind not in ("number", "day"):
            raise NotExpressible(f"{op} does not fit {left.shape.kind}", hint="text and codes have no order")
        if left.shape == _DAY and isinstance(right, Constant):
            return self._compared_day(op, left.sql, right.node)
        here, there = self.aligned([left, right], bare=True)
        return _COMPARE[op](this=self._comparable(here), expression=self._comparable(there))

    def among(self, value: Operand, options: list[Operand]) -> exp.Expr:
        """Return `value in (options)`; NULL when the value is."""
        if isinstance(value, Constant) or value.shape == _DAY:
            return any_of(*(self.compared("=", value, option) for option in options))
        here, *there = self.aligned([value, *options], bare=True)
        return exp.In(this=self._comparable(here), expressions=[self._comparable(option) for option in there])

    def aligned(self, values: list[Operand], *, bare: bool = False) -> list[Term]:
        """Return the values in one shape, so that they can be compared or stand in one column.

        `bare`: constants only meet a column, whose way of comparing they take.
        """
        terms = [value for value in values if isinstance(value, Term)]
        constants = [value.node for value in values if isinstance(value, Constant)]
        shape = self._common([term.shape for term in terms]) if terms else _shape_of_constants(constants)
        return [self.reshaped(value, shape, bare=bare and bool(terms)) for value in values]

    def reshaped(self, value: Operand, shape: Shape, *, bare: bool = False) -> Term:
        """Return a value in a shape of its own kind; MySQL's texts are bytes here, constants too unless `bare`."""
        if isinstance(value, Constant):
            sql = self.placed(value, shape)
            as_bytes = shape.kind == "text" and self.dialect.name == "mysql" and not bare
            return Term(binary(sql, self.dialect) if as_bytes else sql, shape)
        sql = value.sql
        if shape.kind == "number" and value.shape.scale != shape.scale:
            factor = number(shape.scale // value.shape.scale)
            sql = exp.Paren(this=exp.Mul(this=bracketed(wide(sql, self.dialect)), expression=factor))
        if shape.kind == "day" and value.shape.form != shape.form:
            mark = word(SEPARATOR[value.shape.form])
            sql = binary(exp.func("REPLACE", sql, mark, word("")), self.dialect)
        return Term(sql, shape)

    def _common(self, shapes: list[Shape]) -> Shape:
        first = shapes[0]
        if any(shape.kind != first.kind or shape.encoding != first.encoding for shape in shapes):
            kinds = ", ".join(sorted({f"{shape.kind} ({shape.encoding})" for shape in shapes}))
            raise NotExpressible(f"values that lie as {kinds} cannot meet", hint="map both columns to one form")
        if first.kind == "number":
            return Shape("number", math.lcm(*(shape.scale for shape in shapes)))
        if first.kind == "day" and any(shape.form != first.form for shape in shapes):
            if any(shape.form == "native" for shape in shapes):
                raise NotExpressible(
                    "a date column and a text date cannot meet in one question",
                    hint="compare each with a date, or map both columns to one form",
                )
            return Shape("day", form="YYYYMMDD")
        return first

    def _comparable(self, term: Term) -> exp.Expr:
        if term.shape.kind == "text":
            return unpadded(term.sql, self.dialect)
        return self._day_of(term.sql) if term.shape == _DAY else term.sql

    def _day_of(self, value: exp.Expr) -> exp.Expr:
        """Return the day of a date or timestamp column that meets another one."""
        if self.dialect.name == "oracle":
            return exp.Anonymous(this="TRUNC", expressions=[value])
        return cast(value, "date")

    def _compared_day(self, op: Op, value: exp.Expr, node: Node) -> exp.Expr:
        """Compare a date or timestamp column with a day: from its start until the next day begins."""

        def start() -> exp.Expr:
            return self.parameters.bound(node, _DAY)

        def after() -> exp.Expr:
            return self.parameters.bound(node, _DAY, day_after=True)

        forms: dict[Op, Callable[[], exp.Expr]] = {
            "<": lambda: exp.LT(this=value, expression=start()),
            "<=": lambda: exp.LT(this=value, expression=after()),
            ">": lambda: exp.GTE(this=value, expression=after()),
            ">=": lambda: exp.GTE(this=value, expression=start()),
            "=": lambda: all_of(exp.GTE(this=value, expression=start()), exp.LT(this=value, expression=after())),
        }
        return forms[op]()


def _shape_of_constants(nodes: list[Node]) -> Shape:
    """Return the shape of values that meet no column; `params` and `form` take the others' kind."""
    kinds = {_kind(node) for node in nodes} - {"any"}
    return {"flag": FLAG, "number": Shape("number", DECIMAL_SCALE), "text": Shape("text"), "day": _DAY}.get(
        kinds.pop() if len(kinds) == 1 else "any", ANY
    )


def _kind(node: Node) -> str:
    if isinstance(node, (Today, Shift, Cutoff)):
        return "day"
    if isinstance(node, Literal_):
        if isinstance(node.value, bool):
            return "flag"
        if isinstance(node.value, (int, Decimal)):
            return "number"
        return "text" if isinstance(node.value, str) else "day"
    return "number" if isinstance(node, Arithmetic) else "any"
