"""The selects of one question, one inside the other, from the department's own table outwards.

1. *facts*: the source's columns under the names of facts, of the rows that are the subject's.
2. *each*: of a question over many rows, whether each row counts.
3. *sums*: what is certain of all of them together.
4. the question itself.

A link gives a row for each row of the subject: whether it leads on, and only then to whom.

`visible_when` is the condition on 1 in every query, `exists` and counts included: a row that it does not
show is a missing row. A row whose visibility rests on a code that nobody knows is shown as one that
cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from mianzheng.model.facts import Absence, FactCatalogue, Register
from mianzheng.rules.answer import is_closed
from mianzheng.rules.check import check_condition
from mianzheng.rules.expression import Fact, Linked, Node
from mianzheng.rules.faults import RuleFaults, Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.question import Question
from mianzheng.rules.sql.build import any_of, case, equals, identifier, mark, number, opposite, quoted, source_table
from mianzheng.rules.sql.columns import Mapping as ColumnMapping
from mianzheng.rules.sql.dialects import Dialect
from mianzheng.rules.sql.parameters import Parameters, Shape
from mianzheng.rules.sql.rows import RowWriter, SumWriter
from mianzheng.rules.sql.terms import ANY, FLAG, Constant, as_flag, is_one
from mianzheng.rules.sql.writer import Writer
from mianzheng.rules.tree import walk
from mianzheng.rules.vocabulary import Vocabulary

ANSWER, FOUND, UNKNOWN_CODE = "answer", "found", "unknown code"  # columns; a blank keeps them from facts' names
LEADS, KEY, NAME = "leads on", "leads to", "leads to name"
_UNSEEN = "unknown visibility"
_ROWS = "rows found"


def one_select(
    question: Question, register: Register, dialect: Dialect, parameters: Parameters
) -> tuple[exp.Select, Shape]:
    """Return the select of a question, and the shape of its column `answer`."""
    row = RowWriter(ColumnMapping(register, dialect, parameters), parameters, dialect)
    visible = visible_rule(register)
    if isinstance(question.expression, Linked):
        return _link_select(question.expression, row, _Rows(row, visible, question.expression)), Shape("text")
    if register.rows == "one":
        answer, shape = _answer(row, question)
        rows = _Rows(row, visible, question.expression)
        return _select({ANSWER: answer, **rows.unknown()}, rows.source(), rows.shown()), shape
    complete = is_closed(register, question.scope) or register.absence is Absence.FAULT
    sums = SumWriter(row, complete=complete)
    answer, shape = _answer(sums, question)
    return _over_many(sums, answer, _Rows(row, visible, question.expression)), shape


def _link_select(node: Linked, row: RowWriter, rows: _Rows) -> exp.Select:
    leads = number(1) if node.where is None else as_flag(row.condition(node.where))
    name = row.mapping.link_name(node.link)
    rows.beside = {KEY: row.mapping.link_key(node.link), **({} if name is None else {NAME: name})}
    each = _select(
        {LEADS: leads, **{one: quoted(one) for one in rows.beside}, **rows.unknown()}, rows.source(), rows.shown()
    )
    on = opposite(equals(exp.Coalesce(this=quoted(LEADS), expressions=[number(1)]), number(0)))
    columns = {one: case((on, quoted(one))) for one in rows.beside}
    return _select(
        {LEADS: quoted(LEADS), **columns, **{u: quoted(u) for u in rows.unknown()}}, _subquery(each, "each"), None
    )


def visible_rule(register: Register) -> Node | None:
    """Return the rule that a row must meet to be there at all, checked; None: every row is. `RuleFaults`."""
    text = register.source.visible_when
    if not text:
        return None
    parsed = parse_rule(text, Where(f"{register.register}.visible_when", 1, 1), within=register.register)
    facts = FactCatalogue(departments={}, registers={register.register: register})
    checked = check_condition(parsed, Vocabulary(facts=facts, params={}), row_of=register.register)
    if checked.faults:
        raise RuleFaults(checked.faults)
    return checked.node


def _answer(writer: Writer, question: Question) -> tuple[exp.Expr, Shape]:
    if question.kind == "boolean":
        return as_flag(writer.condition(question.expression)), FLAG
    value = writer.operand(question.expression)
    if isinstance(value, Constant):
        return writer.shaper.placed(value, ANY), ANY
    return value.sql, value.shape


def _over_many(sums: SumWriter, answer: exp.Expr, rows: _Rows) -> exp.Select:
    unknown = rows.unknown()
    each: exp.Expr = rows.source()
    shown = rows.shown()
    if sums.each.written:
        each, shown = _subquery(_select({**sums.each.written, **unknown}, each, shown), "each"), None
    counted = exp.Count(this=exp.Star())
    worst = {name: exp.Max(this=quoted(name)) for name in unknown}
    summed = _select({**sums.sums.written, _ROWS: counted, **worst}, each, shown)
    found = case((equals(quoted(_ROWS), number(0)), number(0)), otherwise=number(1))
    columns = {ANSWER: answer, FOUND: found, **{name: quoted(name) for name in unknown}}
    return _select(columns, _subquery(summed, "sums"), None)


class _Rows:
    """The subject's rows as facts: the inner select, its marks, and the condition that a row is there."""

    def __init__(self, row: RowWriter, visible: Node | None, expression: Node) -> None:
        self.row = row
        self.beside: dict[str, exp.Expr] = {}  # columns that are no facts
        self.visible = None if visible is None else row.condition(visible)
        asked = [node.name for node in walk(expression) if isinstance(node, Fact)]
        seen = [] if visible is None else [node.name for node in walk(visible) if isinstance(node, Fact)]
        self.marks = {UNKNOWN_CODE: self._mark([*asked, *seen]), _UNSEEN: self._mark(seen)}

    def source(self) -> exp.Expr:
        """Return the table, or the select of its columns as facts when any is needed."""
        mapping = self.row.mapping
        facts = self.row.columns() | self.beside
        marks = {name: mark for name, mark in self.marks.items() if mark is not None}
        source = source_table(mapping.register.source.table)
        if not facts:
            return source
        return _subquery(_select({**facts, **marks}, source, mapping.subject()), "facts")

    def shown(self) -> exp.Expr | None:
        """Return the condition on the source: that a row may be seen, or, without facts, that it is the subject's."""
        if not (self.row.used or self.row.reached or self.beside):
            return self.row.mapping.subject()
        if self.visible is None or self.marks[_UNSEEN] is None:
            return self.visible
        return any_of(self.visible, is_one(quoted(_UNSEEN)))

    def unknown(self) -> dict[str, exp.Expr]:
        """Return the column that marks a row with a code nobody knows; none when no code is asked of."""
        return {} if self.marks[UNKNOWN_CODE] is None else {UNKNOWN_CODE: quoted(UNKNOWN_CODE)}

    def _mark(self, names: Iterable[str]) -> exp.Expr | None:
        marks = [self.row.mapping.read(name).unknown for name in dict.fromkeys(names)]
        there = [mark for mark in marks if mark is not None]
        return mark(any_of(*there)) if there else None


def _select(columns: Mapping[str, exp.Expr], source: exp.Expr, where: exp.Expr | None) -> exp.Select:
    aliased = [exp.Alias(this=sql, alias=identifier(name)) for name, sql in columns.items()]
    select = exp.select(*aliased, copy=False).from_(source, copy=False)
    return select if where is None else select.where(where, copy=False)


def _subquery(select: exp.Select, name: str) -> exp.Expr:
    return select.subquery(identifier(name), copy=False)
