"""The law an item rests on, source by source, and its figures; a source stays marked until someone read its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from mianzheng.model.item import ParamTable, Reference
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Node, Param
from mianzheng.rules.tree import walk


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source of law; `of` names what rests on it: item, condition ids, pay, params.<name>."""

    text: str
    verified: bool
    of: tuple[str, ...]


def sources(compiled: CompiledItem, params: Mapping[str, ParamTable], as_of: date) -> tuple[Source, ...]:
    """Return the sources of an item and of the figures it uses, as in force at `as_of`."""
    found: dict[tuple[str, bool], list[str]] = {}
    for reference, of in _named(compiled, params, as_of):
        found.setdefault((reference.text, reference.verified), []).append(of)
    return tuple(Source(text=text, verified=verified, of=tuple(of)) for (text, verified), of in found.items())


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A dated figure 参数 in force: its value, since when, by which source. `paid`: what the item pays rests on it."""

    name: str
    label: Text
    value: Wire
    unit: str
    effective: date
    reference: Reference
    paid: bool


def figures(compiled: CompiledItem, params: Mapping[str, ParamTable], as_of: date) -> tuple[Figure, ...]:
    """Return the figures that any rule of the item uses, as in force at `as_of`; what it pays first."""
    amount = [] if compiled.amount is None else [compiled.amount]
    paid = {node.name for tree in amount for node in walk(tree) if isinstance(node, Param)}
    found = []
    for name in sorted(_figures(compiled), key=lambda name: (name not in paid, name)):
        in_force = [value for value in params[name].values if value.effective <= as_of]
        if in_force:
            last = in_force[-1]
            found.append(
                Figure(
                    name=name,
                    label=params[name].label,
                    value=last.value,
                    unit=params[name].unit,
                    effective=last.effective,
                    reference=last.reference,
                    paid=name in paid,
                )
            )
    return tuple(found)


def _named(compiled: CompiledItem, params: Mapping[str, ParamTable], as_of: date) -> Iterator[tuple[Reference, str]]:
    item = compiled.item
    yield item.reference, "item"
    for one in compiled.conditions:
        if one.in_force(as_of):
            yield one.condition.reference, one.condition.id
    if item.outcome.pay is not None:
        yield item.outcome.pay.reference, "pay"
    for name in _figures(compiled):
        in_force = [value for value in params[name].values if value.effective <= as_of]
        if in_force:
            yield in_force[-1].reference, f"params.{name}"


def _figures(compiled: CompiledItem) -> list[str]:
    """Return the figures named by any rule of the item, sorted."""
    trees: list[Node] = [one.residual for one in compiled.conditions]
    trees += [placed.question.expression for placed in compiled.asked()]
    trees += [*compiled.claims.values(), *([] if compiled.amount is None else [compiled.amount])]
    return sorted({node.name for tree in trees for node in walk(tree) if isinstance(node, Param)})
