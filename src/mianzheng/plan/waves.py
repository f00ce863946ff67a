"""Waves: what to ask next, so that as little as can be is asked and as much as can be at once.

0. Who a question is about is asked first: the link that reaches them, when something about them is still worth
   asking; then what another gateway seals to be compared with.
1. While the case is open: every question that can still change a condition, in parallel; of an `or` only one
   branch at a time, the least sensitive first, then in order of writing (write the likeliest first).
2. Sensitive questions (L4) wait until nothing else is left to ask, and are asked only while the outcome is open.
3. Once a condition has failed, no further branch of an `or` is opened and nothing sensitive is asked: the
   outcome stands, and the decision says what was not examined.
4. Once every condition is met, what amount and claims rest on.

An answer that is unavailable counts as given; to try again, leave it out of the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from mianzheng.model.evidence import Evidence, QuestionAt
from mianzheng.rules.compile import CompiledCondition, CompiledItem
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import Arithmetic, Asked, Case, Node, Or, OverRole
from mianzheng.rules.question import Placed
from mianzheng.rules.reachable import F, T, U, matters, reachable
from mianzheng.rules.split import SENSITIVE
from mianzheng.rules.standing import standing
from mianzheng.rules.tree import children, walk


def next_wave(compiled: CompiledItem, evidence: Evidence, as_of: date) -> tuple[Placed, ...]:
    """Return the questions to ask next, in parallel; () when none can change outcome or reasons.

    People of a role of many are asked as `role#1`, `role#2` …
    """
    answers = Answers(compiled, evidence, as_of)
    in_force = [one for one in compiled.conditions if one.in_force(as_of)]
    residuals = [one.residual for one in in_force]
    states = [_state(one, answers) for one in in_force]
    if all(state == {T} for state in states):
        return _placed(compiled, _of_outcome(compiled, answers))
    refused = any(state == {F} for state in states)
    chooser = _Chooser(compiled, answers, refused=refused)
    wanted = [
        at
        for residual, state in zip(residuals, states, strict=True)
        if len(state) > 1
        for at in dict.fromkeys(chooser.of_open(residual))
        if isinstance(residual, Asked) or matters(residual, at, answers)
    ]
    return _placed(compiled, chooser.least_sensitive(wanted, refused=refused))


def need_wave(compiled: CompiledItem, evidence: Evidence) -> tuple[Placed, ...]:
    """Return the needs not answered yet: they deliver, and never decide."""
    return tuple(
        placed for placed in compiled.needs.values() if (placed.question.id, placed.role) not in evidence.answers
    )


def waves_preview(compiled: CompiledItem, as_of: date) -> tuple[tuple[Placed, ...], ...]:
    """Return the waves a case takes at most: each question stands in the latest wave it may be asked in first.

    Conditions first, their sensitive questions after all others, then what amount and claims rest on.
    """
    stages: dict[QuestionAt, int] = {}
    for one in compiled.conditions:
        if one.in_force(as_of):
            _stage(one.residual, 0, compiled, stages)
    late = {at for at in stages if any(compiled.level_at(one) == SENSITIVE for one in (at, *compiled.before(at)))}
    plain = 1 + max((stage for at, stage in stages.items() if at not in late), default=-1)
    for at in late:
        stages[at] += plain
    last = 1 + max(stages.values(), default=-1)
    outcome: dict[QuestionAt, int] = {}
    for residual in (*([] if compiled.amount is None else [compiled.amount]), *compiled.claims.values()):
        _stage(residual, last, compiled, outcome)
    stages = {**outcome, **stages}
    kept = sorted(set(stages.values()))
    return tuple(tuple(compiled.placed_at(at) for at, stage in stages.items() if stage == wave) for wave in kept)


def _state(one: CompiledCondition, answers: Answers) -> frozenset[int]:
    """Return what a condition can still become: one that something else stands in for waits for no answer."""
    state = reachable(one.residual, answers)
    found = None if len(state) == 1 and state != {U} else standing(one, answers.evidence)
    return state if found is None else frozenset({T if found[1] else F})


def _stage(node: Node, start: int, compiled: CompiledItem, stages: dict[QuestionAt, int]) -> int:
    """Note the wave of each question below a node; return the first wave after all of them."""
    if isinstance(node, Asked):
        at = (node.question, node.role)
        start = _stage_before(compiled.before(at), start, stages)
        stages[at] = min(start, stages.get(at, start))
        return start + 1
    if isinstance(node, OverRole):
        start = _stage_before(compiled.links_to(node.role), start, stages)
        return start if node.body is None else _stage(node.body, start, compiled, stages)
    if isinstance(node, Or):
        for part in sorted(node.parts, key=lambda part: _level(part, compiled)):
            start = _stage(part, start, compiled, stages)
        return start
    if isinstance(node, Case):
        after = max(_stage(condition, start, compiled, stages) for condition, _ in node.branches)
        results = [result for _, result in node.branches] + ([] if node.default is None else [node.default])
        return max([after, *(_stage(result, after, compiled, stages) for result in results)])
    return max([start, *(_stage(child, start, compiled, stages) for child in children(node))])


def _stage_before(links: Iterable[QuestionAt], start: int, stages: dict[QuestionAt, int]) -> int:
    """Note the wave of each link and operand that goes before, one after the other; return the first wave after."""
    for at in links:
        stages[at] = min(start, stages.get(at, start))
        start = stages[at] + 1
    return start


class _Chooser:
    """Chooses what a condition wants to know next."""

    def __init__(self, compiled: CompiledItem, answers: Answers, *, refused: bool) -> None:
        self.compiled = compiled
        self.answers = answers
        self.refused = refused
        self.levels: dict[QuestionAt, int] = {}  # of a link: no lower than what is asked about whom it reaches

    def wanted(self, node: Node) -> list[QuestionAt]:
        """Return the open questions of a condition that should be asked now."""
        if isinstance(node, Asked):
            return self.next_for(node) if self.answers.is_open(node) else []
        return [] if len(reachable(node, self.answers)) == 1 else self.of_open(node)

    def of_open(self, node: Node) -> list[QuestionAt]:
        """Return what a condition wants to know next that can still become one thing or another."""
        if isinstance(node, Asked):
            return self.wanted(node)
        if isinstance(node, Or):
            return self.first(sorted(node.parts, key=lambda part: _level(part, self.compiled)))
        if isinstance(node, OverRole):
            return self.of_people(node)
        if isinstance(node, Case):
            return self.of_case(node, self.wanted)
        return [at for child in children(node) for at in self.wanted(child)]

    def first(self, branches: Iterable[Node]) -> list[QuestionAt]:
        """Return what the first branch wants that wants anything: the next waits for its answer."""
        if self.refused:
            return []
        return next((wanted for branch in branches if (wanted := self.wanted(branch))), [])

    def next_for(self, node: Asked) -> list[QuestionAt]:
        """Return what an open question waits for, or itself."""
        wanted = list(self.answers.next_for(node))
        for at in wanted:
            self._note(at, self.compiled.level_at((node.question, node.role)))
        return wanted

    def _note(self, at: QuestionAt, level: int) -> None:
        self.levels[at] = min(self.levels.get(at, SENSITIVE), max(level, self.compiled.level_at(at)))

    def of_people(self, node: OverRole) -> list[QuestionAt]:
        waits, body = self.answers.waits_for(node.role), node.body
        if waits:
            self._note(waits[0], _least(node, self.compiled))
            return [waits[0]]
        if body is None:
            return []
        want = self.wanted if node.how in ("has", "every", "count") else self.of_value
        each = [want(body) for _ in self.answers.each(node.role)]
        if node.how != "has":
            return [at for wanted in each for at in wanted]
        return [] if self.refused else next((wanted for wanted in each if wanted), [])

    def of_case(self, node: Case, result: Callable[[Node], list[QuestionAt]]) -> list[QuestionAt]:
        """Return the conditions that may decide which branch is taken; a result only once its branch is."""
        wanted: list[QuestionAt] = []
        for condition, value in node.branches:
            state = reachable(condition, self.answers)
            if state == {F}:
                continue
            if len(state) == 1:
                return wanted or (result(value) if state == {T} else [])
            wanted += [at for at in self.wanted(condition) if matters(condition, at, self.answers)]
        return wanted or ([] if node.default is None else result(node.default))

    def of_value(self, node: Node) -> list[QuestionAt]:
        """Return what an amount or claim wants to know next."""
        if isinstance(node, Case):
            return self.of_case(node, self.of_value)
        if isinstance(node, OverRole):
            return self.of_people(node)
        if isinstance(node, (Asked, Arithmetic)):
            open_ = self.next_for(node) if isinstance(node, Asked) and self.answers.is_open(node) else []
            return open_ + [at for child in children(node) for at in self.of_value(child)]
        return self.wanted(node)

    def least_sensitive(self, wanted: list[QuestionAt], *, refused: bool) -> list[QuestionAt]:
        """Return the questions that are not sensitive; the sensitive ones when there are no others."""
        plain = [at for at in wanted if self.levels.get(at, self.compiled.level_at(at)) < SENSITIVE]
        return plain if plain or refused else wanted


def _of_outcome(compiled: CompiledItem, answers: Answers) -> list[QuestionAt]:
    """Return what amount and claims still want to know."""
    amounts = [] if compiled.amount is None else [compiled.amount]
    chooser = _Chooser(compiled, answers, refused=False)
    wanted = [at for residual in (*amounts, *compiled.claims.values()) for at in chooser.of_value(residual)]
    return chooser.least_sensitive(wanted, refused=False)


def _level(node: Node, compiled: CompiledItem) -> int:
    """Return how sensitive a branch is: as its most sensitive question."""
    if isinstance(node, Asked):
        at = (node.question, node.role)
        return max(compiled.level_at(one) for one in (at, *compiled.before(at)))
    links = compiled.links_to(node.role) if isinstance(node, OverRole) else ()
    below = (_level(child, compiled) for child in children(node))
    return max([*below, *(compiled.level_at(at) for at in links)], default=0)


def _least(node: Node, compiled: CompiledItem) -> int:
    """Return how sensitive the least sensitive question below a node is; 0 without one."""
    return min(
        (compiled.level_at((part.question, part.role)) for part in walk(node) if isinstance(part, Asked)), default=0
    )


def _placed(compiled: CompiledItem, wanted: list[QuestionAt]) -> tuple[Placed, ...]:
    return tuple(
        Placed(role=role, question=compiled.placed_at((id_, role)).question) for id_, role in dict.fromkeys(wanted)
    )
