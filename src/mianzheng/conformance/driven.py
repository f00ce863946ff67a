"""Several cases in one query: what differs between them, by the names under which the oracle asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from mianzheng.city.rulebook import Rulebook
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Type
from mianzheng.model.item import Item
from mianzheng.model.scalar import Scalar, Wire, from_wire

_FIGURE = re.compile(r"params\.(\w+)")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What one case of a query states: its day, form values, findings; `who`: only this one's case, "" everyone's."""

    as_of: date
    form: dict[str, Wire]
    findings: dict[str, Wire]
    who: str = ""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of the table that drives a query: their `names`, the `sql` of each by what it stands for, `rows`."""

    names: tuple[str, ...]
    sql: dict[str, str]
    rows: tuple[tuple[tuple[Type, Scalar | None], ...], ...]


def columns_of(rules: Rulebook, item: Item, cases: Sequence[Given]) -> Columns:
    """Return what is not the same in all cases: `today`, `params.x`, `form.x`, `finding.x`; all have a type."""
    stated = [dict(_stated(rules, item, case)) for case in cases]
    varying = [name for name in stated[0] if any(one[name] != stated[0][name] for one in stated)]
    names = tuple(f"w{place}" for place in range(len(varying)))
    return Columns(
        names=names,
        sql={stands: f"s.{name}" for stands, name in zip(varying, names, strict=True)},
        rows=tuple(tuple(one[name] for name in varying) for one in stated),
    )


def _stated(rules: Rulebook, item: Item, case: Given) -> Iterator[tuple[str, tuple[Type, Scalar | None]]]:
    yield "today", (Type.DATE, case.as_of)
    for name, field in item.form.items():
        wire = case.form.get(name)
        yield f"form.{name}", (field.type, None if wire is None else from_wire(field.type, wire))
    for name, finding in item.findings.items():
        wire = case.findings.get(name)
        yield f"finding.{name}", (finding.type, None if wire is None else from_wire(finding.type, wire))
    for name in sorted(set(_FIGURE.findall(msgspec.json.encode(item).decode("utf-8")))):
        yield f"params.{name}", _figure(rules, name, case.as_of)


def _figure(rules: Rulebook, name: str, as_of: date) -> tuple[Type, Scalar | None]:
    table = rules.params.get(name)
    in_force = [row for row in table.values if row.effective <= as_of] if table is not None else []
    if table is None or not in_force:
        raise WrongUse(f"params.{name} has no value on {as_of}", hint="its owner must give one")
    return table.type, from_wire(table.type, max(in_force, key=lambda row: row.effective).value)
