"""The residual over answers: what a condition, an amount or a claim is worth, given the evidence.

An answer that is not held, unavailable or contested is unknown; unknown never becomes false. A statement
the person left out is NULL; a finding that no officer has signed yet is unknown; so is a figure that
is not in force. People of a role of many answer under `role#1`, `role#2` …; without a word from the link
how many they are, nobody knows whether there are more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from mianzheng.model.evidence import Answer, Evidence, QuestionAt, Status
from mianzheng.model.facts import Type
from mianzheng.model.scalar import BadScalar, from_wire
from mianzheng.rules.bind import Bindings, Unbound
from mianzheng.rules.bounds import Bounds, Member, bounds, every, has, value_of
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.dates import OutsideCalendar
from mianzheng.rules.expression import Asked, Finding, Node, OverRole
from mianzheng.rules.meaning import COMMON, Meaning, Methods
from mianzheng.rules.values import MISSING, Value


def evaluate(residual: Node, compiled: CompiledItem, evidence: Evidence, as_of: date) -> Value:
    """Return the value of a residual; `NoValue` NULL or MISSING when it has none."""
    return Answers(compiled, evidence, as_of).value(residual)


class Answers(Meaning):
    """Evaluates residuals over one case's evidence; for a word over people, over one person at a time."""

    def __init__(self, compiled: CompiledItem, evidence: Evidence, as_of: date) -> None:
        item = compiled.item
        forms = {
            name: from_wire(item.form[name].type, value) for name, value in evidence.forms.items() if name in item.form
        }
        super().__init__(Bindings(as_of=as_of, params=evidence.params, forms=forms))
        self.compiled = compiled
        self.evidence = evidence
        self.findings = {name: finding.type for name, finding in item.findings.items()}
        self.persons: Mapping[str, str] = {}  # a role of many -> the one of them now spoken of, `role#n`

    def over(self, evidence: Evidence) -> Answers:
        """Return the same case over other evidence."""
        return Answers(self.compiled, evidence, self.bindings.as_of)

    def at(self, node: Asked) -> QuestionAt:
        """Return under which (question, role) the answer stands, for the person spoken of."""
        return node.question, self.persons.get(node.role, node.role)

    def known(self, at: QuestionAt) -> Answer | None:
        """Return the answer that counts: None when it is not asked yet, or contested."""
        return None if at in self.evidence.contested else self.evidence.answers.get(at)

    def is_open(self, node: Asked) -> bool:
        """Return whether asking could still bring this answer."""
        at = self.at(node)
        return at not in self.evidence.answers and at not in self.evidence.contested

    def asked(self, node: Asked) -> Value:
        answer = self.known(self.at(node))
        if answer is None or answer.status is not Status.VALUE or answer.value is None:
            return MISSING
        return self._typed(node.type, answer.value)

    def finding(self, node: Finding) -> Value:
        wire = self.evidence.findings.get(node.name)
        return MISSING if wire is None else self._typed(self.findings[node.name], wire)

    def parameter(self, node: Node) -> Value:
        try:
            return super().parameter(node)
        except (Unbound, OutsideCalendar):
            return MISSING

    def over_role(self, node: OverRole) -> Value:
        if node.how == "has":
            return has(self.members(node), complete=self.all_known(node.role))
        if node.how == "every":
            return every(self.members(node), complete=self.all_known(node.role))
        return value_of(bounds(node.how, self.members(node), complete=self.all_known(node.role)))

    def limits(self, node: Node) -> Bounds | None:
        if not isinstance(node, OverRole) or node.how in ("has", "every"):
            return None
        return bounds(node.how, self.members(node), complete=self.all_known(node.role))

    def all_known(self, role: str) -> bool:
        """Return whether the link has said how many people the role has."""
        return role in self.evidence.members

    def people(self, role: str) -> list[str]:
        """Return the people of a role, `role#1` onwards."""
        return [f"{role}#{number}" for number in range(1, self.evidence.members.get(role, 0) + 1)]

    def members(self, node: OverRole) -> list[Member]:
        return [self._member(node) for _ in self.each(node.role)]

    def each(self, role: str) -> Iterator[str]:
        """Yield each person of a role; what is evaluated meanwhile speaks of that person."""
        outer = self.persons
        for person in self.people(role):
            self.persons = {**outer, role: person}
            yield person
        self.persons = outer

    def _member(self, node: OverRole) -> Member:
        if node.body is None:
            return Member(True)
        if node.how in ("has", "every", "count"):
            return Member(self.holds(node.body))
        return Member(True, self.value(node.body))

    def _typed(self, type_: Type, wire: bool | int | str) -> Value:
        try:
            return from_wire(type_, wire)
        except BadScalar:
            return MISSING  # not a value of the question's type: no valid answer

    METHODS: ClassVar[Methods] = {**COMMON, Asked: asked, Finding: finding, OverRole: over_role}
