"""What an example gives, read into rows: each name and value checked against the fact catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.people import counts_of, label_of, labels
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.visible import Visibility
from mianzheng.catalogue.world import ANOTHER, At, Cell, Row, World, open_cells
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import Fact, FactCatalogue, Register, Type
from mianzheng.model.item import Example, Item, ParamTable, base_of
from mianzheng.model.scalar import BadScalar, Scalar, Wire, from_wire
from mianzheng.rules import expression
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.tree import walk

FIRST_YEAR, LAST_YEAR = 1949, 2200


def world_of(
    compiled: CompiledItem,
    facts: FactCatalogue,
    example: Example,
    path: Path,
    found: Findings,
    visible: Mapping[str, Visibility],
    read_facts: Mapping[At, frozenset[str]] | None = None,
) -> World | None:
    """Return the world of `example`, or None after adding a fault for each thing wrong in what it gives.

    `read_facts`: what `facts_read` says of the item, where the caller has it.
    """
    before = len(found.faults)
    counts = counts_of(compiled.item, example, path, found)
    reader = _Reader(compiled, facts, path, found)
    reader.check_words(example)
    rows = reader.rows(example)
    if len(found.faults) > before:
        return None
    people = labels(compiled.item, counts)
    of_roles = facts_read(compiled) if read_facts is None else read_facts
    read = {(label, name): names for (role, name), names in of_roles.items() for label in people[role]}
    cells: list[Cell] = []
    for at, asked in read.items():
        register = facts.registers[at[1]]
        names = asked | (visible[at[1]].read if at[1] in visible else frozenset())
        if at not in rows:
            cells += [Cell(*at, 0, ""), *open_cells(at, ({},), register, names)]
        else:
            cells += open_cells(at, rows[at] or (), register, names)
    unsaid = tuple(role for role in compiled.links if role not in counts)
    return World(rows=rows, open=tuple(cells), counts=counts, unsaid=unsaid)


def facts_read(compiled: CompiledItem) -> dict[At, frozenset[str]]:
    """Return the facts, and the links compared with a role, that the item's questions name, by (role, register)."""
    found: dict[At, frozenset[str]] = {}
    for placed in (*compiled.operands.values(), *compiled.questions.values()):
        at, nodes = (placed.role, placed.question.register), list(walk(placed.question.expression))
        names = {node.name for node in nodes if isinstance(node, expression.Fact)}
        names |= {node.link for node in nodes if isinstance(node, expression.Reaches)}
        found[at] = found.get(at, frozenset()) | names
    return found


def literals_of(compiled: CompiledItem, params: Mapping[str, ParamTable]) -> tuple[Scalar, ...]:
    """Return every literal of the item's questions, and every value of the figures they name."""
    found: dict[Scalar, None] = {}
    for placed in (*compiled.operands.values(), *compiled.questions.values()):
        for node in walk(placed.question.expression):
            if isinstance(node, expression.Literal_):
                found[node.value] = None
            elif isinstance(node, expression.Param) and node.name in params:
                table = params[node.name]
                found.update(dict.fromkeys(from_wire(table.type, entry.value) for entry in table.values))
    return tuple(found)


class _Reader:
    def __init__(self, compiled: CompiledItem, facts: FactCatalogue, path: Path, found: Findings) -> None:
        self.item: Item = compiled.item
        self.facts = facts
        self.path = path
        self.found = found

    def check_words(self, example: Example) -> None:
        """Check form values, findings, condition ids and the date of the example."""
        for name, field in self.item.form.items():
            if field.required and example.form.get(name) is None:
                message = f"form.{name} is required and not given"
                self._at("expect", code="example-form", message=message, hint=f"form: {{{name}: …}}")
        fields = {name: (field.type, field.values) for name, field in self.item.form.items()}
        self._check_stated("form", example.form, fields)
        self._check_stated("findings", example.findings, {n: (f.type, ()) for n, f in self.item.findings.items()})
        conditions = [condition.id for condition in self.item.conditions]
        opens = conditions + [f"claims.{name}" for name in self.item.outcome.claims]  # left uncomputed, it is open too
        for words, names, known in (("reasons", example.reasons, conditions), ("undecided", example.undecided, opens)):
            for number, stated in enumerate(names):
                if stated not in known:
                    hint = did_you_mean(stated, known)
                    self._at(words, number, code="example-condition", message=f"no condition {stated}", hint=hint)
        if not FIRST_YEAR <= example.as_of.year <= LAST_YEAR:
            message, hint = f"{example.as_of} is not a day of any case", f"a day from {FIRST_YEAR} to {LAST_YEAR}"
            self._at("as_of", code="example-date", message=message, hint=hint)
        elif example.as_of < self.item.effective or (self.item.until and example.as_of >= self.item.until):
            hint = f"a day from {self.item.effective} on" + (f", before {self.item.until}" if self.item.until else "")
            self._at("as_of", code="example-date", message=f"the item is not in force on {example.as_of}", hint=hint)
        if example.amount is not None and not example.amount.is_finite():
            self._at("amount", code="bad-value", message="the amount is no number", hint='in quotes: "300.00"')

    def rows(self, example: Example) -> dict[At, tuple[Row, ...] | None]:
        """Return the rows given, by (role, register); None for a register that does not answer."""
        found: dict[At, tuple[Row, ...] | None] = {}
        for name, wire in example.given.items():
            self._read_given(name, wire, found)
        for name, rows in example.rows.items():
            self._read_rows(name, rows, found)
        for field, names in (("absent", example.absent), ("unavailable", example.unavailable)):
            for number, name in enumerate(names):
                at = self._place(name, (field, number))
                if at is not None and at in found:
                    message = f"{name} has rows and is {field}"
                    self._at(field, number, code="example-twice", message=message, hint="leave one of them out")
                elif at is not None:
                    found[at] = () if field == "absent" else None
        return found

    def _read_given(self, name: str, wire: Wire | None, found: dict[At, tuple[Row, ...] | None]) -> None:
        place, _, fact = name.rpartition(".")
        at = self._place(place, ("given", name))
        if at is None:
            return
        register = self.facts.registers[at[1]]
        if register.rows == "many":
            hint = f"write it under rows: {{{place}: [...]}}"
            self._at("given", name, code="example-rows", message=f"{register.register} has many rows", hint=hint)
            return
        row = dict((found.get(at) or ({},))[0])
        row[fact] = self._value(register, fact, wire, ("given", name))
        found[at] = (row,)

    def _read_rows(
        self, name: str, rows: tuple[dict[str, Wire | None], ...], found: dict[At, tuple[Row, ...] | None]
    ) -> None:
        at = self._place(name, ("rows", name))
        if at is None:
            return
        register = self.facts.registers[at[1]]
        if register.rows == "one" and len(rows) > 1:
            message = f"{register.register} has one row a subject"
            self._at("rows", name, code="example-rows", message=message, hint=f"under given: {{{name}.fact: …}}")
        if at in found:
            message = f"{name} stands in given and in rows"
            self._at("rows", name, code="example-twice", message=message, hint="leave one of them out")
        found[at] = tuple(
            {fact: self._value(register, fact, wire, ("rows", name, number, fact)) for fact, wire in row.items()}
            for number, row in enumerate(rows)
        )

    def _place(self, name: str, where: Path) -> At | None:
        role, _, register = name.partition(".")
        label = label_of(self.item, role)
        if label is None:
            self._no_role(role, where)
        elif register not in self.facts.registers:
            hint = did_you_mean(register, self.facts.registers)
            self._at(*where, code="unknown-register", message=f"no register {register}", hint=hint)
        else:
            return label, register
        return None

    def _no_role(self, role: str, where: Path) -> None:
        base = base_of(role)
        declared = self.item.roles.get(base)
        if declared is None:
            hint = did_you_mean(role, self.item.roles)
            self._at(*where, code="example-role", message=f"the item has no role {role}", hint=hint)
            return
        several = f"write {base}#1, {base}#2 …" if declared.many else f"write {base}"
        message = f"{base} is {'many people' if declared.many else 'one person'}"
        self._at(*where, code="example-role", message=message, hint=several)

    def _value(self, register: Register, name: str, wire: Wire | None, where: Path) -> Scalar | None:
        fact = register.facts.get(name)
        if fact is None and name in register.links:
            return self._led(name, wire, where)
        if fact is None:
            hint = did_you_mean(name, register.facts)
            self._at(*where, code="unknown-fact", message=f"{register.register} has no fact {name}", hint=hint)
            return None
        if fact.derive is not None:
            message = f"{name} is derived, not stored"
            self._at(*where, code="example-derived", message=message, hint="give the facts it follows from")
            return None
        return self._typed(name, fact, wire, where)

    def _led(self, name: str, wire: Wire | None, where: Path) -> str | None:
        """Return the label of whom a row leads to; a text that names no role is somebody else."""
        if wire is None:
            return None
        label = label_of(self.item, wire) if isinstance(wire, str) else None
        if label is None and wire != ANOTHER:
            known = [*self.item.roles, ANOTHER]
            hint = did_you_mean(str(wire), known)
            self._at(*where, code="example-role", message=f"{name} leads to a role, {wire} is none", hint=hint)
        return label or ANOTHER

    def _typed(self, name: str, fact: Fact, wire: Wire | None, where: Path) -> Scalar | None:
        return None if wire is None else self._read(name, fact.type, fact.values, wire, where)

    def _check_stated(
        self, field: str, given: Mapping[str, Wire | None], known: Mapping[str, tuple[Type, tuple[str, ...]]]
    ) -> None:
        for name, wire in given.items():
            if name not in known:
                hint = did_you_mean(name, known)
                self._at(field, name, code="example-name", message=f"the item has no {field}.{name}", hint=hint)
            elif wire is not None:
                self._read(name, *known[name], wire, (field, name))

    def _read(self, name: str, type_: Type, values: tuple[str, ...], wire: Wire, where: Path) -> Scalar | None:
        try:
            value = from_wire(type_, wire)
        except BadScalar as error:
            self._at(*where, code="bad-value", message=f"{name}: {error.message}", hint=error.hint)
            return None
        if values and value not in values:
            message = f"{value} is no value of {name}"
            self._at(*where, code="bad-value", message=message, hint=did_you_mean(str(value), values))
        return value

    def _at(self, *inner: str | int, code: str, message: str, hint: str) -> None:
        self.found.at((*self.path, *inner), code, message, hint)
