"""What one question means over the rows of its register: the reference that SQL must agree with.

1. No row: a closed register answers from absence (each fact its declared value, else a comparison is
   false); an open one, a faulty one, and one closed here that was asked for the country, leave its facts
   *missing*. `exists` speaks of the register and is always true or false.
2. One row: NULL is unknown to a comparison.
3. Many rows: one aggregate, with bounds; rows that may exist elsewhere (open register, or closed here and
   asked for the country) are counted in as not known: `has` may then be true but never false.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Absence, Register
from mianzheng.model.facts import Fact as Declared
from mianzheng.model.scalar import Scalar, to_wire
from mianzheng.rules.bind import Bindings, Unbound
from mianzheng.rules.bounds import Bounds, Member, bounds, every, has, value_of
from mianzheng.rules.expression import Aggregate, Exists, Fact, Node, Reaches
from mianzheng.rules.meaning import COMMON, Meaning, Methods
from mianzheng.rules.question import Question
from mianzheng.rules.values import ABSENT, MISSING, NULL, NoValue, Truth, Value, truth

Row = Mapping[str, Scalar | None]


def is_closed(register: Register, scope: str) -> bool:
    """Return whether absence is an answer of this register, for this scope."""
    here = register.absence is Absence.CLOSED_HERE and scope == "here"
    return here or register.absence is Absence.CLOSED_NATIONWIDE


def answer(question: Question, register: Register, rows: Sequence[Row], bindings: Bindings) -> Answer:
    """Return the answer over the subject's rows, facts by name in their own types; [] is no row.

    Of a row that leads on, the number it leads to stands under the link's name; a link itself is answered by `leads`.
    All but `as_of`, which the register's mark knows. `Unbound` when a figure has no value.
    """
    if register.rows == "one" and len(rows) > 1:
        return Answer(status=Status.UNAVAILABLE, reason="the register holds more than one row of this subject")
    row_view = _Rows(register, question.scope, rows, bindings)
    value = row_view.value(question.expression)
    if question.kind == "boolean":
        value = truth(value)
    held = not isinstance(value, NoValue)
    return Answer(
        status=Status.VALUE if held else Status.NOT_HELD,
        value=to_wire(value) if held else None,  # type: ignore[arg-type]
        rests_on=_rests_on(value, rows, closed=is_closed(register, question.scope)),
        scope=question.scope,
    )


def answer_absent(question: Question, register: Register, bindings: Bindings) -> Answer:
    """Return the answer when the subject has no row; that the register's mark is fresh is the caller's check."""
    return answer(question, register, (), bindings)


def condition_on(node: Node, question: Question, register: Register, row: Row, bindings: Bindings) -> bool | None:
    """Return whether a condition holds on one row; None when that is not known."""
    held = _Rows(register, question.scope, (row,), bindings).holds(node)
    return held if isinstance(held, bool) else None


def _rests_on(value: Value, rows: Sequence[Row], *, closed: bool) -> RestsOn:
    if not rows:
        return RestsOn.ABSENT if closed else RestsOn.MISSING
    return RestsOn.NULL if isinstance(value, NoValue) else RestsOn.ROW


class _Rows(Meaning):
    """Evaluates nodes over the subject's rows; inside an aggregate, over one row at a time."""

    def __init__(self, register: Register, scope: str, rows: Sequence[Row], bindings: Bindings) -> None:
        super().__init__(bindings)
        self.facts: Mapping[str, Declared] = register.facts
        self.closed = is_closed(register, scope)
        self.rows = rows
        self.row: Row | None = rows[0] if rows else None
        faulty = register.absence is Absence.FAULT and bool(rows)
        self.complete = self.closed or faulty or (register.rows == "one" and bool(rows))

    def fact(self, node: Fact) -> Value:
        if self.row is not None:
            value = self.row.get(node.name)
            return NULL if value is None else value
        if not self.closed:
            return MISSING
        declared = self.facts[node.name].when_absent
        return ABSENT if declared is None else declared

    def reaches(self, node: Reaches) -> Value:
        """Return whether the row leads to the second subject; a row that names nobody leads somewhere unknown."""
        if not self.bindings.other:
            raise Unbound("the question has no second subject", hint="its bundle and statement must come with it")
        if self.row is None:
            return ABSENT if self.closed else MISSING
        number = self.row.get(node.link)
        return NULL if number is None else number == self.bindings.other

    def exists(self, node: Exists) -> Value:
        return bool(self.rows)

    def aggregate(self, node: Aggregate) -> Value:
        if node.how == "has":
            return has(self.members(node), complete=self.complete)
        if node.how == "every":
            return every(self.members(node), complete=self.complete)
        return value_of(bounds(node.how, self.members(node), complete=self.complete))

    def limits(self, node: Node) -> Bounds | None:
        if not isinstance(node, Aggregate) or node.how in ("has", "every"):
            return None
        return bounds(node.how, self.members(node), complete=self.complete)

    def members(self, node: Aggregate) -> list[Member]:
        outer, members = self.row, []
        for row in self.rows:
            self.row = row
            counts: Truth = True if node.where is None else self.holds(node.where)
            members.append(Member(counts, True if node.value is None else self.fact(node.value)))
        self.row = outer
        return members

    METHODS: ClassVar[Methods] = {**COMMON, Fact: fact, Exists: exists, Aggregate: aggregate, Reaches: reaches}
