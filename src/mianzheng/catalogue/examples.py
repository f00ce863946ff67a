"""Examples 示例 run through the rules: each item proves itself, and an official can read how.

1. The example's facts become rows (`world`); what it leaves open is filled in several ways.
2. For each way the questions are answered as a register would answer them, wave by wave as the plan asks. Of the other
   ways than the plainest, and of other days, the waves are gone through only where the case is refused: what is asked
   changes the reasons of a refusal alone.
3. `decide` decides. One outcome for all ways: compared with what the example expects.
   Several: the example rests on something it does not give, and that is a fault.

The catalogue may import neither plan nor decision, so the caller hands both in as `Reasoning`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import msgspec

from mianzheng.catalogue.answering import Scene, Told, answers_of
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.given import facts_read, literals_of, world_of
from mianzheng.catalogue.people import labels
from mianzheng.catalogue.world import At, Cell, Filling, Unsaid, World, complete, completions, counts_in
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, Decision, Evidence, Granted, QuestionAt, Refused, Undecided
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Example, Item
from mianzheng.model.scalar import Scalar
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.question import Placed

_MOST_WAVES = 64
_DAY = timedelta(days=1)


Known = dict[tuple[tuple[QuestionAt, Answer], ...], "Outcome"]


class Reasoning(msgspec.Struct, frozen=True, kw_only=True):
    """The two pure functions an example is run through: `plan.next_wave` and `decision.decide`."""

    next_wave: Callable[[CompiledItem, Evidence, date], tuple[Placed, ...]]
    decide: Callable[[CompiledItem, FactCatalogue, Evidence, date], Decision]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an example compares: the decision, without the values of its credential."""

    decision: str  # granted | refused | undecided; or an error's code and message
    reasons: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    amount: Decimal | None = None

    def __str__(self) -> str:
        inside = ", ".join((*self.reasons, *(f"{name} open" for name in self.open)))
        return f"{self.decision}{f' ({inside})' if inside else ''}{_money(self.amount)}"


class Stage(Scene, frozen=True, kw_only=True, dict=True):
    """All that running the examples of one item needs; what is the same for all of them is found out once."""

    reasoning: Reasoning

    @cached_property
    def literals(self) -> tuple[Scalar, ...]:
        """What the item's rules compare with."""
        return literals_of(self.compiled, self.params)

    @cached_property
    def read_facts(self) -> dict[At, frozenset[str]]:
        """What the item's questions read."""
        return facts_read(self.compiled)

    @cached_property
    def first_waves(self) -> dict[tuple[object, ...], tuple[Placed, ...]]:
        """What is asked first, by the day and what was stated and seen: no register has answered yet."""
        return {}


def check_examples(stage: Stage, found: Findings) -> None:
    """Add a fault for each example that does not hold, and for what the examples together lack."""
    item = stage.compiled.item
    _check_number(item.examples, found)
    boundary = any(_at_edge(item, example) for example in item.examples)
    for number, example in enumerate(item.examples):
        path = ("examples", number)
        world = world_of(stage.compiled, stage.facts, example, path, found, stage.visible, stage.read_facts)
        if world is None:
            return
        outcome = _check_one(stage, example, world, number, found)
        boundary = boundary or _at_boundary(stage, example, world, outcome)
    if item.examples and not boundary:
        message = "no example lies on a boundary date"
        found.at_key(("examples",), "examples-boundary", message, "one whose outcome is another a day before or after")


def still_holds(stage: Stage, example: Example, world: World) -> bool:
    """Tell whether an example comes out as it says, what it leaves open being null."""
    outcome = _outcome_on(stage, example, example.as_of, _filled(stage, world, {}), {})
    return _difference(example, outcome) is None


def _check_number(examples: tuple[Example, ...], found: Findings) -> None:
    if len(examples) < 3:
        found.at_key(("examples",), "examples-few", f"{len(examples)} examples", "at least three prove an item")
    for expected in ("granted", "refused"):
        if all(example.expect != expected for example in examples):
            found.at_key(("examples",), f"examples-{expected}", f"no example is {expected}", "write one")


def _check_one(stage: Stage, example: Example, world: World, number: int, found: Findings) -> Outcome:
    """Add a fault when the example does not hold; return its outcome with every open cell null."""
    outcome, resting_on = _outcomes(stage, example, world)
    path = ("examples", number)
    if resting_on:
        names = ", ".join(sorted({str(cell) for cell in resting_on}))
        found.at_key(path, "example-open", f"the outcome rests on {names}, which the example does not give", "give it")
    elif (difference := _difference(example, outcome)) is not None:
        field, message = difference
        found.at((*path, field), "example-differs", message, "change the example, or the rule if the example is right")
    return outcome


def _difference(example: Example, outcome: Outcome) -> tuple[str, str] | None:
    """Return the field of an example that differs from what came out, and how; None when all agree."""
    expected = _expected(example)
    if outcome.decision != expected.decision:
        return "expect", f"expected {expected}, the rules say {outcome}"
    if outcome.reasons != expected.reasons and (example.reasons or example.expect == "refused"):
        return "reasons", _differs("reasons", expected.reasons, outcome.reasons)
    if outcome.open != expected.open:
        return "undecided", _differs("undecided", expected.open, outcome.open)
    if outcome.amount != expected.amount:
        said = _money(expected.amount) or " nothing"
        return "amount", f"expected an amount of{said}, the rules pay{_money(outcome.amount)}"
    return None


def _differs(name: str, expected: tuple[str, ...], got: tuple[str, ...]) -> str:
    return f"expected {name} {', '.join(expected) or 'none'}; the rules say {', '.join(got) or 'none'}"


def _outcomes(stage: Stage, example: Example, world: World) -> tuple[Outcome, tuple[Cell | Unsaid, ...]]:
    """Return the outcome with every open cell null, and the open cells it rests on."""
    known: Known = {}
    fillings = completions(world, stage.facts.registers, stage.literals, example.as_of)
    outcomes = [
        (
            _outcome_on(stage, example, example.as_of, _filled(stage, world, filling), known, by_waves=not place),
            tuple(filling),
        )
        for place, filling in enumerate(fillings)
    ]
    base = outcomes[0][0]  # completions begins with the empty filling
    differing = [cells for outcome, cells in outcomes if outcome != base]
    alone = [cells for cells in differing if len(cells) == 1]
    return base, tuple(cell for cells in alone or differing for cell in cells)


def _at_edge(item: Item, example: Example) -> bool:
    """Tell whether there is no case of this item a day before or after."""
    return example.as_of - _DAY < item.effective or (item.until is not None and example.as_of + _DAY >= item.until)


def _at_boundary(stage: Stage, example: Example, world: World, today: Outcome) -> bool:
    told = _filled(stage, world, {})
    days = (example.as_of - _DAY, example.as_of + _DAY)
    return any(_outcome_on(stage, example, other, told, {}) != today for other in days)


def _filled(stage: Stage, world: World, filling: Filling) -> Told:
    counts = counts_in(world, filling)
    return Told(rows=complete(world, filling), people=labels(stage.compiled.item, counts), counts=counts)


def _outcome_on(
    stage: Stage, example: Example, as_of: date, told: Told, known: Known, *, by_waves: bool = False
) -> Outcome:
    """Return the outcome on one day over one filling; `known` keeps those already decided from equal answers."""
    try:
        answers = answers_of(stage, example, as_of, told)
        key = tuple(answers.items())
        if key not in known:
            known[key] = _decide(stage, example, as_of, answers, by_waves=by_waves)
        return known[key]
    except MianzhengError as error:  # a figure not in force, a date out of range: an outcome like any other
        return Outcome(decision=f"{error.code}: {error.message}")


def _decide(
    stage: Stage, example: Example, as_of: date, answers: Mapping[QuestionAt, Answer], *, by_waves: bool
) -> Outcome:
    """Return the outcome of a case whose every question would be answered so.

    Answers never take back what others have settled, so a case that all of them together do not refuse is refused by
    none of them, and what the plan leaves unasked of it could change nothing.
    """
    evidence = Evidence(
        forms={name: value for name, value in example.form.items() if value is not None},
        findings={name: value for name, value in example.findings.items() if value is not None},
        params=stage.params,
    )
    if not by_waves:
        told_all = msgspec.structs.replace(evidence, answers=answers)
        decision = stage.reasoning.decide(stage.compiled, stage.facts, told_all, as_of)
        if not isinstance(decision, Refused):
            return _outcome(decision)
    for _ in range(_MOST_WAVES):
        if len(evidence.answers) == len(answers):
            break  # nothing is left to ask
        wave = _wave(stage, evidence, as_of)
        asked = [(placed.question.id, placed.role) for placed in wave]
        fresh = {at: answers[at] for at in asked if at not in evidence.answers}
        if not fresh:
            break
        evidence = msgspec.structs.replace(evidence, answers={**evidence.answers, **fresh})
    return _outcome(stage.reasoning.decide(stage.compiled, stage.facts, evidence, as_of))


def _wave(stage: Stage, evidence: Evidence, as_of: date) -> tuple[Placed, ...]:
    if evidence.answers:
        return stage.reasoning.next_wave(stage.compiled, evidence, as_of)
    key = (as_of, *evidence.forms.items(), "", *evidence.findings.items())
    if key not in stage.first_waves:
        stage.first_waves[key] = stage.reasoning.next_wave(stage.compiled, evidence, as_of)
    return stage.first_waves[key]


def _outcome(decision: Decision) -> Outcome:
    if isinstance(decision, Granted):
        return Outcome(decision="granted", amount=decision.amount)
    reasons = tuple(sorted({reason.condition for reason in decision.reasons}))
    if isinstance(decision, Refused):
        return Outcome(decision="refused", reasons=reasons)
    assert isinstance(decision, Undecided)
    return Outcome(
        decision="undecided", reasons=reasons, open=tuple(sorted(entry.condition for entry in decision.open))
    )


def _expected(example: Example) -> Outcome:
    return Outcome(
        decision=example.expect,
        reasons=tuple(sorted(example.reasons)),
        open=tuple(sorted(example.undecided)),
        amount=example.amount,
    )


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f" {amount} yuan"
