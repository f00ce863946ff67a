"""A packs tree read whole: every fault at once, with file, line and column.

1. Each file is read, fitted to its struct, and checked by itself.
2. Departments and registers become the fact catalogue; ids must be equal to file names.
   The city's own two files become the guide.
3. Items are compiled against it. An item that speaks of a register with faults waits for it:
   its own faults would only repeat the register's. Of a part of the tree only its own items are read.
4. With `Reasoning` at hand, each item is proved by its examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from mianzheng.catalogue.alike import written_out
from mianzheng.catalogue.codes import check_codes, check_departments
from mianzheng.catalogue.compiled import Probed, check_compiled, compile_one, registers_asked
from mianzheng.catalogue.examples import Reasoning, Stage, check_examples
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.guide import check_contacts, check_happenings, guide_of
from mianzheng.catalogue.items import check_item
from mianzheng.catalogue.links import check_one_relation
from mianzheng.catalogue.params import check_param
from mianzheng.catalogue.population import check_population
from mianzheng.catalogue.registers import check_register, check_rules
from mianzheng.catalogue.sameness import check_variants
from mianzheng.catalogue.shape import did_you_mean, fit
from mianzheng.catalogue.side_by_side import side_by_side
from mianzheng.catalogue.thrift import check_idle
from mianzheng.catalogue.tree import Kind, PackFile, survey
from mianzheng.catalogue.visible import visibilities
from mianzheng.catalogue.yaml import Document, read
from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Department, FactCatalogue, Register
from mianzheng.model.guide import Contacts, Guide, Happenings
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.population import Population
from mianzheng.model.text import Fault
from mianzheng.rules.compile import CompiledItem

T = TypeVar("T", Department, Register, Item, ParamTable, Population, Happenings, Contacts)
_OWNER = {"register": "department", "item": "department", "param": "owner"}


class PackFaults(MianzhengError):
    """A packs tree has faults; `faults` holds all of them."""

    code = "pack-faults"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}", hint="`mianzheng catalogue check` lists them all" if more else "")
        self.faults = faults


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All that the packs hold, ready to be asked and decided by."""

    facts: FactCatalogue
    items: tuple[CompiledItem, ...]
    params: dict[str, ParamTable]
    guide: Guide = Guide()
    population: dict[str, Population] = {}

    def item(self, name: str) -> CompiledItem | None:
        """Return the item of that id, or None."""
        return next((compiled for compiled in self.items if compiled.item.item == name), None)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The sound part of a packs tree, and every fault of the rest, in the order of the files."""

    catalogue: Catalogue
    faults: tuple[Fault, ...]
    documents: dict[tuple[str, str], Document] = {}  # of items and registers, by (kind, id)


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file: faults of its form, its document and findings as far as it was read, its value."""

    unread: tuple[Fault, ...]
    found: Findings | None = None
    value: object = None


class _Loaded(msgspec.Struct, Generic[T], kw_only=True):
    file: PackFile
    value: T
    found: Findings


_Owned = _Loaded[Register] | _Loaded[ParamTable] | _Loaded[Item]


def load(root: Path) -> Catalogue:
    """Return the catalogue of a packs tree; `PackFaults` with every fault when it has any."""
    checked = check(root)
    if checked.faults:
        raise PackFaults(checked.faults)
    return checked.catalogue


def check(root: Path, *, reasoning: Reasoning | None = None, within: Path | None = None, processes: int = 1) -> Checked:
    """Return what is sound in a packs tree, and every fault; examples are run where `reasoning` is given.

    `within`, a folder or file of the tree: only its items are compiled, with the facts and figures of the whole tree,
    and only its faults are told. An item of it that waits for a register or figure with faults is a fault then.
    `processes`: in how many the items are read and proved; more than one only where no thread runs.
    """
    files, faults = survey(root)
    reading = _Reading(files, within, processes)
    catalogue = reading.catalogue(reasoning)
    found = {fault for fault in (*faults, *reading.faults()) if _lies_in(Path(fault.file), within)}
    in_order = sorted(found, key=lambda fault: (fault.file, fault.line, fault.column, fault.code))
    return Checked(catalogue=catalogue, faults=tuple(in_order), documents=reading.documents)


def compile_file(path: Path, root: Path) -> tuple[CompiledItem, FactCatalogue]:
    """Return one item file, in or outside the tree, compiled against the facts of `root`, and those facts.

    `PackFaults` holds the faults of the file, and of the tree around it, which may be their cause.
    """
    files, faults = survey(root)
    around = _Reading(tuple(file for file in files if file.kind in ("department", "register", "param")))
    catalogue = around.catalogue(None)
    reading = _Reading((PackFile(kind="item", department=path.parent.name, id=path.stem, path=path),))
    compiled = reading.alone(catalogue.facts, catalogue.params)
    if compiled is None:
        raise PackFaults(tuple(dict.fromkeys((*reading.faults(), *faults, *around.faults()))))
    return compiled, catalogue.facts


class _Reading:
    """One reading of a tree, or of the items `within` a part of it: what was loaded, and the faults found so far."""

    def __init__(self, files: tuple[PackFile, ...], within: Path | None = None, processes: int = 1) -> None:
        self.files = files
        self.within = within
        self.processes = processes
        self.firsts = {(file.kind, file.id): file.path for file in reversed(files)}
        self.probed: Probed = {}
        self.documents: dict[tuple[str, str], Document] = {}
        self.unread: list[Fault] = []
        self.findings: list[Findings] = []

    def catalogue(self, reasoning: Reasoning | None) -> Catalogue:
        """Return the sound part of the tree."""
        departments = self._load("department", Department)
        registers = self._load("register", Register)
        tables = self._load("param", ParamTable)
        populations = self._load("population", Population)
        items = self._items()
        self._check_owners(departments, [*registers, *tables, *items])
        for loaded in registers:
            check_register(loaded.value, loaded.found)
        check_one_relation((loaded.value, loaded.found) for loaded in registers)
        for table in tables:
            check_param(table.value, table.found)
        for population in populations:
            check_population(population.value, {one.file.id: one.value for one in registers}, population.found)
        params = {loaded.file.id: loaded.value for loaded in tables}
        facts = FactCatalogue(
            departments={loaded.file.id: loaded.value for loaded in departments},
            registers={loaded.file.id: loaded.value for loaded in registers},
            figures={name: table.label for name, table in params.items()},
        )
        check_departments((loaded.value, loaded.found) for loaded in departments)
        check_codes(((loaded.value, loaded.found) for loaded in items), facts)
        for register in registers:
            if register.value.register == register.file.id:  # else every name in its rules is a fault
                check_rules(register.value, facts, params, register.found)
        lame = self._lame("register", registers) | self._lame("param", tables)
        compiled = self._compiled(items, lambda loaded: self._item(loaded, facts, params, lame, reasoning))
        sound = [(one, found) for one, found in compiled if one is not None]
        check_variants(sound, facts)
        return Catalogue(
            facts=facts,
            params=params,
            items=tuple(one for one, _ in sound),
            guide=self._guide(loaded.value for loaded in items),
            population={loaded.file.id: loaded.value for loaded in populations},
        )

    def _items(self) -> list[_Loaded[Item]]:
        """Return the items of the part read; all of them where its happenings name what items replace."""
        told_of = any(file.kind == "happenings" and _lies_in(file.path, self.within) for file in self.files)
        within = None if told_of else self.within
        return self._load("item", Item, within)

    def _guide(self, items: Iterable[Item]) -> Guide:
        happenings = self._city("happenings", Happenings)
        contacts = self._city("contacts", Contacts)
        if happenings is not None:
            names = [file.id for file in self.files if file.kind == "item"]
            papers = {paper for item in items for paper in item.replaces}
            check_happenings(happenings.value, names, papers, happenings.found)
        if contacts is not None:
            departments = [file.id for file in self.files if file.kind == "department"]
            check_contacts(contacts.value, departments, contacts.found)
        return guide_of(happenings.value if happenings else None, contacts.value if contacts else None)

    def _city(self, kind: Kind, struct: type[T]) -> _Loaded[T] | None:
        """Return the city's own file of a kind; None where there is none, or it cannot be read."""
        return next(
            (self._file(file, struct) for file in self.files if file.kind == kind and _lies_in(file.path, self.within)),
            None,
        )

    def alone(self, facts: FactCatalogue, params: dict[str, ParamTable]) -> CompiledItem | None:
        """Return the only file of the reading, an item, compiled; None when it has faults."""
        loaded = self._file(self.files[0], Item)
        return None if loaded is None else compile_one(loaded.value, facts, params, loaded.found)

    def faults(self) -> list[Fault]:
        """Return every fault found."""
        return [*self.unread, *(fault for found in self.findings for fault in found.faults)]

    def _load(self, kind: Kind, struct: type[T], within: Path | None = None) -> list[_Loaded[T]]:
        found: dict[str, _Loaded[T]] = {}
        files = [file for file in self.files if file.kind == kind and _lies_in(file.path, within)]
        for file, one in zip(files, side_by_side(lambda file: _read(file, struct), files, self.processes), strict=True):
            loaded = self._taken(file, one, struct)
            if loaded is not None:
                self._check_id(loaded)
                found.setdefault(file.id, loaded)
        return list(found.values())

    def _file(self, file: PackFile, struct: type[T]) -> _Loaded[T] | None:
        return self._taken(file, _read(file, struct), struct)

    def _taken(self, file: PackFile, one: _Read, struct: type[T]) -> _Loaded[T] | None:
        """Take over what was read of a file."""
        self.unread += one.unread
        if one.found is None:
            return None
        self.findings.append(one.found)
        self.documents.setdefault((file.kind, file.id), one.found.document)
        return _Loaded(file=file, value=one.value, found=one.found) if isinstance(one.value, struct) else None

    def _compiled(
        self, items: list[_Loaded[Item]], compiled: Callable[[_Loaded[Item]], CompiledItem | None]
    ) -> list[tuple[CompiledItem | None, Findings]]:
        """Return each item compiled, None for one with faults, which its findings hold then."""

        def one(loaded: _Loaded[Item]) -> tuple[CompiledItem | None, list[Fault]]:
            return compiled(loaded), loaded.found.faults

        made = side_by_side(one, items, self.processes)
        for loaded, (_, faults) in zip(items, made, strict=True):
            loaded.found.faults = faults
        return [(found, loaded.found) for loaded, (found, _) in zip(items, made, strict=True)]

    def _check_id(self, loaded: _Loaded[T]) -> None:
        kind, name = loaded.file.kind, loaded.file.id
        stated = getattr(loaded.value, kind)
        if stated != name:
            loaded.found.at((kind,), "id-differs", f"the file is called {name}, the {kind} {stated}", "make them equal")
        other = self.firsts[kind, name]
        if other != loaded.file.path:
            loaded.found.at((kind,), "id-twice", f"{kind} {name} stands in {other} too", "ids are unique in the tree")

    def _check_owners(self, departments: Iterable[_Loaded[Department]], owned: Iterable[_Owned]) -> None:
        known = {loaded.file.id for loaded in departments}
        in_tree = {file.department for file in self.files if file.kind == "department"}
        for loaded in owned:
            field = _OWNER[loaded.file.kind]
            stated = getattr(loaded.value, field)
            if stated not in known | in_tree:
                hint = did_you_mean(stated, sorted(known))
                loaded.found.at((field,), "unknown-department", f"no department {stated}", hint)
            elif stated != loaded.file.department:
                message = f"{stated} does not own the folder {loaded.file.department}"
                loaded.found.at((field,), "owner-differs", message, f"move the file to {stated}")

    def _lame(self, kind: Kind, sound: Iterable[_Loaded[T]]) -> frozenset[str]:
        whole = {loaded.file.id for loaded in sound if not loaded.found.faults}
        return frozenset(file.id for file in self.files if file.kind == kind) - whole

    def _item(
        self,
        loaded: _Loaded[Item],
        facts: FactCatalogue,
        params: dict[str, ParamTable],
        lame: frozenset[str],
        reasoning: Reasoning | None,
    ) -> CompiledItem | None:
        item, found = loaded.value, loaded.found
        if not _lies_in(loaded.file.path, self.within):
            return None
        if waits_for := _speaks_of(item, lame):
            if self.within is not None:
                message = f"the item waits for {waits_for}, which has faults"
                found.at(("item",), "item-waits", message, "check the folder that it lies in")
            return None
        check_item(item, facts, found)
        compiled = compile_one(item, facts, params, found)
        if compiled is None:
            return None
        check_compiled(compiled, facts, found, self.probed)
        if not found.faults:
            check_idle(compiled, params, found)
        if reasoning is not None and not found.faults:
            visible = visibilities(registers_asked(compiled, facts))
            stage = Stage(compiled=compiled, facts=facts, params=params, visible=visible, reasoning=reasoning)
            check_examples(stage, found)
        return None if found.faults else compiled


def _read(file: PackFile, struct: type[msgspec.Struct]) -> _Read:
    try:
        text = file.path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return _Read(unread=(_at_start(file, "encoding", "the file is not UTF-8", "save it as UTF-8"),))
    document, faults = read(text, str(file.path))
    if document is None:
        return _Read(unread=faults)
    found = Findings(document)
    if struct is Item:
        document = written_out(document, found)
    value, misfits = fit(document, struct)
    found.document = msgspec.structs.replace(document, value=None)  # only places are looked up from here on
    return _Read(unread=(*faults, *misfits), found=found, value=value)


def _speaks_of(item: Item, names: frozenset[str]) -> str:
    """Return the first of the registers and figures named that an item speaks of; "" for none."""
    if not names:
        return ""
    text = msgspec.json.encode(item).decode("utf-8")
    found = re.search(rf"\.({'|'.join(sorted(names))})\b", text)
    return found.group(1) if found else ""


def _lies_in(path: Path, within: Path | None) -> bool:
    return within is None or path.resolve().is_relative_to(within.resolve())


def _at_start(file: PackFile, code: str, message: str, hint: str) -> Fault:
    return Fault(file=str(file.path), line=1, column=1, code=code, message=message, hint=hint)
