"""The people of an example as numbers and rows: the acting one, and everyone whom its links must reach.

1. Each label (`applicant`, `spouse#1`, `members#2`, `home`) is a valid number of its own; of a link that reaches the
   person themself too (`everyone`) one label is the applicant's own number, where their rows allow it.
2. What a row leads to is written as a number and a name, in the fields that the register's links read.
3. Where an example says how many are reached and gives no row that leads there, one is made: its facts are chosen so
   that the link's own rule is true of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count, product

import msgspec

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.given import world_of
from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.people import labels
from mianzheng.catalogue.world import NOT_HELD, Row, World
from mianzheng.catalogue.yaml import Document
from mianzheng.city.numbers import Sequences, SequencesUsedUp, uscc
from mianzheng.city.places import CITY, first_code
from mianzheng.city.rows import link_columns
from mianzheng.model.canonical import digest
from mianzheng.model.facts import Register, Type
from mianzheng.model.item import Example
from mianzheng.model.scalar import Scalar, from_wire
from mianzheng.rules.answer import condition_on
from mianzheng.rules.bind import Bindings
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Fact, Linked
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk

BORN = date(1971, 4, 5)  # of a subject whose example does not say, or a day soon after
Found = dict[tuple[str, str], tuple[Row, ...] | None]
Rows = Mapping[tuple[str, str], tuple[Row, ...] | None]  # (label, register); None: it does not answer


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One example, told as a case: who is in it, their rows, and what is typed for each role that is chosen."""

    compiled: CompiledItem
    example: Example
    numbers: Mapping[str, str]  # label -> number
    names: Mapping[str, str]  # number -> name
    rows: Rows
    typed: Mapping[str, str]  # role -> name or number

    @property
    def number(self) -> str:
        """The acting one's number."""
        return self.numbers[self.compiled.item.acting_role]


class Numbers:
    """Gives out numbers, none twice."""

    def __init__(self) -> None:
        self._people = Sequences()
        self._serial = count(1)
        self._unstated = BORN

    def of(self, kind: str, born: date) -> str:
        """Return the next number of a person, body or property."""
        if kind == "enterprise":
            return uscc("91", CITY, next(self._serial))
        if kind == "property":
            return f"331082001001GB{next(self._serial):05d}F0001"
        if born != BORN:
            return self._people.number(first_code(born.year), born, male=True)
        try:
            return self._people.number(first_code(self._unstated.year), self._unstated, male=True)
        except SequencesUsedUp:
            self._unstated += timedelta(days=1)
            return self.of(kind, born)


def told_by(catalogue: Catalogue, numbers: Numbers) -> list[Told]:
    """Return every example of every item, each with people of its own."""
    return [
        _Telling(catalogue, compiled, example, numbers).told()
        for compiled in catalogue.items
        for example in compiled.item.examples
    ]


class _Telling:
    """Tells one example."""

    def __init__(self, catalogue: Catalogue, compiled: CompiledItem, example: Example, numbers: Numbers) -> None:
        nowhere = Findings(Document(file="", text="", value=None))
        world = world_of(compiled, catalogue.facts, example, (), nowhere, {})
        assert world is not None, nowhere.faults
        self.world: World = world
        self.facts = catalogue.facts
        self.compiled = compiled
        self.example = example
        self.source = numbers
        self.labels = labels(compiled.item, world.counts)
        forms = {
            name: from_wire(compiled.item.form[name].type, value)
            for name, value in example.form.items()
            if value is not None
        }
        self.bindings = Bindings(as_of=example.as_of, params=catalogue.params, forms=forms)
        self.numbers = self._numbers()
        self.names = {number: f"示例{number[-4:]}" for number in self.numbers.values()}
        self.another = numbers.of("person", BORN)

    def told(self) -> Told:
        """Return the example with rows that lead to its people."""
        rows = dict(self.world.rows)
        for role, placed in self.compiled.links.items():
            for source in self.labels[placed.role][:1]:
                self._lead(rows, source, role, placed)
        written = {at: None if listed is None else self._written(at[1], listed) for at, listed in rows.items()}
        return Told(
            compiled=self.compiled,
            example=self.example,
            numbers=self.numbers,
            names=self.names,
            rows=written,
            typed=dict(self._typed()),
        )

    def _numbers(self) -> dict[str, str]:
        """Return each label's number; people of one link in the order in which its gateway names them."""
        found: dict[str, str] = {}
        for role, declared in self.compiled.item.roles.items():
            own = self.labels[role]
            itself = self._label_of_self(role)
            listed = [self.source.of(declared.kind, self._born(one)) for one in own]
            while itself and declared.link:  # until the applicant's own number stands in the place of that label
                others = [self.source.of(declared.kind, self._born(one)) for one in own if one != itself]
                listed = sorted([found[self.compiled.item.acting_role], *others], key=_order)
                if listed[own.index(itself)] == found[self.compiled.item.acting_role]:
                    break
            if declared.many and not any(self._says_birth(one) for one in own):
                listed = sorted(listed, key=_order)
            found |= dict(zip(own, listed, strict=True))
        return found

    def _label_of_self(self, role: str) -> str:
        """Return the label under which the applicant themself is reached too; "" where their rows forbid it."""
        declared = self.compiled.item.roles[role]
        if not declared.many or not declared.link.endswith(".everyone"):
            return ""
        acting = self.compiled.item.acting_role
        own = {register for label, register in self.world.rows if label == acting}
        clear = [one for one in self.labels[role] if not own & {r for label, r in self.world.rows if label == one}]
        return clear[0] if clear else ""

    def _says_birth(self, label: str) -> bool:
        return any("birth_date" in row for row in self.world.rows.get((label, "hukou")) or ())

    def _born(self, label: str) -> date:
        born = [row.get("birth_date") for row in self.world.rows.get((label, "hukou")) or ()]
        return born[0] if born and isinstance(born[0], date) else BORN

    def _lead(
        self, rows: dict[tuple[str, str], tuple[Row, ...] | None], source: str, role: str, placed: Placed
    ) -> None:
        """Make rows of the link's register lead to the people of a role, as far as none does yet."""
        register, node = self.facts.registers[placed.question.register], placed.question.expression
        assert isinstance(node, Linked)
        at, reached = (source, register.register), self.world.counts.get(role, NOT_HELD)
        if rows.get(at, ()) is None or reached < 1:
            return
        listed = [dict(row) for row in rows.get(at) or ()]
        same = _same_column(register, node.link)
        led = {row[name] for row in listed for name in same if row.get(name)}
        missing = [label for label in self.labels[role] if label not in led]
        for label in missing:
            free = next((row for row in listed if not any(row.get(name) for name in same)), None)
            if free is None or (register.rows == "many" and not self._leads_on(placed, register, free)):
                assert register.rows == "many" or not listed, (self.compiled.item.item, self.example.name.en, role)
                free = self._row(placed, register)
                listed.append(free)
            free[node.link] = label
        rows[at] = tuple(listed)

    def _leads_on(self, placed: Placed, register: Register, row: Row) -> bool:
        node = placed.question.expression
        assert isinstance(node, Linked)
        return node.where is None or condition_on(node.where, placed.question, register, row, self.bindings) is True

    def _row(self, placed: Placed, register: Register) -> Row:
        """Return a row of which the link's rule is true, and nothing more."""
        node = placed.question.expression
        assert isinstance(node, Linked)
        named = [] if node.where is None else [part.name for part in walk(node.where) if isinstance(part, Fact)]
        names = list(dict.fromkeys(named))
        for values in product(*(_values(register, name) for name in names)):
            row = dict(zip(names, values, strict=True))
            if self._leads_on(placed, register, row):
                return row
        raise AssertionError(f"no row of {register.register} leads on by {node.link}")

    def _written(self, register: str, listed: tuple[Row, ...]) -> tuple[Row, ...]:
        """Return rows with number and name of whom they lead to, in place of labels."""
        columns = link_columns(self.facts.registers[register])
        found = []
        for row in listed:
            plain: Row = {name: value for name, value in row.items() if name not in columns}
            for name, label in row.items():
                if name in columns and label is not None:
                    number = self.numbers.get(str(label), self.another)
                    field, named = columns[name]
                    plain |= {field: number} | ({named: self.names.get(number, "他人")} if named else {})
            found.append(plain)
        return tuple(found)

    def _typed(self) -> Iterator[tuple[str, str]]:
        for role, declared in self.compiled.item.roles.items():
            if declared.chosen:
                label = next(iter(self.labels[role]), "")
                number = self.numbers.get(label, self.another)
                by_name = declared.kind == "person" and number in self.names and len(self.numbers) % 2 == 1
                yield role, self.names[number] if by_name else number


def _values(register: Register, name: str) -> tuple[Scalar | None, ...]:
    fact = register.facts[name]
    if fact.values:
        return fact.values
    return (True, False) if fact.type is Type.BOOLEAN else (BORN, None) if fact.type is Type.DATE else (None,)


def _same_column(register: Register, link: str) -> list[str]:
    """Return the links that read the same column."""
    column = register.links[link].key.column
    return [name for name, one in register.links.items() if one.key.column == column]


def _order(number: str) -> str:
    return digest(number.encode())
