"""Who else a rule speaks of: the roles of an item, each reached from another by a link, as joins of one query.

The acting one is `p`. A role of one person is a row of its link: where the person chooses, every choice makes a row of
its own; where they do not, the link must lead to exactly one. Optional roles and roles of many are folded instead.
"""

from __future__ import annotations

from collections.abc import Callable

from mianzheng.city.engines.columns import quoted
from mianzheng.city.oracle.subjects import Subjects
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Item

Leads = Callable[[Register, str], str]  # register and link: SQL of "this row t leads somewhere", in three values
Visible = Callable[[Register], str]


class Cast:
    """The roles of one item in one query."""

    def __init__(self, item: Item, facts: FactCatalogue, people: str = "_people AS p") -> None:
        """`people`: the tables among which the acting one is the row `p`."""
        self.item = item
        self._people = people
        self.acting = Subjects(facts)
        self._single: dict[str, Subjects] = {item.acting_role: self.acting}
        self._joined: list[str] = []

    @property
    def chosen(self) -> dict[str, str]:
        """The roles that the person chooses, and the SQL of the number chosen."""
        return {name: self._single[name].subject for name, role in self.item.roles.items() if role.chosen}

    @property
    def source(self) -> str:
        """The FROM clause: the acting one, each role and its registers in the order of the links."""
        parts = [f"FROM {self._people}", self.acting.joins]
        others = (subjects for subjects in self._single.values() if subjects is not self.acting)
        for joined, subjects in zip(self._joined, others, strict=True):
            parts += [joined, subjects.joins]
        return " ".join(parts)

    def seat(self, leads: Leads, visible: Visible) -> None:
        """Join every role of one person; `WrongUse` when one starts at a role of many."""
        for name, role in self.item.roles.items():
            if not role.link or role.numbered:
                continue
            source, register_name, link = role.link_path
            start = self.one(source)
            register = start.register(register_name)
            alias = start.alias("l")
            table = people_of(register, link, leads(register, link), visible(register))
            if role.chosen:
                reached = f"(SELECT source, number FROM {table} WHERE leads AND number IS NOT NULL)"
                self._joined.append(f"JOIN {reached} AS {alias} ON {alias}.source = {start.subject}")
            else:
                reached = f"(SELECT source, min(number) AS number FROM {table} WHERE leads IS NOT FALSE GROUP BY source"
                reached += " HAVING count(*) = 1 AND bool_and(leads))"
                self._joined.append(f"LEFT JOIN {reached} AS {alias} ON {alias}.source = {start.subject}")
            self._single[name] = self.acting.beside(f"{alias}.number")

    def one(self, role: str) -> Subjects:
        """Return the subjects of a role of one person."""
        if role not in self._single:
            raise WrongUse(f"{self.item.item} speaks of {role} as of one person", hint="write has(role, …)")
        return self._single[role]


def people_of(register: Register, link: str, leads: str, visible: str) -> str:
    """Return the table (source, number, leads) of whom a link reaches; `leads` is NULL where that is not known."""
    number = f"t.{quoted(link)}"
    known = f"CASE WHEN bool_or({leads}) THEN TRUE WHEN bool_or(({leads}) IS NULL) THEN NULL ELSE FALSE END"
    return (
        f"(SELECT t.subject AS source, {number} AS number, {known} AS leads FROM {quoted(register.register)} AS t "
        f"WHERE {visible} GROUP BY t.subject, {number})"
    )
