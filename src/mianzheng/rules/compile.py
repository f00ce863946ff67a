"""An item compiled: each condition split into questions and a residual, all faults of it found at once.

1. Parse each rule; 2. check its types, settle it; 3. split it, both ways, and keep the fewer questions;
4. note what each question serves, so that the plan can say it;
5. add the links by which the roles spoken of are reached. Conditions of every date are compiled; which are examined
is decided by the case's date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.item import Condition, Item, ParamTable, base_of
from mianzheng.model.text import Fault
from mianzheng.rules.check import Checked, check_condition, check_value
from mianzheng.rules.checker import is_number
from mianzheng.rules.expression import Asked, Fact, Node, Operand, OverRole
from mianzheng.rules.faults import RuleFaults, Where
from mianzheng.rules.links import link_faults, link_question
from mianzheng.rules.parse import Parsed, parse_rule
from mianzheng.rules.question import Placed, Split
from mianzheng.rules.split import SENSITIVE, CannotSplit, Place, Splitter, level_of
from mianzheng.rules.tree import walk
from mianzheng.rules.vocabulary import Vocabulary

_AMOUNT = "write a number: 300, params.x, or case when … then 300 else 200 end"
_ANSWER = "name a fact that does not identify anybody"
Purpose = Literal["condition", "outcome", "need", "operand", "link"]


class CompiledCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: what is asked for it, and what is evaluated over the answers."""

    condition: Condition
    residual: Node
    placed: tuple[Placed, ...]

    def in_force(self, as_of: date) -> bool:
        """Return whether the condition is examined for a case of this date."""
        begun = self.condition.effective is None or self.condition.effective <= as_of
        return begun and (self.condition.until is None or as_of < self.condition.until)


class CompiledItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item's rules ready to be planned, asked and decided.

    `questions` holds what conditions and outcome ask, `operands` what one gateway seals to another for them, `needs`
    what delivery asks, `links` role reached -> the question about the role it is reached from. Roles of many people and
    optional ones stand under the role's own name; for each person they are asked as `role#1`, `role#2` …
    `compared`: question -> what others seal to it, where there is any. `needed`: question -> the links and operands
    that must have answered before, of the first person of each role.
    `levels`: question id -> how sensitive its facts are, 1 (L1) to 4 (L4), whoever is asked about; `level_at` of whom.
    """

    item: Item
    conditions: tuple[CompiledCondition, ...]
    amount: Node | None
    claims: dict[str, Node]
    claim_types: dict[str, Type]
    needs: dict[str, Placed]
    questions: dict[QuestionAt, Placed]
    purposes: dict[QuestionAt, tuple[str, tuple[str, ...]]]
    levels: dict[str, int]
    operands: dict[QuestionAt, Placed] = {}
    links: dict[str, Placed] = {}
    compared: dict[QuestionAt, tuple[Operand, ...]] = {}
    needed: dict[QuestionAt, tuple[QuestionAt, ...]] = {}

    def level_at(self, at: QuestionAt) -> int:
        """Return how sensitive a question about a role is, 1 to 4: of somebody who may be under 14 always 4."""
        return SENSITIVE if self.placed_at(at).question.sensitive else self.levels[at[0]]

    def links_to(self, role: str) -> tuple[QuestionAt, ...]:
        """Return the links on the way to a role, the first one first, each under the role it is asked about."""
        link = self.links.get(role)
        return () if link is None else (*self.links_to(link.role), (link.question.id, link.role))

    def before(self, at: QuestionAt) -> tuple[QuestionAt, ...]:
        """Return the links and operands that must have answered before a question, under the roles' own names."""
        return tuple((question, base_of(role)) for question, role in self.needed.get(at, ()))

    def asked(self) -> tuple[Placed, ...]:
        """Return everything that may be asked for the item: links first, needs last."""
        return (*self.links.values(), *self.operands.values(), *self.questions.values(), *self.needs.values())

    def placed_at(self, at: QuestionAt) -> Placed:
        """Return the question that stands under (id, role), the role as it is asked about, `spouse#1`; `KeyError`."""
        question, role = at[0], base_of(at[1])
        found = self.questions.get((question, role)) or self.operands.get((question, role))
        if found is not None:
            return found
        others = (*self.links.values(), *self.needs.values())
        for placed in others:
            if (placed.question.id, placed.role) == (question, role):
                return placed
        raise KeyError(at)


WhereOf = Callable[[str], Where]


def compile_item(
    item: Item, facts: FactCatalogue, params: Mapping[str, ParamTable], where: WhereOf | None = None
) -> CompiledItem:
    """Return an item compiled; `RuleFaults` with all faults of all its rules.

    `where("conditions.aged.rule")` gives the place of that text in the pack.
    """
    reading = _Reading(item, Vocabulary.of(item, facts, params), where or _nowhere)
    reading.faults.extend(link_faults(item, facts, reading.where))
    rules = list(reading.rules())
    ways = [_split_all(rules, facts, reading, regroup=True)]
    if reading.faults:
        raise RuleFaults(dict.fromkeys(reading.faults))
    if ways[0].splitter.regrouped:
        ways.append(_split_all(rules, facts, reading, regroup=False))
    return min(ways, key=lambda way: len(way.questions)).compiled(item, facts)


def _nowhere(text: str) -> Where:
    return Where(text, 1, 1)


class _Rule(msgspec.Struct, frozen=True):
    """One checked rule of the item and what it serves."""

    purpose: Purpose
    of: str
    parsed: Parsed
    checked: Checked
    scope: Literal["here", "country"] = "country"
    value: str = ""
    condition: Condition | None = None
    claim: bool = False


class _Reading:
    """Parses and checks each rule of an item, gathering faults."""

    def __init__(self, item: Item, vocabulary: Vocabulary, where: WhereOf) -> None:
        self.item = item
        self.vocabulary = vocabulary
        self.where = where
        self.faults: list[Fault] = []

    def rules(self) -> Iterator[_Rule]:
        """Yield each rule that has no fault of its own."""
        for condition in self.item.conditions:
            parsed = self._parsed(condition.rule, f"conditions.{condition.id}.rule")
            if parsed is not None:
                checked = check_condition(parsed, self.vocabulary)
                yield from self._sound(
                    _Rule("condition", condition.id, parsed, checked, condition.scope, condition.value, condition)
                )
        outcome = self.item.outcome
        if outcome.pay is not None:
            yield from self._outcome(outcome.pay.amount, "outcome.pay.amount", "amount", outcome.pay.value)
        for name, text in outcome.claims.items():
            yield from self._outcome(text, f"outcome.claims.{name}", name, outcome.value, claim=True)
        for name, need in self.item.needs.items():
            yield from self._need(name, need.fact)

    def _outcome(self, text: str, path: str, of: str, value: str, *, claim: bool = False) -> Iterator[_Rule]:
        parsed = self._parsed(text, path)
        if parsed is None:
            return
        checked = check_value(parsed, self.vocabulary)
        if not claim and checked.type is not None and not is_number(checked.type):
            self.faults.append(parsed.fault(parsed.node, "type", "an amount is a number of yuan", _AMOUNT))
        elif checked.identifier:
            self.faults.append(parsed.fault(parsed.node, "identifier", "what identifies is never an answer", _ANSWER))
        else:
            scope = self.item.outcome.scope
            yield from self._sound(_Rule("outcome", of, parsed, checked, scope, value, None, claim))

    def _need(self, name: str, fact: str) -> Iterator[_Rule]:
        parsed = self._parsed(fact, f"needs.{name}.fact")
        if parsed is None:
            return
        if not isinstance(parsed.node, Fact):
            self.faults.append(parsed.fault(parsed.node, "need", "a need is one fact", "write role.register.fact"))
        else:
            yield from self._sound(_Rule("need", name, parsed, check_value(parsed, self.vocabulary)))

    def _sound(self, rule: _Rule) -> Iterator[_Rule]:
        self.faults.extend(rule.checked.faults)
        if not rule.checked.faults and rule.checked.type is not None:
            yield rule

    def _parsed(self, text: str, path: str) -> Parsed | None:
        try:
            return parse_rule(text, self.where(path))
        except RuleFaults as faults:
            self.faults.extend(faults.faults)
            return None


class _Way:
    """One way of splitting the whole item."""

    def __init__(self, splitter: Splitter) -> None:
        self.splitter = splitter
        self.conditions: list[tuple[Condition, Split]] = []
        self.amount: Node | None = None
        self.claims: dict[str, Node] = {}
        self.claim_types: dict[str, Type] = {}
        self.needs: dict[str, Placed] = {}
        self.served: dict[QuestionAt, list[tuple[Purpose, str]]] = {}

    @property
    def questions(self) -> dict[QuestionAt, Placed]:
        return self.splitter.questions

    def compiled(self, item: Item, facts: FactCatalogue) -> CompiledItem:
        """Return the item compiled this way."""
        questions = {at: self._final(placed, item) for at, placed in self.questions.items()}
        links = self._links(item, facts)
        compared = {at: found for at, placed in questions.items() if (found := _operands_of(placed))}
        conditions = tuple(
            CompiledCondition(
                condition=condition,
                residual=split.residual,
                placed=tuple(questions[placed.question.id, placed.role] for placed in split.questions),
            )
            for condition, split in self.conditions
        )
        return CompiledItem(
            item=item,
            conditions=conditions,
            amount=self.amount,
            claims=self.claims,
            claim_types=self.claim_types,
            needs={name: self._final(placed, item) for name, placed in self.needs.items()},
            questions={at: placed for at, placed in questions.items() if placed.question.kind != "operand"},
            purposes={at: _purpose(serves) for at, serves in self.served.items()},
            levels=self.splitter.levels,
            operands={at: placed for at, placed in questions.items() if placed.question.kind == "operand"},
            links=links,
            compared=compared,
            needed={at: _needed(placed, compared.get(at, ()), links, item) for at, placed in questions.items()},
        )

    def _links(self, item: Item, facts: FactCatalogue) -> dict[str, Placed]:
        """Return the links of the roles that the rules speak of, and of those they are reached from, in that order."""
        used = _with_sources(item, self._roles())
        scopes = _scopes(item, [(condition.scope, _roles_of(split.residual)) for condition, split in self.conditions])
        links: dict[str, Placed] = {}
        for name, role in item.roles.items():
            if name in used and role.link:
                links[name], level = link_question(role, facts, scopes.get(name, item.outcome.scope))
                self.splitter.levels[links[name].question.id] = level
                self.served.setdefault((links[name].question.id, links[name].role), []).append(("link", name))
        return links

    def _roles(self) -> set[str]:
        residuals = [split.residual for _, split in self.conditions] + list(self.claims.values())
        residuals += [] if self.amount is None else [self.amount]
        placed = (*self.questions.values(), *self.needs.values())
        return {
            *(role for residual in residuals for role in _roles_of(residual)),
            *(role for one in placed for role in (one.role, one.question.other) if role),
        }

    def _final(self, placed: Placed, item: Item) -> Placed:
        """A question named sensitively in one rule is sensitive in all, and so is any about a child."""
        young = any(item.roles[role].young for role in (placed.role, placed.question.other) if role in item.roles)
        sensitive = young or self.splitter.levels[placed.question.id] == SENSITIVE
        if placed.question.sensitive == sensitive:
            return placed
        return Placed(role=placed.role, question=msgspec.structs.replace(placed.question, sensitive=sensitive))


def _purpose(serves: list[tuple[Purpose, str]]) -> tuple[str, tuple[str, ...]]:
    """Return the strongest purpose (to decide, to compute, to deliver) and all that is served."""
    order: list[Purpose] = ["condition", "outcome", "operand", "link", "need"]
    return min((purpose for purpose, _ in serves), key=order.index), tuple(dict.fromkeys(of for _, of in serves))


def _operands_of(placed: Placed) -> tuple[Operand, ...]:
    return tuple(node for node in walk(placed.question.expression) if isinstance(node, Operand))


def _needed(
    placed: Placed, operands: tuple[Operand, ...], links: Mapping[str, Placed], item: Item
) -> tuple[QuestionAt, ...]:
    def label(role: str) -> str:
        return f"{role}#1" if item.roles[role].numbered else role

    def to(role: str) -> tuple[QuestionAt, ...]:
        link = links.get(role)
        return () if link is None else (*to(link.role), (link.question.id, label(link.role)))

    other = placed.question.other
    roles = [placed.role, *([other] if other else []), *(operand.role for operand in operands)]
    before = [at for role in roles for at in to(role)]
    return tuple(dict.fromkeys([*before, *((operand.question, label(operand.role)) for operand in operands)]))


def _roles_of(residual: Node) -> set[str]:
    return {node.role for node in walk(residual) if isinstance(node, (Asked, OverRole))}


def _with_sources(item: Item, used: set[str]) -> set[str]:
    """Return the roles and all that their links start from."""
    found, waiting = set(used), list(used)
    while waiting:
        role = item.roles[waiting.pop()]
        source = role.link_path[0] if role.link else ""
        if source and source not in found:
            found.add(source)
            waiting.append(source)
    return found


def _scopes(
    item: Item, uses: list[tuple[Literal["here", "country"], set[str]]]
) -> dict[str, Literal["here", "country"]]:
    """Return the roles whose links are asked for this city only: every condition that speaks of them says so."""
    scopes: dict[str, list[str]] = {}
    for scope, roles in uses:
        for role in _with_sources(item, roles):
            scopes.setdefault(role, []).append(scope)
    return {role: "here" if set(said) == {"here"} else "country" for role, said in scopes.items()}


def _split_all(rules: list[_Rule], facts: FactCatalogue, reading: _Reading, *, regroup: bool) -> _Way:
    way = _Way(Splitter(facts, regroup=regroup, roles=reading.item.roles))
    for rule in rules:
        try:
            _split_one(way, rule, _derived_levels(rule.checked, facts))
        except CannotSplit as error:
            reading.faults.append(rule.parsed.fault(rule.parsed.node, error.code, error.message, error.hint))
    return way


def _split_one(way: _Way, rule: _Rule, derived: Mapping[Place, int]) -> None:
    node, type_ = rule.checked.node, rule.checked.type or Type.BOOLEAN
    asked: tuple[Placed, ...]
    if rule.purpose == "need":
        asked = (way.splitter.need(node, type_, derived),)
        way.needs[rule.of] = asked[0]
    elif rule.condition is not None:
        split = way.splitter.condition(node, scope=rule.scope, value=rule.value, derived=derived)
        way.conditions.append((rule.condition, split))
        asked = split.questions
    else:
        split = way.splitter.value(node, type_, scope=rule.scope, value=rule.value, derived=derived)
        _keep_outcome(way, rule, split.residual, type_)
        asked = split.questions
    for one in asked:
        purpose: Purpose = "operand" if one.question.kind == "operand" else rule.purpose
        way.served.setdefault((one.question.id, one.role), []).append((purpose, rule.of))


def _keep_outcome(way: _Way, rule: _Rule, residual: Node, type_: Type) -> None:
    if rule.claim:
        way.claims[rule.of] = residual
        way.claim_types[rule.of] = type_
    else:
        way.amount = residual


def _derived_levels(checked: Checked, facts: FactCatalogue) -> dict[Place, int]:
    """Return how sensitive the derived facts are that a rule names; their sources may be less so."""
    levels: dict[Place, int] = {}
    for role, register, name in checked.derived:
        level = level_of(facts.registers[register].facts[name])
        levels[role, register] = max(level, levels.get((role, register), 0))
    return levels
