"""The world of an example: the rows it gives, and what it leaves open.

An example holds the facts its author cares about. The others are *open*: a cell without a value,
or a register of which it says nothing. `completions` fills what is open in different ways; an
outcome that is not the same in all of them rests on a fact the example does not give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from mianzheng.catalogue.registers import bases
from mianzheng.model.facts import Fact, Register, Type
from mianzheng.model.scalar import Scalar

At = tuple[str, str]  # (label of the person: applicant, spouse#1; register)
NOT_HELD = -1  # in place of how many a link reaches: its register does not say
ANOTHER = "another"  # whom a link leads to when it is nobody of the case
Row = dict[str, Scalar | None]
Rows = Mapping[At, tuple[Row, ...] | None]  # None: the register does not answer
EARLY, LATE = date(1900, 1, 1), date(2150, 1, 1)


class Cell(msgspec.Struct, frozen=True):
    """One open place: a fact of the n-th row; `fact` "" asks whether there is a row at all."""

    role: str
    register: str
    row: int
    fact: str

    def __str__(self) -> str:
        return f"{self.role}.{self.register}.{self.fact}" if self.fact else f"{self.role}.{self.register}"


class Unsaid(msgspec.Struct, frozen=True):
    """An open place: the example does not say who stands in this role."""

    role: str

    def __str__(self) -> str:
        return f"people.{self.role}"


Filling = Mapping[Cell | Unsaid, Scalar | None]


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by (role, register); None: the register does not answer. `open` lists the open cells.

    `counts`: role -> how many its link reaches (`catalogue.people`); `unsaid`: linked roles of which nothing is said.
    In a row, the number a link leads to is the label of the person of the case who stands there, or another text.
    """

    rows: Rows
    open: tuple[Cell, ...]
    counts: Mapping[str, int] = {}
    unsaid: tuple[str, ...] = ()


def counts_in(world: World, filling: Filling) -> dict[str, int]:
    """Return how many each link reaches; NOT_HELD where neither example nor filling says it."""
    filled = {place.role: int(str(count)) for place, count in filling.items() if isinstance(place, Unsaid)}
    return dict.fromkeys(world.unsaid, NOT_HELD) | filled | dict(world.counts)


def complete(world: World, filling: Filling) -> Rows:
    """Return the rows of `world` with the open cells filled; cells not named are null, rows not named absent."""
    found = dict(world.rows)
    for cell in filling:
        if isinstance(cell, Unsaid):
            continue
        at = (cell.role, cell.register)
        known = found.get(at) or ()
        rows = [dict(row) for row in known] or [{}]
        if cell.fact:
            rows[cell.row][cell.fact] = filling[cell]
        found[at] = tuple(rows)
    return found


def completions(
    world: World, registers: Mapping[str, Register], literals: Iterable[Scalar], as_of: date
) -> Iterator[dict[Cell | Unsaid, Scalar | None]]:
    """Yield fillings: all null, all lowest, all highest, then each cell with each of its candidates alone.

    Of people of whom nothing is said: their link says nobody, or one.

    Candidates are the extremes of the fact's type, the words of an enum, and each literal of the
    item's rules with its neighbours: a comparison can change nowhere else.
    """
    known = tuple(literals)
    people = (ANOTHER, *dict.fromkeys(role for role, _ in world.rows))
    choices = {cell: _candidates(registers[cell.register], cell, known, as_of, people) for cell in world.open}
    yield {}
    if choices:
        yield {cell: values[0] for cell, values in choices.items()}
        yield {cell: values[-1] for cell, values in choices.items()}
    for cell, values in choices.items():
        for value in values:
            yield {cell: value}
    for role in world.unsaid:
        for count in (0, 1):
            yield {Unsaid(role): count}


def open_cells(at: At, rows: tuple[Row, ...], register: Register, read: frozenset[str]) -> Iterator[Cell]:
    """Yield the cells of given rows that the rules read and the example does not give; `read` names links too."""
    names = sorted(stored(read, register) | {name for name in read if name in register.links})
    for number, row in enumerate(rows):
        for fact in names:
            if fact not in row:
                yield Cell(*at, number, fact)


def stored(read: Iterable[str], register: Register) -> frozenset[str]:
    """Return the stored facts that the facts `read` are or follow from."""
    return frozenset(name for name in behind(read, register) if register.facts[name].derive is None)


def behind(read: Iterable[str], register: Register) -> frozenset[str]:
    """Return the facts `read` and all the facts of the register they follow from."""
    waiting = [name for name in read if name in register.facts]
    seen = set(waiting)
    while waiting:
        derive = register.facts[waiting.pop()].derive
        following = bases(derive, register.facts) if derive is not None else ()
        fresh = [base for base in following if base not in seen]
        seen.update(fresh)
        waiting += fresh
    return frozenset(seen)


def _candidates(
    register: Register, cell: Cell, literals: tuple[Scalar, ...], as_of: date, people: tuple[str, ...]
) -> list[Scalar | None]:
    if not cell.fact:
        return [None]  # a row is there, with nothing known in it
    if cell.fact in register.links:
        return list(people)
    return list(_values(register.facts[cell.fact], literals, as_of))


def _values(fact: Fact, literals: tuple[Scalar, ...], as_of: date) -> tuple[Scalar, ...]:
    if fact.type is Type.BOOLEAN:
        return (False, True)
    if fact.type is Type.ENUM:
        return fact.values
    if fact.type is Type.DATE:
        dates = [value for value in literals if isinstance(value, date)]
        return (EARLY, as_of, *dates, LATE)
    if fact.type in (Type.INTEGER, Type.DECIMAL):
        numbers = [value for value in literals if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
        near = {number + step for number in numbers for step in (-1, 0, 1)}
        return (-(10**12), *sorted(near), 10**12)
    texts = [value for value in literals if isinstance(value, str)]
    return ("another", *texts)
