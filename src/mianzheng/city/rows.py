"""Rows of truth: the subject's number and the facts of one row, by name, in clean form.

A link stands under its own name as the other one's number, and under `name_field` as their name. Links that share a
column (children, parents) stand once, under the first of them, or under the fact that reads the column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.model.facts import Register
from mianzheng.model.scalar import Scalar

Facts = dict[str, Scalar | None]
Row = tuple[str, Facts]
Generator = Callable[[Block, Random, date], Iterator[Row]]


def yuan(rng: Random, low: int, high: int) -> Decimal:
    """Return a sum between two whole numbers of yuan, to the fen."""
    return Decimal(rng.randrange(low * 100, high * 100 + 1)) / 100


def either(rng: Random, *words: tuple[str, float]) -> str:
    """Return one of the words by weight."""
    return rng.choices([word for word, _ in words], weights=[weight for _, weight in words])[0]


def name_field(link: str) -> str:
    """Return under what a row holds the name of whom a link leads to."""
    return f"{link}_name"


def link_fields(register: Register) -> dict[str, str]:
    """Return for each link of a register the field of a row that holds the number it leads to."""
    return {name: number for name, (number, _) in link_columns(register).items()}


def link_columns(register: Register) -> dict[str, tuple[str, str]]:
    """Return for each link of a register the fields of a row that hold number and name ("": no name) of the other."""
    holders = {column.column: name for name, column in reversed(register.source.columns.items())}
    found: dict[str, tuple[str, str]] = {}
    for name, link in register.links.items():
        named = holders.setdefault(link.name, name_field(name)) if link.name else ""
        found[name] = (holders.setdefault(link.key.column, name), named)
    return found
