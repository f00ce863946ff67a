"""Who must be granted, refused, left undecided: the whole rule of an item over `truth.duckdb`, condition by condition.

The SQL is the oracle's (`city/oracle`), which shares the parser with the product and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
from mianzheng.conformance.driven import Given, columns_of
from mianzheng.conformance.wanted import Wanted
from mianzheng.model.facts import Type
from mianzheng.model.item import Condition as Rule
from mianzheng.model.item import Item
from mianzheng.model.scalar import Wire, from_wire, to_wire
from mianzheng.rules.expression import Finding, Node
from mianzheng.rules.parse import Where, parse
from mianzheng.rules.tree import walk

_PARAMETER = re.compile(r"\$(\w+)")
_DRIVING = "_cases AS s"  # where the table of the cases comes in, once its columns are known
_OF_EACH_KIND = 3  # people with the same conditions true, false and unknown


def people_for(
    connection: duckdb.DuckDBPyConnection, rules: Rulebook, item: Item, as_of: date, *, salt: str
) -> Iterator[Wanted]:
    """Yield residents and bodies for every mixture of true, false and unknown conditions that the city holds.

    Form values and findings are those of the item's examples, all in one query; `salt` chooses among equals.
    """
    cases = [Given(as_of=as_of, form=form, findings=findings) for form, findings in given_by_examples(item, as_of)]
    for _, wanted in Asking(rules, item, cases).people(connection, salt):
        yield wanted


def given_by_examples(item: Item, as_of: date) -> list[tuple[dict[str, Wire], dict[str, Wire]]]:
    """Return form values and findings as the item's examples state them, each pair once, dates moved to `as_of`."""
    order = {"granted": 0, "refused": 1, "undecided": 2}
    found: list[tuple[dict[str, Wire], dict[str, Wire]]] = []
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
    """One item's query for several cases on days when the same conditions are in force.

    What differs between the cases stands in the columns of a table `s` that drives the query; the rest is bound once.
    """

    def __init__(self, rules: Rulebook, item: Item, cases: Sequence[Given]) -> None:
        self.item = item
        self.cases = cases
        as_of = cases[0].as_of
        self.columns = columns_of(rules, item, cases)
        heads = ", ".join(["n", "who", *self.columns.names])
        self.cast = Cast(
            item, rules.facts, f"{_DRIVING}({heads}) JOIN _people AS p ON s.who = '' OR s.who = p.resident"
        )
        forms = {name: from_wire(item.form[name].type, wire) for name, wire in cases[0].form.items()}
        seen = {name: from_wire(item.findings[name].type, wire) for name, wire in cases[0].findings.items()}
        driven = self.columns.sql
        unseen = {name: sql for name, sql in driven.items() if not name.startswith("finding.")}
        self.before = Stated(as_of=as_of, params=rules.params, forms=forms, columns=unseen)
        self.stated = Stated(as_of=as_of, params=rules.params, forms=forms, findings=seen, columns=driven)
        links = Condition(self.cast, self.stated, scope="here")
        self.cast.seat(links.leads, links.visible)
        self.linked = dict(self._linked(links))
        self.conditions = [rule for rule in item.conditions if in_force(rule, as_of)]
        self._truths, self._vectors = self._conditions()

    def people(self, connection: duckdb.DuckDBPyConnection, salt: str) -> Iterator[tuple[Given, Wanted]]:
        """Yield a few people of each mixture for each case, those of the first case first."""
        query, parameters = self._query()
        order = "md5(resident || $salt)"
        kinds = ", ".join(["n", *(f"c{place}" for place in sorted({*self._vectors[0], *self._vectors[1]}))])
        place = f"row_number() OVER (PARTITION BY {kinds}, computed, troubled ORDER BY {order})"
        ranked = f"SELECT *, {place} AS place FROM ({query})"
        sql = f"SELECT * EXCLUDE (place) FROM ({ranked}) WHERE place <= {_OF_EACH_KIND} ORDER BY n, place, {order}"
        for number, *row in connection.execute(sql, {**parameters, "salt": salt}).fetchall():
            yield self.cases[number], self._wanted(self.cases[number], row)

    def _query(self) -> tuple[str, dict[str, Any]]:
        columns = ["s.n AS n", "p.resident AS resident", "p.name AS name"]
        columns += [f"{sql} AS c{place}" for place, sql in enumerate(self._truths)]
        amount, computed = self._computed()
        columns += [f"{amount} AS amount", f"{computed} AS computed"]
        concerned = ["p.resident", *self.cast.chosen.values()]
        troubled = " OR ".join(f"{sql} IN (SELECT subject FROM {TROUBLES})" for sql in concerned)
        columns.append(f"({troubled}) AS troubled")
        columns += [f'{sql} AS "choose {role}"' for role, sql in self.cast.chosen.items()]
        columns += [f'{sql} AS "link {role}"' for role, sql in self.linked.items()]
        kind = self.cast.acting.bind(self.item.roles[self.item.acting_role].kind)
        written = f"SELECT {', '.join(columns)} {self.cast.source} WHERE p.kind = {kind}"
        query = written.replace(_DRIVING, self._driving(), 1)
        used = set(_PARAMETER.findall(query))
        return query, {name: value for name, value in self.cast.acting.parameters.items() if name in used}

    def _driving(self) -> str:
        """Return the table of the cases; its values are bound like all others."""
        bind = self.cast.acting.bind
        rows = [
            ", ".join([str(number), bind(case.who), *(bind(value, type_) for type_, value in values)])
            for number, (case, values) in enumerate(zip(self.cases, self.columns.rows, strict=True))
        ]
        return f"(VALUES {', '.join(f'({row})' for row in rows)}) AS s"

    def _conditions(self) -> tuple[list[str], list[list[int]]]:
        """Return the SQL of the conditions, and of each vector (with findings, before, looked) which one holds each.

        Most conditions speak of no finding, and some hold here anyway: they are asked once, not three times.
        """
        truths: list[str] = []
        vectors: list[list[int]] = [[], [], []]
        for rule in self.conditions:
            node = parse(rule.rule, Where(rule.id, 1, 1))
            found = [Condition(self.cast, self.stated, scope=rule.scope).truth(node)]
            if any(isinstance(part, Finding) for part in walk(node)):
                found.append(Condition(self.cast, self.before, scope=rule.scope).truth(node))
            before = len(found) - 1
            if rule.scope != "here":
                found.append(Condition(self.cast, self.stated, scope="here").truth(node))
            looked = len(found) - 1 if rule.scope != "here" else 0
            for vector, place in zip(vectors, (0, before, looked), strict=True):
                vector.append(len(truths) + place)
            truths += found
        return truths, vectors

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

    def _wanted(self, case: Given, row: Sequence[Any]) -> Wanted:
        names = [rule.id for rule in self.conditions]
        width = len(self._truths)
        resident, name, *rest = row
        vectors = [dict(zip(names, (rest[place] for place in of), strict=True)) for of in self._vectors]
        amount, computed, troubled, *others = rest[width:]
        chosen, linked = others[: len(self.cast.chosen)], others[len(self.cast.chosen) :]
        return Wanted(
            item=self.item.item,
            department=self.item.department,
            resident=resident,
            name=name,
            choose=dict(zip(self.cast.chosen, chosen, strict=True)),
            linked={role: number for role, number in zip(self.linked, linked, strict=True) if number},
            troubled=bool(troubled),
            form=case.form,
            findings=case.findings,
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
