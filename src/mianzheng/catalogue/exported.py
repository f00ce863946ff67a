"""The catalogue as one JSON document for other systems, of a published shape (docs/catalogue.schema.json).

Items stand as they are in the packs, with what follows from them beside: codes, digest, conditions in words. How a
register's table is called and mapped stays with its department.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.publication import item_digest
from mianzheng.model.facts import Absence, Department, Fact, FactCatalogue, Link, Register, Sensitivity
from mianzheng.model.guide import Happening
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.item_codes import implementing_code
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.rule_words import RuleWords, amount_words

FORMAT: Literal["mianzheng-catalogue/1"] = "mianzheng-catalogue/1"
SCHEMA_ID = "urn:mianzheng:catalogue:1"


class ExportedLink(msgspec.Struct, frozen=True, kw_only=True):
    """How a register's rows lead to others, without the columns in which they do."""

    label: Text
    to: Literal["person", "enterprise", "property"]
    where: str
    kind: str
    most: int
    sensitivity: Sensitivity


class ExportedRegister(msgspec.Struct, frozen=True, kw_only=True):
    """A register as it may be asked: its facts, and what a missing row means."""

    register: str
    name: Text
    department: str
    key: Literal["person", "enterprise", "property"]
    rows: Literal["one", "many"]
    absence: Absence
    rhythm: Text
    mark_hours: int
    deadline_hours: int
    facts: dict[str, Fact]
    links: dict[str, ExportedLink]


class ExportedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item version, and what follows from it. `conditions`: what each demands, in words, by its id."""

    implementing_code: str  # 实施编码, 31 places
    digest: str
    conditions: dict[str, Text]
    amount: Text | None
    item: Item


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The whole catalogue."""

    format: Literal["mianzheng-catalogue/1"]
    departments: tuple[Department, ...]
    registers: tuple[ExportedRegister, ...]
    params: tuple[ParamTable, ...]
    happenings: tuple[Happening, ...]
    items: tuple[ExportedItem, ...]


def exported(catalogue: Catalogue) -> Exported:
    """Return the catalogue as it is exported."""
    facts = catalogue.facts
    return Exported(
        format=FORMAT,
        departments=tuple(facts.departments.values()),
        registers=tuple(_register(one) for one in facts.registers.values()),
        params=tuple(catalogue.params.values()),
        happenings=catalogue.guide.happenings,
        items=tuple(_item(one, facts) for one in catalogue.items),
    )


def json_of(catalogue: Catalogue) -> bytes:
    """Return the document, indented, with a line feed at its end."""
    return msgspec.json.format(msgspec.json.encode(exported(catalogue)), indent=1) + b"\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    found: dict[str, Any] = msgspec.json.schema(Exported)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return head | {"title": "A catalogue of mianzheng"} | found


def _item(compiled: CompiledItem, facts: FactCatalogue) -> ExportedItem:
    item, words = compiled.item, RuleWords(compiled, facts)
    return ExportedItem(
        implementing_code=implementing_code(facts.departments[item.department].uscc, item.code),
        digest=item_digest(compiled, facts),
        conditions={one.condition.id: words.rule(one.residual) for one in compiled.conditions},
        amount=amount_words(compiled, facts),
        item=item,
    )


def _register(register: Register) -> ExportedRegister:
    return ExportedRegister(
        register=register.register,
        name=register.name,
        department=register.department,
        key=register.key,
        rows=register.rows,
        absence=register.absence,
        rhythm=register.rhythm,
        mark_hours=register.mark_hours,
        deadline_hours=register.deadline_hours,
        facts=register.facts,
        links={name: _link(link) for name, link in register.links.items()},
    )


def _link(link: Link) -> ExportedLink:
    return ExportedLink(
        label=link.label,
        to=link.to,
        where=link.where,
        kind=link.kind,
        most=link.most,
        sensitivity=link.sensitivity,
    )
