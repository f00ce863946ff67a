"""Who must be granted, refused, left undecided: the whole rule of an item over `truth.duckdb`, condition by condition.

The SQL is the oracle's (`city/oracle`), which shares the parser with the product and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from mianzheng.city.calendar import same_distance
from mianzheng.city.oracle.cast import Cast, people_of
from mianzheng.city.oracle.conditions import Condition
from mianzheng.city.oracle.rows import Stated
from mianzheng.city.oracle.terms import Term
from mianzheng.city.rulebook import Rulebook
from mianzheng.city.truth import TROUBLES
from mianzheng.conformance.wanted import Wanted
from mianzheng.model.facts import Type
from mianzheng.model.item import Condition as Rule
from mianzheng.model.item import Item
from mianzheng.model.scalar import Wire, from_wire, to_wire
from mianzheng.rules.expression import Node
from mianzheng.rules.parse import Where, parse

Given = tuple[dict[str, Wire], dict[str, Wire]]  # form values and findings that belong together
_PARAMETER = re.compile(r"\$(\w+)")
_OF_EACH_KIND = 3  # people with the same conditions true, false and unknown


def people_for(
    connection: duckdb.DuckDBPyConnection, rules: Rulebook, item: Item, as_of: date, *, salt: str
) -> Iterator[Wanted]:
    """Yield residents and bodies for every mixture of true, false and unknown conditions that the city holds.

    Form values and findings are those of the item's examples, each tried in turn; `salt` chooses among equals.
    """
    for form, findings in given_by_examples(item, as_of):
        yield from Asking(rules, item, as_of, form, findings).people(connection, salt)


def given_by_examples(item: Item, as_of: date) -> list[Given]:
    """Return form values and findings as the item's examples state them, each pair once, dates moved to `as_of`."""
    order = {"granted": 0, "refused": 1, "undecided": 2}
    found: list[Given] = []
    for example in sorted(item.examples, key=lambda example: order[example.expect]):
        form = _moved({name: item.form[name].type for name in example.form}, example.form, example.as_of, as_of)
        types = {name: item.findings[name].type for name in example.findings}
        given = form, _moved(types, example.findings, example.as_of, as_of)
        if given not in found:
            found.append(given)
    return found or [({}, {})]


def in_force(rule: Rule, as_of: date) -> bool:
    """Return whether a condition is examined for cases of this date."""
    begun = rule.effective is None or rule.effective <= as_of
    return begun and (rule.until is None or as_of < rule.until)


class Asking:
    """One item's query, for one set of form values and findings."""

    def __init__(
        self, rules: Rulebook, item: Item, as_of: date, form: dict[str, Wire], findings: dict[str, Wire]
    ) -> None:
        self.item = item
        self.form, self.findings = form, findings
        self.cast = Cast(item, rules.facts)
        forms = {name: from_wire(item.form[name].type, wire) for name, wire in form.items()}
        seen = {name: from_wire(item.findings[name].type, wire) for name, wire in findings.items()}
        self.before = Stated(as_of=as_of, params=rules.params, forms=forms)
        self.stated = Stated(as_of=as_of, params=rules.params, forms=forms, findings=seen)
        links = Condition(self.cast, self.stated, scope="here")
        self.cast.seat(links.leads, links.visible)
        self.linked = dict(self._linked(links))
        self.conditions = [rule for rule in item.conditions if in_force(rule, as_of)]

    def people(self, connection: duckdb.DuckDBPyConnection, salt: str) -> Iterator[Wanted]:
        query, parameters, width = self._query()
        order = "md5(resident || $salt)"
        kinds = ", ".join(f"{letter}{place}" for letter in "cb" for place in range(width))
        place = f"row_number() OVER (PARTITION BY {kinds}, computed, troubled ORDER BY {order})"
        ranked = f"SELECT *, {place} AS place FROM ({query})"
        sql = f"SELECT * EXCLUDE (place) FROM ({ranked}) WHERE place <= {_OF_EACH_KIND} ORDER BY place, {order}"
        for row in connection.execute(sql, {**parameters, "salt": salt}).fetchall():
            yield self._wanted(row)

    def _query(self) -> tuple[str, dict[str, Any], int]:
        nodes = [(rule, parse(rule.rule, Where(rule.id, 1, 1))) for rule in self.conditions]
        columns = ["p.resident AS resident", "p.name AS name"]
        for letter, stated, scope in (("c", self.stated, ""), ("b", self.before, ""), ("k", self.stated, "here")):
            columns += [
                f"{Condition(self.cast, stated, scope=scope or rule.scope).truth(node)} AS {letter}{place}"
                for place, (rule, node) in enumerate(nodes)
            ]
        amount, computed = self._computed()
        columns += [f"{amount} AS amount", f"{computed} AS computed"]
        concerned = ["p.resident", *self.cast.chosen.values()]
        troubled = " OR ".join(f"{sql} IN (SELECT subject FROM {TROUBLES})" for sql in concerned)
        columns.append(f"({troubled}) AS troubled")
        columns += [f'{sql} AS "choose {role}"' for role, sql in self.cast.chosen.items()]
        columns += [f'{sql} AS "link {role}"' for role, sql in self.linked.items()]
        kind = self.cast.acting.bind(self.item.roles[self.item.acting_role].kind)
        query = f"SELECT {', '.join(columns)} {self.cast.source} WHERE p.kind = {kind}"
        used = set(_PARAMETER.findall(query))
        return query, {name: value for name, value in self.cast.acting.parameters.items() if name in used}, len(nodes)

    def _linked(self, links: Condition) -> Iterator[tuple[str, str]]:
        """Yield each role of one person whom nobody chooses, and the SQL of their number; NULL for none."""
        for name, role in self.item.roles.items():
            if not role.link or role.chosen or role.many:
                continue
            source, register_name, link = role.link_path
            if self.item.roles[source].numbered:
                continue
            start = self.cast.one(source)
            register = start.register(register_name)
            reached = people_of(register, link, links.leads(register, link), links.visible(register))
            yield name, f"(SELECT min(number) FROM {reached} AS x WHERE x.leads AND x.source = {start.subject})"

    def _computed(self) -> tuple[str, str]:
        """Return the SQL of the amount, and of "amount and claims are known"; a claim that is null is left out."""
        outcome, known = self.item.outcome, []
        amount = "NULL"
        if outcome.pay is not None:
            amount = self._value(outcome.pay.amount).sql
            known.append(f"{amount} IS NOT NULL")
        terms = [self._value(text) for text in outcome.claims.values()]
        known += [f"NOT coalesce({term.missing}, FALSE)" for term in terms if term.missing is not None]
        return amount, f"({' AND '.join(known) or 'TRUE'})"

    def _value(self, text: str) -> Term:
        node: Node = parse(text, Where(self.item.item, 1, 1))
        return Condition(self.cast, self.stated, scope=self.item.outcome.scope).term(node)

    def _wanted(self, row: tuple[Any, ...]) -> Wanted:
        names = [rule.id for rule in self.conditions]
        width = len(names)
        resident, name, *rest = row
        vectors = [dict(zip(names, rest[start : start + width], strict=True)) for start in (0, width, 2 * width)]
        amount, computed, troubled, *others = rest[3 * width :]
        chosen, linked = others[: len(self.cast.chosen)], others[len(self.cast.chosen) :]
        return Wanted(
            item=self.item.item,
            department=self.item.department,
            resident=resident,
            name=name,
            choose=dict(zip(self.cast.chosen, chosen, strict=True)),
            linked={role: number for role, number in zip(self.linked, linked, strict=True) if number},
            troubled=bool(troubled),
            form=self.form,
            findings=self.findings,
            conditions=vectors[0],
            before=vectors[1],
            looked=vectors[2],
            computed=bool(computed),
            amount=None if amount is None else _plain(Decimal(amount)),
        )


def _plain(amount: Decimal) -> Decimal:
    """Return a sum without the zeros of the column it was computed in."""
    return Decimal(format(amount.normalize(), "f"))


def _moved(types: Mapping[str, Type], given: Mapping[str, Wire | None], origin: date, target: date) -> dict[str, Wire]:
    values = {name: from_wire(types[name], wire) for name, wire in given.items() if wire is not None}
    return {
        name: to_wire(same_distance(value, origin=origin, target=target) if isinstance(value, date) else value)
        for name, value in values.items()
    }
