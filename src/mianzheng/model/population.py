"""How the natural population of the synthetic city fills a register, where its types say too little."""

from __future__ import annotations

import msgspec


class Drawn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one fact is drawn; exactly one field is set.

    `words`: weights of an enum's values. `yes`: in 100 rows. `days`: least and most, from the city's day, before it
    negative. `between`: least and most of a number.
    """

    words: dict[str, int] = {}
    yes: int | None = None
    days: tuple[int, ...] = ()
    between: tuple[int, ...] = ()


class Population(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`population/<register>.yaml`: `per_mille` of the subjects have rows, `rows` weighs one, two, three … of them."""

    population: str  # the register
    per_mille: int | None = None
    rows: tuple[int, ...] = ()
    facts: dict[str, Drawn] = {}
