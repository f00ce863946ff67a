"""Rows of truth: the subject's number and the facts of one row, by name, in clean form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
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
