"""What a residual is worth over given answers, in three values: conformance's own reading of design/rules.md.

It walks the trees that an item compiles to, because those say which question stands where, and shares no
evaluation with the product: neither `rules.evaluate` nor `rules.reachable`, plan or decision. A value is a bool,
number, text or date; UNKNOWN for what is not held, NULL for a form value that was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from mianzheng.city.calendar import add_months, add_years
from mianzheng.conformance.people import People
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import Unit
from mianzheng.model.item import ParamTable
from mianzheng.model.scalar import Scalar, from_wire
from mianzheng.rules import expression as tree


class Without(Enum):
    """Why there is no value."""

    UNKNOWN = "unknown"
    NULL = "null"


UNKNOWN, NULL = Without.UNKNOWN, Without.NULL
Value = Scalar | Without
Known = Mapping[QuestionAt, Any]  # a Value; of a link a `Reached`, or UNKNOWN
_DAY = timedelta(days=1)
_MOST_PEOPLE = 1000  # as good as no end, where others may stand elsewhere


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a case has besides answers and findings: its day, the figures, what the person stated."""

    as_of: date
    params: Mapping[str, ParamTable]
    forms: Mapping[str, Scalar]


def finding_at(name: str) -> QuestionAt:
    """Return under what a finding stands among the answers."""
    return "finding", name


class Meaning:
    """Reads residuals over one set of answers; what is not among them is unknown."""

    def __init__(self, setting: Setting, people: People, known: Known) -> None:
        self.setting = setting
        self.people = people
        self.known = known
        self.spoken: dict[str, str] = {}  # role of many -> the one now spoken of

    def truth(self, node: tree.Node) -> bool | None:
        """Return a condition as true, false, or None for unknown."""
        value = self.value(node)
        return value if isinstance(value, bool) else None

    def value(self, node: tree.Node) -> Value:
        """Return the value of any node of a residual."""
        return _METHODS[type(node)](self, node)

    def asked(self, node: tree.Asked) -> Value:
        role = self.spoken.get(node.role, node.role)
        if not self.people.stands(role, self.known):
            return UNKNOWN
        second = self.people.second.get(node.question)
        if second and not self.people.stands(self.spoken.get(second, self.people.label(second)), self.known):
            return UNKNOWN
        value: Value = self.known.get((node.question, role), UNKNOWN)
        return value

    def literal(self, node: tree.Literal_) -> Value:
        return node.value

    def today(self, node: tree.Today) -> Value:
        return self.setting.as_of

    def form(self, node: tree.Form) -> Value:
        return self.setting.forms.get(node.name, NULL)

    def finding(self, node: tree.Finding) -> Value:
        value: Value = self.known.get(finding_at(node.name), UNKNOWN)
        return value

    def shift(self, node: tree.Shift) -> Value:
        amount = self.value(node.amount)
        return moved(self.setting.as_of, node.sign * amount, node.unit) if isinstance(amount, int) else UNKNOWN

    def cutoff(self, node: tree.Cutoff) -> Value:
        """The latest day from which so much time has passed: an added month ends with its month."""
        amount = self.value(node.amount)
        if not isinstance(amount, int):
            return UNKNOWN
        day = moved(self.setting.as_of, -amount, node.unit)
        while moved(day + _DAY, amount, node.unit) <= self.setting.as_of:
            day += _DAY
        return day

    def param(self, node: tree.Param) -> Value:
        table = self.setting.params[node.name]
        begun = [row for row in table.values if row.effective <= self.setting.as_of]
        latest = max(begun, key=lambda row: row.effective, default=None)
        return UNKNOWN if latest is None else from_wire(table.type, latest.value)

    def conjunction(self, node: tree.And) -> Value:
        return _all(self.truth(part) for part in node.parts)

    def disjunction(self, node: tree.Or) -> Value:
        return _any(self.truth(part) for part in node.parts)

    def negation(self, node: tree.Not) -> Value:
        truth = self.truth(node.part)
        return UNKNOWN if truth is None else not truth

    def case(self, node: tree.Case) -> Value:
        for condition, result in node.branches:
            holds = self.truth(condition)
            if holds is None:
                return UNKNOWN
            if holds:
                return self.value(result)
        return NULL if node.default is None else self.value(node.default)

    def compare(self, node: tree.Compare) -> Value:
        for side, other, op in ((node.left, node.right, node.op), (node.right, node.left, tree.MIRROR[node.op])):
            if isinstance(side, tree.OverRole) and side.how == "count":
                return self._counted(side, op, self.value(other))
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Without) or isinstance(right, Without):
            return UNKNOWN
        return _OPS[node.op](left, right)

    def among(self, node: tree.In) -> Value:
        value = self.value(node.value)
        return UNKNOWN if isinstance(value, Without) else value in [self.value(option) for option in node.options]

    def is_null(self, node: tree.IsNull) -> Value:
        value = self.value(node.value)
        return UNKNOWN if value is UNKNOWN else value is NULL

    def distinct(self, node: tree.Distinct) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        return UNKNOWN if UNKNOWN in (left, right) else left != right

    def match(self, node: tree.Match) -> Value:
        text, sought = self.value(node.text), self.value(node.literal)
        if isinstance(text, Without):
            return UNKNOWN
        return str(sought) in str(text) if node.how == "contains" else str(text).startswith(str(sought))

    def coalesce(self, node: tree.Coalesce) -> Value:
        return next((value for part in node.parts if (value := self.value(part)) is not NULL), NULL)

    def arithmetic(self, node: tree.Arithmetic) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Without) or isinstance(right, Without):
            return UNKNOWN
        one, other = Decimal(left), Decimal(right)  # type: ignore[arg-type]  # the type check let only numbers through
        return one + other if node.op == "+" else one - other if node.op == "-" else one * other

    def over_role(self, node: tree.OverRole) -> Value:
        values = self._each(node)
        if node.how in ("has", "every"):
            truths = [value if isinstance(value, bool) else None for value in values]
            return _any(truths) if node.how == "has" else _all(truths)
        if any(isinstance(value, Without) for value in values):
            return UNKNOWN
        if node.how == "count":
            return sum(1 for value in values if value is True)
        if node.how == "total":
            return sum((Decimal(value) for value in values), Decimal(0))  # type: ignore[arg-type]
        return NULL if not values else min(values) if node.how == "lowest" else max(values)  # type: ignore[type-var]

    def _each(self, node: tree.OverRole) -> list[Value]:
        """Return the body's value for each person; UNKNOWN once more for those who may be there besides."""
        names, whole = self.people.of(node.role, self.known)
        outer, values = self.spoken, list[Value]()
        for name in names:
            self.spoken = {**outer, node.role: name}
            values.append(True if node.body is None else self.value(node.body))
        self.spoken = outer
        return values if whole else [*values, UNKNOWN]

    def _counted(self, node: tree.OverRole, op: str, number: Value) -> Value:
        """Compare a number of people of whom some are unknown: settled when every number possible agrees."""
        if isinstance(number, Without):
            return UNKNOWN
        values, whole = self._each(node), self.people.of(node.role, self.known)[1]
        sure = sum(1 for value in values if value is True)
        most = sum(1 for value in values if value is not False) if whole else max(sure, _MOST_PEOPLE)
        found = {bool(_OPS[op](possible, number)) for possible in range(sure, most + 1)}
        return found.pop() if len(found) == 1 else UNKNOWN


def moved(day: date, amount: int, unit: Unit) -> date:
    """Return a day so many units later, clamped to the month's end."""
    if unit == "days":
        return day + timedelta(days=amount)
    return add_months(day, amount) if unit == "months" else add_years(day, amount)


def _all(truths: Iterable[bool | None]) -> Value:
    """Return `and`; what follows a false part is not looked at."""
    known = True
    for truth in truths:
        if truth is False:
            return False
        known = known and truth is not None
    return True if known else UNKNOWN


def _any(truths: Iterable[bool | None]) -> Value:
    known = True
    for truth in truths:
        if truth is True:
            return True
        known = known and truth is not None
    return False if known else UNKNOWN


_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_METHODS: dict[type[tree.Node], Callable[[Meaning, Any], Value]] = {
    tree.Asked: Meaning.asked,
    tree.Literal_: Meaning.literal,
    tree.Today: Meaning.today,
    tree.Form: Meaning.form,
    tree.Finding: Meaning.finding,
    tree.Param: Meaning.param,
    tree.Shift: Meaning.shift,
    tree.Cutoff: Meaning.cutoff,
    tree.And: Meaning.conjunction,
    tree.Or: Meaning.disjunction,
    tree.Not: Meaning.negation,
    tree.Case: Meaning.case,
    tree.Compare: Meaning.compare,
    tree.In: Meaning.among,
    tree.IsNull: Meaning.is_null,
    tree.Distinct: Meaning.distinct,
    tree.Match: Meaning.match,
    tree.Coalesce: Meaning.coalesce,
    tree.Arithmetic: Meaning.arithmetic,
    tree.OverRole: Meaning.over_role,
}
