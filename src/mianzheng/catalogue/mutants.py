"""Changed conditions of an item, one at a time: each must be noticed by one of its examples.

A condition is dropped; negated; a comparison made strict or not; a number, date or figure of it moved by one step (a
whole number by 1, a decimal by 0.01, a day, a figure by the step of its type). Words in quotes stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from mianzheng.model.facts import Type
from mianzheng.model.item import Condition, Item, ParamTable

_TOKEN = re.compile(
    r"date '(?P<day>\d{4}-\d\d-\d\d)'|(?P<word>'(?:[^']|'')*')|\bparams\.(?P<figure>[a-z_][a-z0-9_]*)"
    r"|(?<![\w.])(?P<number>\d+(?:\.\d+)?)|(?P<op><=|>=|<>|<|>)"
)
_STRICT = {"<=": "<", ">=": ">", "<": "<=", ">": ">="}
_STEPS = {Type.INTEGER: "1", Type.DECIMAL: "0.01"}
_ALWAYS = "today >= date '1900-01-01'"


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """An item with one condition changed: `change` in words, `rule` as it stands then ("": dropped)."""

    condition: str
    change: str
    rule: str
    item: Item


def mutants(item: Item, params: Mapping[str, ParamTable]) -> Iterator[Mutant]:
    """Yield the item with each change of each condition; some may not be rules at all (a term of -1 days)."""
    for place, one in enumerate(item.conditions):
        yield _dropped(item, place)
        for change, rule in changed(one.rule, params):
            new = (msgspec.structs.replace(one, rule=rule),)
            yield Mutant(condition=one.id, change=change, rule=rule, item=_with(item, place, new))


def changed(rule: str, params: Mapping[str, ParamTable]) -> Iterator[tuple[str, str]]:
    """Yield each change of one rule: what was done, and the rule then."""
    yield "negated", f"not ({rule})"
    for found in _TOKEN.finditer(rule):
        text = found.group(0)
        for new in _others(found, params):
            yield f"{text} to {new}", f"{rule[: found.start()]}{new}{rule[found.end() :]}"


def _others(found: re.Match[str], params: Mapping[str, ParamTable]) -> Iterator[str]:
    day, figure, number, op = (found.group(name) for name in ("day", "figure", "number", "op"))
    if day:
        for days in (-1, 1):
            yield f"date '{date.fromisoformat(day) + timedelta(days=days)}'"
    elif figure:
        step = _STEPS.get(params[figure].type) if figure in params else None
        yield from (f"({found.group(0)} {sign} {step})" for sign in ("-", "+") if step)
    elif number:
        step = "0.01" if "." in number else "1"
        yield from (str(new) for new in (Decimal(number) - Decimal(step), Decimal(number) + Decimal(step)) if new >= 0)
    elif op in _STRICT:
        yield _STRICT[op]


def _dropped(item: Item, place: int) -> Mutant:
    """Return the item without a condition; an only one is made to hold always, for it still asks."""
    one = item.conditions[place]
    always = msgspec.structs.replace(one, rule=f"({one.rule}) or not ({one.rule}) or {_ALWAYS}")
    left = () if len(item.conditions) > 1 else (always,)
    return Mutant(condition=one.id, change="dropped", rule="", item=_with(item, place, left))


def _with(item: Item, place: int, new: tuple[Condition, ...]) -> Item:
    conditions = (*item.conditions[:place], *new, *item.conditions[place + 1 :])
    return msgspec.structs.replace(item, conditions=conditions)
