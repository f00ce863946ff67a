"""Fairness: what no condition names changes no decision.

Every example of every pack is a case of its own; it is answered over other names and ethnic groups, and in other orders
of gateways. What a rule does name is left as it is. Of the clock only the day reaches a decision, every hour alike.
Before real gateways: tests/gateway/test_decisions.py; channels, clerks: tests/city_wide/test_fairness.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest

from mianzheng.cases.working_days import WorkingDays
from mianzheng.catalogue.answering import Scene, Told, answers_of
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.given import world_of
from mianzheng.catalogue.people import labels
from mianzheng.catalogue.visible import visibilities
from mianzheng.catalogue.world import complete, counts_in
from mianzheng.catalogue.yaml import Document
from mianzheng.decision.decide import decide
from mianzheng.model.evidence import Answer, Decision, Evidence, QuestionAt
from mianzheng.model.facts import Type
from mianzheng.model.item import Example
from mianzheng.plan.waves import next_wave
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Fact
from mianzheng.rules.tree import walk
from tests.core_packs import ITEMS, core_catalogue

ORDERS = 6  # of gateways, for each example
NAMES = ("欧阳〇", "买买提·〇", "𠮷〇", "")
PERSONAL = ("name", "ethnicity", "sex")


class Case:
    """One example, answered and decided as a case is."""

    def __init__(self, compiled: CompiledItem, example: Example) -> None:
        self.compiled, self.example = compiled, example
        facts = core_catalogue().facts
        self.scene = Scene(
            compiled=compiled, facts=facts, params=core_catalogue().params, visible=visibilities(facts.registers)
        )
        found = Findings(Document(file="", text="", value=None))  # an example that the catalogue has checked
        world = world_of(compiled, facts, example, (), found, self.scene.visible)
        assert world is not None, found.faults
        counts = counts_in(world, {})
        self.told = Told(rows=complete(world, {}), people=labels(compiled.item, counts), counts=counts)

    def answers(self, told: Told) -> Mapping[QuestionAt, Answer]:
        return answers_of(self.scene, self.example, self.example.as_of, told)

    def decision(self, answers: Mapping[QuestionAt, Answer], order: Random | None = None) -> Decision:
        """Decide wave by wave; with an `order`, each wave's gateways answer one after the other as they like."""
        as_of, evidence = self.example.as_of, self._evidence({})
        while fresh := [
            at
            for placed in next_wave(self.compiled, evidence, as_of)
            if (at := (placed.question.id, placed.role)) not in evidence.answers
        ]:
            if order is not None:
                order.shuffle(fresh)
            known = list(evidence.answers.items()) + [(at, answers[at]) for at in fresh]
            if order is not None:
                order.shuffle(known)
            evidence = self._evidence(dict(known))
        return decide(self.compiled, self.scene.facts, evidence, as_of)

    def _evidence(self, answers: Mapping[QuestionAt, Answer]) -> Evidence:
        return Evidence(
            answers=answers,
            forms={name: value for name, value in self.example.form.items() if value is not None},
            findings={name: value for name, value in self.example.findings.items() if value is not None},
            params=self.scene.params,
        )


def cases(item: str) -> Iterator[Case]:
    compiled = core_catalogue().item(item)
    assert compiled is not None
    yield from (Case(compiled, example) for example in compiled.item.examples)


def named(compiled: CompiledItem) -> set[tuple[str, str]]:
    """Return the facts that some question of an item speaks of, by (register, fact)."""
    nodes = (node for placed in compiled.asked() for node in walk(placed.question.expression))
    return {(node.register, node.name) for node in nodes if isinstance(node, Fact)}


def otherwise(case: Case, rng: Random) -> Told:
    """Return the same case of people of other names and ethnic groups, and of the other sex where no rule names it."""
    spoken, registers = named(case.compiled), core_catalogue().facts.registers
    rows = {}
    for at, listed in case.told.rows.items():
        facts = registers[at[1]].facts
        free = [name for name in PERSONAL if name in facts and (at[1], name) not in spoken]
        changed = {
            name: rng.choice(facts[name].values if facts[name].type is Type.ENUM else NAMES) or None for name in free
        }
        rows[at] = listed if listed is None else tuple({**row, **changed} for row in listed)
    return msgspec.structs.replace(case.told, rows=rows)


@pytest.mark.parametrize("item", ITEMS)
def test_another_name_ethnic_group_or_sex_changes_no_answer_and_no_decision(item: str) -> None:
    rng = Random(item)
    for case in cases(item):
        answers = case.answers(case.told)
        other = case.answers(otherwise(case, rng))
        assert other == answers
        assert case.decision(other) == case.decision(answers)


@pytest.mark.parametrize("item", ITEMS)
def test_the_order_of_gateways_changes_no_decision(item: str) -> None:
    rng = Random(item)
    for case in cases(item):
        answers = case.answers(case.told)
        expected = case.decision(answers)
        assert all(case.decision(answers, rng) == expected for _ in range(ORDERS))


def test_nobody_is_decided_by_name_or_ethnic_group() -> None:
    """A condition may name what it likes, but none of the packs names these."""
    for compiled in core_catalogue().items:
        assert not {fact for _, fact in named(compiled)} & {"name", "ethnicity"}, compiled.item.item


def test_every_hour_of_a_day_is_the_same_day_of_a_case() -> None:
    midnight = datetime(2026, 11, 28, 16, tzinfo=UTC)  # of 29 November in Shanghai
    days = {
        WorkingDays(lambda at=midnight + timedelta(minutes=minutes): at).today
        for minutes in range(0, 24 * 60, 17)  # type: ignore[misc]
    }
    assert {str(day) for day in days} == {"2026-11-29"}
