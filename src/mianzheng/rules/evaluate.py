"""The residual over answers: what a condition, an amount or a claim is worth, given the evidence.

An answer that is not held, unavailable or contested is unknown; unknown never becomes false. A statement
the person left out is NULL; a finding that no officer has signed yet is unknown; so is a figure that
is not in force.

Who is reached by a link is known once the link has answered: a required person stands under the role's own name,
those of an optional or many role under `role#1`, `role#2` …. A required role that is none, or not held, leaves
what rests on it unknown; a set that may go on elsewhere (the link rests on a register that is not complete) is
never known to be all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from mianzheng.model.evidence import Answer, Evidence, QuestionAt, RestsOn, Status
from mianzheng.model.facts import Type
from mianzheng.model.scalar import BadScalar, from_wire
from mianzheng.rules.bind import Bindings, Unbound
from mianzheng.rules.bounds import Bounds, Member, bounds, every, has, value_of
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.dates import OutsideCalendar
from mianzheng.rules.expression import Asked, Finding, Node, OverRole
from mianzheng.rules.meaning import COMMON, Meaning, Methods
from mianzheng.rules.values import MISSING, NoValue, Value


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
        roles = {placed.question.id: item.roles[role] for role, placed in compiled.links.items()}
        self.link_ids = frozenset(roles)
        self.most = {id_: None if role.many else 1 for id_, role in roles.items()}  # of a link: how many it may reach
        self.persons: Mapping[str, str] = {}  # a role of many -> the one of them now spoken of, `role#n`

    def over(self, evidence: Evidence) -> Answers:
        """Return the same case over other evidence."""
        return Answers(self.compiled, evidence, self.bindings.as_of)

    def at(self, node: Asked) -> QuestionAt:
        """Return under which (question, role) the answer stands, for the person spoken of."""
        return node.question, self.persons.get(node.role, node.role) if self.persons else node.role

    def known(self, at: QuestionAt) -> Answer | None:
        """Return the answer that counts: None when it is not asked yet, or contested."""
        return None if at in self.evidence.contested else self.evidence.answers.get(at)

    def is_open(self, node: Asked) -> bool:
        """Return whether asking could still bring this answer, once what it waits for has come."""
        if not self.is_unasked(self.at(node)):
            return False
        needed = self.needed(node)
        return not needed or all(map(self.may_come, needed))

    def is_unasked(self, at: QuestionAt) -> bool:
        """Return whether a question has no answer, and none that is contested."""
        return at not in self.evidence.answers and at not in self.evidence.contested

    def may_come(self, at: QuestionAt) -> bool:
        """Return whether a link or operand has brought what is asked next, or may still do so."""
        if self.is_unasked(at):
            return True
        return self._stands(at)

    # who is reached by links

    def label(self, role: str) -> str:
        """Return under which role one person is asked about: of a set the one now spoken of, else its first."""
        declared = self.compiled.item.roles.get(role)
        numbered = declared is not None and declared.numbered
        return self.persons.get(role, f"{role}#1" if numbered else role)

    def link_at(self, role: str) -> QuestionAt | None:
        """Return under which (question, role) the link's answer stands that says who a role is; None without link."""
        placed = self.compiled.links.get(role)
        return None if placed is None else (placed.question.id, self.label(placed.role))

    def links_to(self, role: str) -> tuple[QuestionAt, ...]:
        """Return the links on the way to a role, the first one first."""
        placed, at = self.compiled.links.get(role), self.link_at(role)
        return () if placed is None or at is None else (*self.links_to(placed.role), at)

    def waits_for(self, role: str) -> tuple[QuestionAt, ...]:
        """Return the links on the way to a role that have not been asked yet, as far as asking them may help."""
        links = self.links_to(role)
        return tuple(at for at in links if self.is_unasked(at)) if all(map(self.may_come, links)) else ()

    def needed(self, node: Asked) -> tuple[QuestionAt, ...]:
        """Return the links and operands that must have answered before a question can be asked, in order."""
        if not self.compiled.links and not self.compiled.operands:
            return ()
        known = None if self.persons else self.compiled.needed.get((node.question, node.role))
        return self._find_needed(node) if known is None else known

    def _find_needed(self, node: Asked) -> tuple[QuestionAt, ...]:
        links = [at for role in self._roles(node) for at in self.links_to(role)]
        operands = (
            (one.question, self.label(one.role)) for one in self.compiled.compared.get((node.question, node.role), ())
        )
        return tuple(dict.fromkeys([*links, *operands]))

    def _roles(self, node: Asked) -> list[str]:
        """Return the roles a question speaks of: its own, its second subject, those of what it is compared with."""
        at = (node.question, node.role)
        other = self.compiled.questions[at].question.other
        return [node.role, *([other] if other else []), *(one.role for one in self.compiled.compared.get(at, ()))]

    def open_needed(self, node: Asked) -> tuple[QuestionAt, ...]:
        """Return what an open question still waits for."""
        return tuple(at for at in self.needed(node) if self.is_unasked(at))

    def next_for(self, node: Asked) -> tuple[QuestionAt, ...]:
        """Return what to ask next for an open question: who it is about, then what is compared, then itself."""
        waiting = self.open_needed(node)
        links = [at for at in waiting if at[0] in self.link_ids]
        starts = {links_[0] for placed in self._roles(node) if (links_ := self.waits_for(placed))}
        if links:
            return tuple(at for at in links if at in starts)
        return waiting or (self.at(node),)

    def reached(self, role: str) -> int | NoValue:
        """Return how many people a role has; MISSING while its link has not said so, or cannot."""
        placed, at = self.compiled.links.get(role), self.link_at(role)
        if placed is None or at is None:
            declared = self.compiled.item.roles.get(role)
            numbered = declared is None or declared.numbered
            return self.evidence.members.get(role, MISSING) if numbered else 1
        source = self.reached(placed.role)
        if not isinstance(source, int) or source == 0:
            return source
        answer = self.known(at)
        if answer is None or answer.status is not Status.VALUE or not isinstance(answer.value, int):
            return MISSING
        return MISSING if answer.value > 1 and not self.compiled.item.roles[role].many else int(answer.value)

    def asked(self, node: Asked) -> Value:
        needed = self.needed(node)
        if needed and not all(map(self._stands, needed)):
            return MISSING  # whoever it was about, it is not known to be the one the case speaks of
        answer = self.known(self.at(node))
        if answer is None or answer.status is not Status.VALUE or answer.value is None:
            return MISSING
        return self._typed(node.type, answer.value)

    def _stands(self, at: QuestionAt) -> bool:
        """Return whether a link has reached somebody, or an operand has come."""
        answer = self.known(at)
        if answer is None or answer.status is not Status.VALUE:
            return False
        if at[0] not in self.link_ids:
            return True
        most = self.most[at[0]]
        return isinstance(answer.value, int) and answer.value > 0 and (most is None or answer.value <= most)

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
        """Return whether it is known how many people the role has, and that there are no others."""
        count, at = self.reached(role), self.link_at(role)
        if not isinstance(count, int):
            return False
        answer = None if at is None else self.known(at)
        elsewhere = answer is not None and answer.rests_on is RestsOn.MISSING
        return not elsewhere or (count == 1 and not self.compiled.item.roles[role].many)

    def people(self, role: str) -> list[str]:
        """Return the people of a role, `role#1` onwards."""
        count = self.reached(role)
        return [f"{role}#{number}" for number in range(1, (count if isinstance(count, int) else 0) + 1)]

    def members(self, node: OverRole) -> list[Member]:
        return [self._member(node) for _ in self.each(node.role)]

    def each(self, role: str) -> Iterator[str]:
        """Yield each person of a role; what is evaluated meanwhile speaks of that person."""
        yield from self._each(role, self.people(role))

    def imagined(self, role: str) -> Iterator[str]:
        """Yield the first person of a role whose link has not answered yet: someone who may be there."""
        yield from self._each(role, [f"{role}#1"])

    def _each(self, role: str, people: list[str]) -> Iterator[str]:
        outer = self.persons
        for person in people:
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
