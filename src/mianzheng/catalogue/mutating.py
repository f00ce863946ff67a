"""Examples against changed conditions: a change that every example leaves as it was is one that nobody would notice."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mianzheng.catalogue.compiled import registers_asked
from mianzheng.catalogue.examples import Reasoning, Stage, still_holds
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.given import world_of
from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.mutants import Mutant, mutants
from mianzheng.catalogue.visible import visibilities
from mianzheng.catalogue.world import World
from mianzheng.catalogue.yaml import read
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Example
from mianzheng.rules.compile import CompiledItem, compile_item


class Unnoticed(msgspec.Struct, frozen=True, kw_only=True):
    """A change that no example of the item notices; `rule` as it stands then, "" for dropped."""

    item: str
    department: str
    condition: str
    change: str
    rule: str

    def __str__(self) -> str:
        return f"{self.department}/{self.item}: {self.condition}: {self.change}: no example notices"


class Mutated(msgspec.Struct, frozen=True, kw_only=True):
    """How many changes of how many items were tried, and those that went unnoticed."""

    items: int
    changes: int
    unnoticed: tuple[Unnoticed, ...]


def mutate(items: Iterable[CompiledItem], catalogue: Catalogue, reasoning: Reasoning) -> Mutated:
    """Return what became of each change of each condition of the items, which are sound: their examples hold."""
    tried = [_of_item(one, catalogue, reasoning) for one in items]
    return Mutated(
        items=len(tried),
        changes=sum(count for count, _ in tried),
        unnoticed=tuple(one for _, unnoticed in tried for one in unnoticed),
    )


def _of_item(compiled: CompiledItem, catalogue: Catalogue, reasoning: Reasoning) -> tuple[int, list[Unnoticed]]:
    worlds, changes = _worlds(compiled, catalogue), 0
    unnoticed: list[Unnoticed] = []
    for mutant in mutants(compiled.item, catalogue.params):
        stage = _stage(mutant, catalogue, reasoning)
        if stage is None:
            continue
        changes += 1
        telling = sorted(worlds, key=lambda one: mutant.condition not in (*one[0].reasons, *one[0].undecided))
        if all(still_holds(stage, example, world) for example, world in telling):
            unnoticed.append(_unnoticed(mutant))
    return changes, unnoticed


def _worlds(compiled: CompiledItem, catalogue: Catalogue) -> list[tuple[Example, World]]:
    document, _ = read("{}", compiled.item.item)
    assert document is not None
    found, visible = Findings(document), visibilities(registers_asked(compiled, catalogue.facts))
    worlds = (
        (example, world_of(compiled, catalogue.facts, example, ("examples", number), found, visible))
        for number, example in enumerate(compiled.item.examples)
    )
    return [(example, world) for example, world in worlds if world is not None]


def _stage(mutant: Mutant, catalogue: Catalogue, reasoning: Reasoning) -> Stage | None:
    """Return the changed item ready to run; None for a change that makes no rule."""
    try:
        compiled = compile_item(mutant.item, catalogue.facts, catalogue.params)
    except MianzhengError:
        return None
    visible = visibilities(registers_asked(compiled, catalogue.facts))
    return Stage(
        compiled=compiled, facts=catalogue.facts, params=catalogue.params, visible=visible, reasoning=reasoning
    )


def _unnoticed(mutant: Mutant) -> Unnoticed:
    item = mutant.item
    return Unnoticed(
        item=item.item, department=item.department, condition=mutant.condition, change=mutant.change, rule=mutant.rule
    )
