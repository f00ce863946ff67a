"""The product's own way over a city's registers, without its processes: the compiled questions, run on the engines.

Links are followed as gateways do; what a wave asks is answered by the register's own SQL, and `decide` decides.
Marks are taken as fresh: what is looked for here is in the mapping and the meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property

import msgspec
from sqlalchemy import text

from mianzheng.catalogue.load import Catalogue
from mianzheng.city.build import REGISTERS
from mianzheng.city.engines.postgresql import reader_of
from mianzheng.decision import decide
from mianzheng.gateway.registers import RegisterDatabase, RegisterFault, Statement
from mianzheng.model.evidence import Answer, Decision, Evidence
from mianzheng.model.facts import Register
from mianzheng.model.scalar import Wire, from_wire
from mianzheng.plan import next_wave
from mianzheng.rules.bind import Bindings
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.leads import reach
from mianzheng.rules.question import Placed, Question
from mianzheng.rules.sql.query import Query, compile_query
from tests.city.conftest import City

_MOST_WAVES = 40


class Product:
    """A city's registers as its gateways read them."""

    def __init__(self, city: City, catalogue: Catalogue) -> None:
        self.city = city
        self.catalogue = catalogue
        self.items = {compiled.item.item: compiled for compiled in catalogue.items}
        self._queries: dict[str, Query] = {}
        self.asked = 0

    def close(self) -> None:
        for database in self.databases.values():
            database.close()

    @cached_property
    def databases(self) -> dict[str, RegisterDatabase]:
        registers = self.catalogue.facts.registers
        return {
            name: RegisterDatabase(name, self._url(register), pool=1, seconds=20)
            for name, register in registers.items()
        }

    def _url(self, register: Register) -> str:
        if register.engine == "postgresql":
            url = self.city.postgres.replace("postgres:@", f"{reader_of(register.department)}:@")
            return url.replace("postgresql://", "postgresql+psycopg://")
        return f"{register.engine}:///{self.city.folder / REGISTERS / register.register}.{register.engine}"

    def decided(
        self, item: str, number: str, as_of: date, form: Mapping[str, Wire], choose: Mapping[str, str]
    ) -> Decision:
        """Return what a case of this person comes to, without any finding of an officer."""
        return _Case(self, self.items[item], number, as_of, form, choose).decided()

    def rows(self, question: Question, number: str, bindings: Bindings) -> tuple[Query, list[Mapping[str, object]]]:
        """Return the query of a question, and what the register answers."""
        register = self.catalogue.facts.registers[question.register]
        if question.id not in self._queries:
            self._queries[question.id] = compile_query(question, register, register.engine)
        query = self._queries[question.id]
        self.asked += 1
        [rows] = self.databases[question.register].run([Statement(text(query.sql), query.bind(number, bindings))])
        if isinstance(rows, RegisterFault):
            raise rows
        return query, list(rows)


class _Case:
    def __init__(
        self,
        product: Product,
        compiled: CompiledItem,
        number: str,
        as_of: date,
        form: Mapping[str, Wire],
        choose: Mapping[str, str],
    ) -> None:
        self.product, self.compiled, self.as_of = product, compiled, as_of
        self.item = compiled.item
        self.form, self.choose = form, choose
        self.params = product.catalogue.params
        self.numbers: dict[str, str] = {self.item.acting_role: number}

    def decided(self) -> Decision:
        evidence = Evidence(forms=self.form, params=self.params)
        for _ in range(_MOST_WAVES):
            wave = next_wave(self.compiled, evidence, self.as_of)
            fresh = {(one.question.id, one.role): self._answer(one) for one in wave}
            fresh = {at: answer for at, answer in fresh.items() if at not in evidence.answers}
            if not fresh:
                break
            evidence = msgspec.structs.replace(evidence, answers={**evidence.answers, **fresh})
        return decide(self.compiled, self.product.catalogue.facts, evidence, self.as_of)

    def _answer(self, placed: Placed) -> Answer:
        question = placed.question
        register = self.product.catalogue.facts.registers[question.register]
        forms = {name: from_wire(self.item.form[name].type, wire) for name, wire in self.form.items()}
        bindings = Bindings(as_of=self.as_of, params=self.params, forms=forms, other=self._other(question))
        query, rows = self.product.rows(question, self.numbers[placed.role], bindings)
        if question.kind == "link":
            return self._follow(placed, query, rows)
        return query.read(rows, question, register, bindings)

    def _other(self, question: Question) -> str:
        if not question.other:
            return ""
        return self.numbers.get(question.other) or self.numbers[f"{question.other}#1"]

    def _follow(self, placed: Placed, query: Query, rows: list[Mapping[str, object]]) -> Answer:
        role = next(
            name
            for name, link in self.compiled.links.items()
            if (link.question.id, link.role) == (placed.question.id, placed.role.partition("#")[0])
        )
        declared = self.item.roles[role]
        register = self.product.catalogue.facts.registers[placed.question.register]
        chosen = self.choose.get(role) if declared.chosen else None
        found = reach(placed.question, register, query.leads(rows), one=not declared.many, chosen=chosen)
        for place, person in enumerate(found.people, 1):
            label = f"{role}#{place}" if declared.many or declared.optional else role
            self.numbers[label] = person.number
        return found.answer
