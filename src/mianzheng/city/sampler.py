"""Facts for which the city has no generator of its own, drawn from their declared types.

So a register that a pack adds, or a new fact of a known one, is filled before anyone writes code for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.rows import Facts, Row
from mianzheng.model.facts import Absence, Fact, Register, Type
from mianzheng.model.scalar import Scalar

HAS_ROW = 0.35  # subjects with a row in a register where absence is lawful
ROWS = ((1, 60), (2, 25), (3, 10), (4, 5))  # of a register of many rows
OWN_NUMBER = ("id_number", "uscc")
NULL = 0.03
TRUE = 0.2
YEARS_BACK, YEARS_AHEAD = 12, 6


def sampled_rows(register: Register, block: Block, rng: Random, today: date) -> Iterator[Row]:
    """Yield rows of a register of which nothing but its declaration is known."""
    subjects = {
        "person": [person.number for person in block.residents],
        "enterprise": [body.number for body in block.bodies],
        "property": [home.unit_no for home in block.homes],
    }[register.key]
    everyone = register.absence is Absence.FAULT
    names = stored_facts(register)
    for subject in subjects:
        if not everyone and rng.random() >= HAS_ROW:
            continue
        count = 1 if register.rows == "one" else rng.choices([n for n, _ in ROWS], weights=[w for _, w in ROWS])[0]
        for _ in range(count):
            yield subject, {name: sample(rng, name, register.facts[name], subject, today) for name in names}


def stored_facts(register: Register) -> tuple[str, ...]:
    """Return the facts that lie in the register; derived ones are computed by its readers."""
    return tuple(name for name, fact in register.facts.items() if fact.derive is None)


def sample(rng: Random, name: str, fact: Fact, subject: str, today: date) -> Scalar | None:
    """Return a value of the fact's type, now and then none; none where it would refer to somebody else."""
    if name in OWN_NUMBER:
        return subject
    if fact.identifier:
        return f"{name.upper()[:2]}{rng.randrange(10**12):012d}"
    if fact.type is Type.REFERENCE or rng.random() < NULL:
        return None
    if fact.type is Type.BOOLEAN:
        return rng.random() < TRUE
    if fact.type is Type.ENUM:
        # The words of a standard begin with the commonest.
        return rng.choices(fact.values, weights=[1 / (place + 1) for place in range(len(fact.values))])[0]
    if fact.type is Type.DATE:
        return today + timedelta(days=rng.randrange(-365 * YEARS_BACK, 365 * YEARS_AHEAD if "until" in name else 1))
    return _plain(rng, name, fact, today)


def _plain(rng: Random, name: str, fact: Fact, today: date) -> Scalar:
    if fact.type is Type.INTEGER:
        return (
            today.year - rng.randrange(3) if name.endswith("_year") else rng.choice((0, 0, 1, 1, 2, 3, 6, 12, 60, 180))
        )
    if fact.type is Type.DECIMAL:
        return Decimal(int(10 ** rng.uniform(3, 7))) / 100
    return "331082" if name.endswith("place_code") else f"{fact.label.zh}{rng.randrange(1, 50)}"


def completed(register: Register, names: tuple[str, ...], row: Row, rng: Random, today: date) -> Row:
    """Return the row with those of the stored facts `names` that its generator does not know drawn from their types."""
    subject, facts = row
    missing = [name for name in names if name not in facts]
    if not missing:
        return row
    drawn: Facts = {name: sample(rng, name, register.facts[name], subject, today) for name in missing}
    return subject, {**facts, **drawn}
