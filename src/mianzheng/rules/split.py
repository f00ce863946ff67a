"""The split: what is asked of which register, and what is left to evaluate over the answers.

A condition is cut into the largest *boolean* parts whose facts all belong to one (role, register); those
are the questions, what remains above them is the residual. A case is cut at its conditions. Conditions on
the form or on figures alone need no register and stay in the residual; so a statement of the person
goes to a gateway only where a fact is compared with it.

A comparison of facts of two places asks one of them for its value as a *sealed operand*: it goes from that
gateway to the other, which answers yes or no. A question has at most one second subject.

`regroup` joins the parts of an `and` (or `or`) that belong to one register into one question. That is
mostly fewer, sometimes more, when a part is asked elsewhere too: the caller splits both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median_low
from typing import Literal

from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import Absence, FactCatalogue, Register, Type
from mianzheng.model.facts import Fact as Declared
from mianzheng.model.item import Role
from mianzheng.rules.expression import (
    MIRROR,
    Aggregate,
    And,
    Arithmetic,
    Asked,
    Case,
    Compare,
    Distinct,
    Exists,
    Fact,
    Finding,
    In,
    IsNull,
    Match,
    Node,
    Not,
    Operand,
    Or,
    OverRole,
    Reaches,
)
from mianzheng.rules.identity import ordered, question_id
from mianzheng.rules.normal import both, distributed, either, negated, normal
from mianzheng.rules.question import Kind, Placed, Question, Split
from mianzheng.rules.tree import children, rebuild, walk

Place = tuple[str, str]  # (role, register); ("", "finding") and (role, "") stand for what no register answers
Scope = Literal["here", "country"]
SENSITIVE = 4  # L4: special personal data
_FINDING: Place = ("", "finding")
_NO_PLACE: frozenset[Place] = frozenset()


class CannotSplit(MianzhengError):
    """A rule needs something that no single register can answer."""

    code = "across-registers"


class Splitter:
    """Splits the rules of one item; collects its questions, each once."""

    def __init__(self, facts: FactCatalogue, *, regroup: bool, roles: Mapping[str, Role] | None = None) -> None:
        self.facts = facts
        self.roles = roles or {}
        self.regroup = regroup
        self.questions: dict[QuestionAt, Placed] = {}
        self.regrouped = False  # whether the two ways of splitting differ at all
        self.levels: dict[str, int] = {}  # question id -> 1 (L1) to 4 (L4), the most sensitive fact it rests on

    def condition(self, node: Node, *, scope: Scope, value: str, derived: Mapping[Place, int]) -> Split:
        """Return a checked condition split; `value` is why it may ask for a value, "" when it may not.

        `derived`: how sensitive the derived facts are that the rule named, by place.
        """
        return self._split(node, scope, value, derived, boolean=True, type_=Type.BOOLEAN)

    def value(self, node: Node, type_: Type, *, scope: Scope, value: str, derived: Mapping[Place, int]) -> Split:
        """Return a checked amount or claim split; it asks for values only where `value` says why."""
        return self._split(node, scope, value, derived, boolean=type_ is Type.BOOLEAN, type_=type_)

    def need(self, node: Node, type_: Type, derived: Mapping[Place, int]) -> Placed:
        """Return the question of a need: one fact, sealed by its holder's gateway."""
        return _Cut(self, "country", "need", derived).ask(node, "need", type_, keep=False)

    def _split(
        self, node: Node, scope: Scope, value: str, derived: Mapping[Place, int], *, boolean: bool, type_: Type
    ) -> Split:
        cut = _Cut(self, scope, value, derived)
        if any(isinstance(part, Case) for part in walk(node)):
            node = normal(cut.local_first(node))
        residual = normal(cut.truth(node) if boolean else cut.value(node, type_))
        return Split(questions=tuple(cut.placed.values()), residual=residual)


class _Cut:
    """The cut of one rule."""

    def __init__(self, splitter: Splitter, scope: Scope, why: str, derived: Mapping[Place, int]) -> None:
        self.splitter = splitter
        self.scope: Scope = scope
        self.why = why
        self.derived = derived
        self.placed: dict[QuestionAt, Placed] = {}
        self._places: dict[int, tuple[Node, frozenset[Place]]] = {}  # the node is kept so that its id stays its own

    # where facts live

    def places(self, node: Node) -> frozenset[Place]:
        """Return the places a node's facts belong to."""
        known = self._places.get(id(node))
        if known is None:
            places = self._own_place(node).union(*(self.places(child) for child in _outside(node)))
            known = self._places[id(node)] = (node, places)
        return known[1]

    def _own_place(self, node: Node) -> frozenset[Place]:
        if isinstance(node, (Fact, Exists, Aggregate, Reaches)):
            return frozenset({(node.role, node.register)})
        if isinstance(node, Finding):
            return frozenset({_FINDING})
        return frozenset({(node.role, "")}) if isinstance(node, OverRole) else _NO_PLACE

    def askable(self, node: Node) -> bool:
        """Return whether one register can answer the whole node, and nothing in it can be known without."""
        places = self.places(node)
        if len(places) != 1 or next(iter(places))[1] in ("", "finding") or len(_others(node)) > 1:
            return False
        return all(self.askable(part) for part in _conditions(node))

    def local_first(self, node: Node) -> Node:
        """Return the node with each comparison that depends on the form alone made a case of comparisons.

        `x >= case when form.a then 1 else 2 end` asks one of two questions, and tells no gateway the form.
        """
        node = rebuild(node, self.local_first)
        if isinstance(node, (Compare, In, Distinct)):
            for case in children(node):
                if isinstance(case, Case) and any(not self.places(condition) for condition, _ in case.branches):
                    return self.local_first(_pushed(node, case))
        return node

    # conditions

    def truth(self, node: Node) -> Node:
        """Return the residual of a condition."""
        if not self.places(node):
            return node
        if isinstance(node, Not):
            return Not(self.truth(node.part))
        if self.askable(node):
            return self._asked_either_way(node)
        if isinstance(node, (And, Or)):
            return self._joined(node)
        if isinstance(node, Case):
            return self._case(node, Type.BOOLEAN)
        if isinstance(node, OverRole):
            return OverRole(node.how, node.role, None if node.body is None else self.truth(node.body))
        return self._across(node)

    def _asked_either_way(self, node: Node) -> Node:
        """Ask a condition, or its denial where that has fewer of its own: `not is_local` asks `is_local`."""
        if isinstance(node, (And, Or)):
            denial = negated(node)
            if _denials(denial) < _denials(node):
                return Not(self._asked(denial, "boolean", Type.BOOLEAN))
        return self._asked(node, "boolean", Type.BOOLEAN)

    def _joined(self, node: And | Or) -> Node:
        join = both if isinstance(node, And) else either
        return join([self.truth(part) for part in self._groups(node, type(node))])

    def _groups(self, node: And | Or, kind: type[And] | type[Or]) -> Iterator[Node]:
        """Yield the parts, those of one register together when regrouping, in order of writing."""
        if not self.splitter.regroup:
            yield from node.parts
            return
        groups: dict[object, list[Node]] = {}
        for number, part in enumerate(node.parts):
            own = (self.places(part), _others(part))
            groups.setdefault(own if self.askable(part) else number, []).append(part)
        for parts in groups.values():
            self.splitter.regrouped |= len(parts) > 1
            yield parts[0] if len(parts) == 1 else (both(parts) if kind is And else either(parts))

    def _across(self, node: Node) -> Node:
        """Return the residual of a comparison that more than one place takes part in."""
        case = next((part for part in children(node) if isinstance(part, Case)), None)
        if isinstance(node, (Compare, In, Distinct)) and case is not None:
            return self.truth(_pushed(node, case))
        if isinstance(node, Compare) and self._one_set(node):
            return Compare(node.op, self._set_side(node.left), self._set_side(node.right))
        sealed = self._sealed(node) if isinstance(node, Compare) else None
        if sealed is not None:
            return self._asked(sealed, "boolean", Type.BOOLEAN)
        places = self.places(node)
        if places == {_FINDING}:
            return node
        names = " and ".join(sorted(".".join(part for part in place if part) for place in places))
        raise CannotSplit(
            f"one comparison speaks of {names}: their values never meet at the hub",
            hint="compare one fact with one other, or each with a literal, params.x or form.x",
        )

    def _sealed(self, node: Compare) -> Compare | None:
        """Return a comparison of two places as one of them asks it; None when it is not of two values.

        Who is many is asked, each with the one value of the other; else the less sensitive value travels.
        """
        if not (self.askable(node.left) and self.askable(node.right)):
            return None
        op, asked, other = node.op, node.left, node.right
        many = [self._many(side) for side in (asked, other)]
        if all(many):
            return None
        if many[1] or (not many[0] and self._level_of(asked) < self._level_of(other)):
            op, asked, other = MIRROR[op], other, asked
        operand = self.ask(other, "operand", self._type(other))
        return Compare(op, asked, Operand(operand.question.id, operand.role, operand.question.type))

    def _many(self, node: Node) -> bool:
        return any(role in self.splitter.roles and self.splitter.roles[role].many for role, _ in self.places(node))

    def _level_of(self, node: Node) -> int:
        ((_, register),) = self.places(node)
        return _level(node, self._register(register))

    def _one_set(self, node: Compare) -> bool:
        sides = [node.left, node.right]
        return any(isinstance(side, OverRole) for side in sides) and any(not self.places(side) for side in sides)

    def _set_side(self, node: Node) -> Node:
        if not isinstance(node, OverRole):
            return node
        if node.body is None:
            return node
        if node.how == "count":
            return OverRole(node.how, node.role, self.truth(node.body))
        return OverRole(node.how, node.role, self.value(node.body, None))

    # values

    def value(self, node: Node, type_: Type | None) -> Node:
        """Return the residual of a value."""
        if not self.places(node) or isinstance(node, Finding):
            return node
        if _is_condition(node):
            return self.truth(node)
        if isinstance(node, Case) and not (self.why and self.askable(node)):
            return self._case(node, type_)
        if self.askable(node):
            return self._asked(node, "value", type_ or self._type(node))
        if isinstance(node, Arithmetic):
            return Arithmetic(node.op, self.value(node.left, None), self.value(node.right, None))
        if isinstance(node, OverRole):
            return self._set_side(node)
        raise CannotSplit(
            "this value rests on more than one register", hint="write case when exists(…) then … else … end"
        )

    def _case(self, node: Case, type_: Type | None) -> Node:
        def result(part: Node) -> Node:
            return self.truth(part) if type_ is Type.BOOLEAN else self.value(part, type_)

        branches = tuple((self.truth(condition), result(value)) for condition, value in node.branches)
        return Case(branches, None if node.default is None else result(node.default))

    def _type(self, node: Node) -> Type:
        """Return the type of a value question that stands inside another value."""
        facts = {self._register(part.register).facts[part.name].type for part in walk(node) if isinstance(part, Fact)}
        if len(facts) == 1 and isinstance(node, (Fact, Aggregate)) and not (isinstance(node, Aggregate) and node.where):
            return facts.pop()
        return Type.DATE if facts == {Type.DATE} else Type.DECIMAL

    # asking

    def _asked(self, node: Node, kind: Literal["boolean", "value"], type_: Type) -> Node:
        if kind == "value" and not self.why:
            raise CannotSplit(
                "this would ask a register for a value, not for yes or no",
                hint="compare it, cut it with case when, or say why under `value:`",
                code="asks-value",
            )
        placed = self.ask(node, kind, type_)
        return Asked(placed.question.id, placed.role, type_)

    def ask(self, node: Node, kind: Kind, type_: Type, *, keep: bool = True) -> Placed:
        """Return the question about a node of one place."""
        (role, name), *_ = self.places(node)
        register = self._register(name)
        expression = ordered(node)
        scope = self.scope if register.absence is Absence.CLOSED_HERE else "country"
        id_ = question_id(expression, register, scope=scope, kind=kind)
        level = max(_level(expression, register), self.derived.get((role, name), 0))
        level = max(level, self.splitter.levels.get(id_, 0))
        self.splitter.levels[id_] = level
        question = Question(
            id=id_,
            register=name,
            expression=expression,
            kind=kind,
            type=type_,
            scope=scope,
            sensitive=level == SENSITIVE,
            other=next(iter(_others(node)), ""),
        )
        placed = Placed(role=role, question=question)
        known = self.splitter.questions.get((id_, role))
        if known is not None and (known.question.other, known.question.expression) != (question.other, expression):
            raise CannotSplit(
                f"one question about {role} would speak of two others",
                hint="ask the one about the other: turn it round",
            )
        if keep:
            self.placed[(id_, role)] = self.splitter.questions[(id_, role)] = placed
        return placed

    def _register(self, name: str) -> Register:
        return self.splitter.facts.registers[name]


def _outside(node: Node) -> tuple[Node, ...]:
    """Return the children whose facts name their own place; those inside a set do not."""
    return () if isinstance(node, Aggregate) else children(node)


def _conditions(node: Node) -> tuple[Node, ...]:
    """Return the conditions directly below, which must each need the register to be known."""
    if isinstance(node, (And, Or)):
        return node.parts
    if isinstance(node, Not):
        return (node.part,)
    return tuple(condition for condition, _ in node.branches) if isinstance(node, Case) else ()


def _others(node: Node) -> frozenset[str]:
    """Return the second subjects that a node speaks of."""
    return frozenset(part.other for part in walk(node) if isinstance(part, Reaches))


def _denials(node: Node) -> int:
    return sum(isinstance(part, Not) for part in walk(node))


def _is_condition(node: Node) -> bool:
    kinds = (And, Or, Not, Compare, In, IsNull, Distinct, Match, Exists, Reaches)
    return isinstance(node, kinds) or (isinstance(node, (Aggregate, OverRole)) and node.how in ("has", "every"))


def _pushed(node: Compare | In | Distinct, case: Case) -> Node:
    """Return a comparison with a case as a case of comparisons: exact, an unknown condition decides neither."""
    if isinstance(node, In):
        return distributed(case, lambda result: In(result, node.options))
    if isinstance(node, Distinct):
        other = node.right if node.left is case else node.left
        return distributed(case, lambda result: Distinct(result, other))
    if node.left is case:
        return distributed(case, lambda result: Compare(node.op, result, node.right))
    return distributed(case, lambda result: Compare(node.op, node.left, result))


def _level(expression: Node, register: Register) -> int:
    """Return the most sensitive level among a question's facts; of `exists` alone, what the register mostly holds."""
    names = {node.name for node in walk(expression) if isinstance(node, Fact)}
    if names:
        return max(level_of(register.facts[name]) for name in names)
    return int(median_low(level_of(fact) for fact in register.facts.values()))


def level_of(fact: Declared) -> int:
    """Return a fact's sensitivity as a number, 1 (L1) to 4 (L4)."""
    return int(fact.sensitivity.value[1])
