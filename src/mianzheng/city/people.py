"""Who can be expected to be granted, refused, left undecided: the whole rule of an item over the truth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import msgspec

from mianzheng.city.calendar import same_distance, shanghai_today
from mianzheng.city.engines.columns import quoted
from mianzheng.city.oracle.cast import Cast
from mianzheng.city.oracle.conditions import Condition
from mianzheng.city.oracle.rows import Stated
from mianzheng.city.rulebook import Rulebook, read_rulebook
from mianzheng.city.truth import PEOPLE, TROUBLES, TRUTH
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Condition as Rule
from mianzheng.model.item import Item
from mianzheng.model.scalar import Scalar, Wire, from_wire, to_wire
from mianzheng.rules.expression import Aggregate, Exists, Fact, OverRole
from mianzheng.rules.parse import Where, parse
from mianzheng.rules.tree import walk

Expect = Literal["granted", "refused", "undecided"]
_PARAMETER = re.compile(r"\$(\w+)")
# Who was planted for a trap; who has no key stands among nobody who can apply, and is listed without a name.
_PLANTED = (
    "(SELECT t.subject AS resident, coalesce(q.name, '') AS name, coalesce(q.kind, 'person') AS kind"
    f" FROM {TROUBLES} AS t LEFT JOIN {PEOPLE} AS q ON q.resident = t.subject WHERE t.trap = $trap)"
)
_OF_REGISTERS = (Fact, Aggregate, Exists, OverRole)


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """One resident or body, and what a case of theirs must come to; None where no item was asked about.

    `choose`: for each role that the person chooses, the number with which the outcome holds; another choice of the
    same person is another entry.
    """

    resident: str
    name: str
    expect: Expect | None = None
    choose: dict[str, str] = {}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Residents, and the form values with which what is expected of them holds."""

    people: tuple[Expected, ...]
    form: dict[str, Wire] = {}


def find_people(
    folder: Path,
    item: str,
    expect: Expect | None = None,
    *,
    limit: int | None = None,
    rules: Rulebook | None = None,
    as_of: date | None = None,
    forms: Mapping[str, Wire] | None = None,
    dirty: bool = False,
) -> tuple[Expected, ...]:
    """Return who is to be granted, refused or undecided, as `find`."""
    return find(folder, item, expect, limit=limit, rules=rules, as_of=as_of, forms=forms, dirty=dirty).people


def find(
    folder: Path,
    item: str,
    expect: Expect | None = None,
    *,
    limit: int | None = None,
    rules: Rulebook | None = None,
    as_of: date | None = None,
    forms: Mapping[str, Wire] | None = None,
    trap: str | None = None,
    dirty: bool = False,
) -> Found:
    """Return who is to be granted, refused or undecided on `as_of` (today), without findings of an officer.

    Whoever was planted with dirty rows, or whose chosen one was, may lawfully be left to a person instead: they are
    left out unless `dirty`; of a `trap` its own are listed, with or without a key. The order depends on the numbers
    alone and puts planted and natural people side by side. `rules` are those the city was built with unless given.
    Without `forms` those of the item's examples are tried, a granted one's first, until somebody is found. `NotFound`
    for an unknown item; `WrongUse` when a form value is wrong or the item is not in force that day.
    """
    rules = rules or read_rulebook(folder)
    as_of = as_of or shanghai_today()
    if item not in rules.items:
        raise NotFound(f"no item {item}", hint=f"one of: {', '.join(rules.items)}")
    wanted = rules.items[item]
    tried = [dict(forms)] if forms is not None else example_forms(wanted, as_of, expect)
    found = Found(people=(), form=tried[0])
    with _truth(folder) as connection:
        for form in tried:
            stated = Stated(as_of=as_of, params=rules.params, forms=_typed(wanted, form))
            if trap is None:
                query, parameters = outcomes(wanted, rules.facts, stated)
            else:
                query, parameters = outcomes(wanted, rules.facts, stated, people=f"{_PLANTED} AS p")
                parameters["trap"] = trap
            plain = trap is None and not dirty
            people = _selected(connection, wanted, query, parameters, expect, limit, plain=plain)
            if people:
                return Found(people=people, form=form)
    return found


def everyone(folder: Path, *, limit: int | None = None, trap: str | None = None) -> Found:
    """Return the residents and bodies of the city in `folder`, by number; of a trap those planted for it."""
    source = PEOPLE if trap is None else _PLANTED
    with _truth(folder) as connection:
        sql = f"SELECT resident, name FROM {source} ORDER BY resident{_limited(limit)}"
        rows = connection.execute(sql, {} if trap is None else {"trap": trap}).fetchall()
    return Found(people=tuple(Expected(resident=number, name=name) for number, name in rows))


def _selected(
    connection: duckdb.DuckDBPyConnection,
    item: Item,
    query: str,
    parameters: Mapping[str, Scalar | None],
    expect: Expect | None,
    limit: int | None,
    *,
    plain: bool,
) -> tuple[Expected, ...]:
    """Return the rows of the query; `plain`: those alone in whom no dirty rows were planted."""
    roles = [name for name, role in item.roles.items() if role.chosen]
    order = ", ".join(["md5(resident)", "resident", *map(_chosen, roles)])
    asked = [] if expect is None else ["expect = $asked"]
    if plain:
        asked += [f"{one} NOT IN (SELECT subject FROM {TROUBLES})" for one in ("resident", *map(_chosen, roles))]
    where = f" WHERE {' AND '.join(asked)}" if asked else ""
    sql = f"SELECT * FROM ({query}){where} ORDER BY {order}{_limited(limit)}"
    bound = dict(parameters) if expect is None else {**parameters, "asked": expect}
    return tuple(
        Expected(resident=number, name=name, expect=found, choose=dict(zip(roles, chosen, strict=True)))
        for number, name, found, *chosen in connection.execute(sql, bound).fetchall()
    )


def _chosen(role: str) -> str:
    return quoted(f"choose {role}")


def outcomes(
    item: Item, facts: FactCatalogue, stated: Stated, *, people: str = f"{PEOPLE} AS p"
) -> tuple[str, dict[str, Scalar | None]]:
    """Return the query (resident, name, expect) over a database of truth, and its parameters.

    `people`: the table, called `p`, of those who may apply (resident, name, kind).
    Granted when all conditions in force are true and what the outcome computes from registers has a value,
    refused when a condition is false, else undecided.
    """
    as_of = stated.as_of
    if as_of < item.effective or (item.until is not None and as_of >= item.until):
        raise WrongUse(f"{item.item} is not in force on {as_of}", hint="choose another day with --today")
    cast = Cast(item, facts, people)
    links = Condition(cast, stated, scope="here")
    cast.seat(links.leads, links.visible)
    conditions = [
        Condition(cast, stated, scope=condition.scope).truth(
            parse(condition.rule, Where(f"{item.item}.{condition.id}", 1, 1))
        )
        for condition in item.conditions
        if _in_force(condition, as_of)
    ]
    refused = " OR ".join(f"{condition} IS FALSE" for condition in conditions) or "FALSE"
    known = [f"{sql} IS NOT NULL" for sql in _computed(item, cast, stated)]
    granted = " AND ".join([*(f"{condition} IS TRUE" for condition in conditions), *known]) or "TRUE"
    outcome = f"CASE WHEN {refused} THEN 'refused' WHEN {granted} THEN 'granted' ELSE 'undecided' END"
    kind = cast.acting.bind(item.roles[item.acting_role].kind)
    chosen = ", ".join(f"{sql} AS {_chosen(role)}" for role, sql in cast.chosen.items())
    columns = f"p.resident, p.name, {outcome} AS expect{', ' if chosen else ''}{chosen}"
    query = f"SELECT {columns} {cast.source} WHERE p.kind = {kind}"
    used = set(_PARAMETER.findall(query))  # why a computed value is missing is bound, but not asked
    return query, {name: value for name, value in cast.acting.parameters.items() if name in used}


def _computed(item: Item, cast: Cast, stated: Stated) -> list[str]:
    """Return the SQL of the amount, and of each claim that speaks of a register."""
    written = {} if item.outcome.pay is None else {"amount": item.outcome.pay.amount}
    rules = {
        name: parse(text, Where(f"{item.item}.{name}", 1, 1)) for name, text in (written | item.outcome.claims).items()
    }
    return [
        Condition(cast, stated, scope=item.outcome.scope).term(node).sql
        for name, node in rules.items()
        if name in written or any(isinstance(part, _OF_REGISTERS) for part in walk(node))
    ]


def _in_force(condition: Rule, as_of: date) -> bool:
    begun = condition.effective is None or condition.effective <= as_of
    return begun and (condition.until is None or as_of < condition.until)


def example_forms(item: Item, as_of: date, expect: str | None = None) -> list[dict[str, Wire]]:
    """Return the form values that the item's examples state, each once, dates moved to `as_of`.

    Those of the granted examples first, then those of what is expected.
    """
    order = {"granted": 0, expect: 1}
    found: list[dict[str, Wire]] = []
    for example in sorted(item.examples, key=lambda example: order.get(example.expect, 2)):
        values = {name: wire for name, wire in example.form.items() if wire is not None}
        moved = {name: _moved(item, name, wire, example.as_of, as_of) for name, wire in values.items()}
        if moved not in found:
            found.append(moved)
    return found or [{}]


def _moved(item: Item, name: str, wire: Wire, origin: date, target: date) -> Wire:
    value = from_wire(item.form[name].type, wire)
    return to_wire(same_distance(value, origin=origin, target=target) if isinstance(value, date) else value)


def _typed(item: Item, forms: Mapping[str, Wire]) -> dict[str, Scalar]:
    unknown = [name for name in forms if name not in item.form]
    if unknown:
        known = ", ".join(item.form) or "none"
        raise WrongUse(f"{item.item} has no form field {unknown[0]}", hint=f"its fields: {known}")
    return {name: from_wire(item.form[name].type, wire) for name, wire in forms.items()}


def _truth(folder: Path) -> duckdb.DuckDBPyConnection:
    path = folder / TRUTH
    if not path.is_file():
        raise NotFound(f"no city in {folder}", hint="build one with `mianzheng city build --into DIR`")
    return duckdb.connect(str(path), read_only=True)


def _limited(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {int(limit)}"
