"""What the rules of an item cost: parse, compile, sentences, SQL, the first wave, the decision; over all packs.

CPU time of this thread, the median of rounds; each round does every item once. `compile` holds parse and type check,
split and question ids; it is done once for an item version. Only `next wave` and `decide` run for each case.
Run: `python -m bench rules`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import msgspec
from rich.table import Table

from bench.report import console, machine, write
from mianzheng.catalogue.load import Catalogue, load
from mianzheng.decision.decide import decide
from mianzheng.model.evidence import Answer, Evidence, Status
from mianzheng.model.facts import Type
from mianzheng.model.scalar import Wire
from mianzheng.plan.full import full_plan
from mianzheng.plan.waves import next_wave
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.parse import Where, parse
from mianzheng.rules.sentences import sentence
from mianzheng.rules.sql.query import compile_query
from mianzheng.settings import Settings, packs_folder

ROUNDS = 15
STEPS = ("parse", "compile", "sentences", "SQL", "plan", "next wave", "decide")
HERE = Where(file="", line=1, column=1)
_VALUES: dict[Type, Wire] = {Type.BOOLEAN: True, Type.INTEGER: 1, Type.DECIMAL: "1.00", Type.DATE: "1946-03-02"}


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One item: conditions and questions, and milliseconds of each step."""

    item: str
    conditions: int
    questions: int
    milliseconds: dict[str, float]


def main() -> None:
    """Measure, print the table, write the JSON."""
    catalogue = load(packs_folder(Settings()))
    costs = [cost_of(compiled, catalogue) for compiled in catalogue.items]
    report = {**machine(), "rounds": ROUNDS, "items": [msgspec.to_builtins(cost) for cost in costs]}
    _show(costs)
    write("rules", report)


def cost_of(compiled: CompiledItem, catalogue: Catalogue) -> Cost:
    """Return what each step costs for one item."""
    steps = steps_of(compiled, catalogue)
    taken = {name: [_seconds(step) for _ in range(ROUNDS)] for name, step in steps.items()}
    return Cost(
        item=compiled.item.item,
        conditions=len(compiled.conditions),
        questions=len(compiled.questions) + len(compiled.needs),
        milliseconds={name: statistics.median(times) * 1000 for name, times in taken.items()},
    )


def steps_of(compiled: CompiledItem, catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    """Return the steps by name; each does the whole item once."""
    item, facts, params = compiled.item, catalogue.facts, catalogue.params
    placed = (*compiled.questions.values(), *compiled.needs.values())
    as_of = item.examples[0].as_of
    nothing = Evidence(params=params)
    everything = Evidence(
        answers={at: _answer(one.question.type) for at, one in compiled.questions.items()}, params=params
    )
    return {
        "parse": lambda: [parse(condition.rule, HERE) for condition in item.conditions],
        "compile": lambda: compile_item(item, facts, params),
        "sentences": lambda: [sentence(one.question, facts, item.roles[one.role], item.form) for one in placed],
        "SQL": lambda: [
            compile_query(one.question, register, register.engine)
            for one in placed
            for register in (facts.registers[one.question.register],)
        ],
        "plan": lambda: full_plan(compiled, facts, as_of),
        "next wave": lambda: next_wave(compiled, nothing, as_of),
        "decide": lambda: decide(compiled, facts, everything, as_of),
    }


def _answer(type_: Type) -> Answer:
    return Answer(status=Status.VALUE, value=_VALUES.get(type_, ""))


def _seconds(step: Callable[[], object]) -> float:
    start = time.thread_time()  # the machine may be busy: count this thread only
    step()
    return time.thread_time() - start


def _show(costs: list[Cost]) -> None:
    table = Table("item", "cond.", "quest.", *STEPS, title="CPU milliseconds per item")
    for cost in costs:
        figures = (f"{cost.milliseconds[name]:.2f}" for name in STEPS)
        table.add_row(cost.item, str(cost.conditions), str(cost.questions), *figures)
    table.add_section()
    middle = (f"{statistics.median(cost.milliseconds[name] for cost in costs):.2f}" for name in STEPS)
    table.add_row("median", "", "", *middle)
    conditions, questions = sum(c.conditions for c in costs), sum(c.questions for c in costs)
    out = console()
    out.print(table)
    for name, count, what in (("parse", conditions, "condition"), ("SQL", questions, "question")):
        each = sum(cost.milliseconds[name] for cost in costs) / count * 1000
        out.print(f"{name}: {each:.0f} µs a {what}, over {count}")
    whole = [sum(cost.milliseconds[name] for name in ("compile", "plan")) for cost in costs]
    out.print(f"compile + plan: {statistics.median(whole):.1f} ms an item (median), {max(whole):.1f} ms at most")
