"""Examples written as an earlier one with changes: `like: 1` names it by its place, counted from 1.

What a later example gives is laid over the earlier one, so that an author writes what differs and a reader sees it.
The item that is checked, signed and published holds every example whole: this is a way of writing, not of meaning.

- `given`, `form`, `findings`, `people`, `rows`: the later one's keys are laid over; null in `form` or `findings`
  takes one out. A fact in `given` of a register that the earlier one gives as one row in `rows` is laid over that row.
- `absent`, `unavailable`: joined. A register that the later example gives, or names in the other list, leaves the list;
  a register named in either list is no longer given.
- `people`: of a role that the later one says is `none` or `not_held` nothing else is taken over; where it gives
  something of a role that had nobody, somebody is there.
- `as_of` is taken over unless stated; `name`, `expect`, `reasons`, `undecided` and `amount` never are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.yaml import Document
from mianzheng.model.item import base_of

_TABLES = ("given", "rows", "people", "form", "findings")
_LISTS = ("absent", "unavailable")
_NOBODY = ("none", "not_held")


def written_out(document: Document, found: Findings) -> Document:
    """Return the document with each `like` of its examples carried out, after adding a fault for each that cannot be.

    What does not have the shape of an example is left as it stands: its fault is `shape`'s to find.
    """
    value = document.value
    if not isinstance(value, dict):
        return document
    examples = value.get("examples")
    if not isinstance(examples, list) or not any(isinstance(one, dict) and "like" in one for one in examples):
        return document
    whole: list[Any] = []
    for place, one in enumerate(examples):
        whole.append(_whole(one, whole, place, found) if isinstance(one, dict) and "like" in one else one)
    return msgspec.structs.replace(document, value={**value, "examples": whole})


def _whole(one: dict[str, Any], before: list[Any], place: int, found: Findings) -> dict[str, Any]:
    own = {name: value for name, value in one.items() if name != "like"}
    number = one["like"]
    if type(number) is not int or not 1 <= number <= len(before):
        message = f"example {place + 1} is like {number}, which is no example before it"
        found.at(("examples", place, "like"), "example-like", message, "name an earlier one by its place, from 1")
        return own
    first = before[number - 1]
    return _Laying(first, own).laid_over() if _well_shaped(first) and _well_shaped(own) else own


def _well_shaped(one: object) -> bool:
    if not isinstance(one, dict):
        return False
    rows = one.get("rows") or {}
    return (
        all(isinstance(one.get(name) or {}, dict) for name in _TABLES)
        and all(isinstance(listed, list) and all(isinstance(row, dict) for row in listed) for listed in rows.values())
        and all(isinstance(one.get(name) or [], list) for name in _LISTS)
        and all(isinstance(register, str) for name in _LISTS for register in one.get(name) or [])
    )


class _Laying:
    """One example laid over an earlier one; a register is written `role.register` here."""

    def __init__(self, first: dict[str, Any], own: dict[str, Any]) -> None:
        self.first, self.own = first, own
        self.given = {_register(key) for key in own.get("given") or {}}
        self.rows = set(own.get("rows") or {})
        self.listed = {register for name in _LISTS for register in own.get(name) or ()}
        self.nobody = {role for role, said in (own.get("people") or {}).items() if said in _NOBODY}
        self.somebody = {_role(register) for register in self.given | self.rows | self.listed}

    def laid_over(self) -> dict[str, Any]:
        """Return the later example whole."""
        tables = {name: self._over(name, kept) for name, kept in self._kept().items()}
        for name in ("form", "findings"):
            tables[name] = {key: value for key, value in tables[name].items() if value is not None}
        self._into_rows(tables["given"], tables["rows"])
        lists = {name: self._joined(name) for name in _LISTS}
        as_of = {"as_of": self.first["as_of"]} if "as_of" in self.first else {}
        others = {name: value for name, value in self.own.items() if name not in (*_TABLES, *_LISTS)}
        return {**as_of, **others, **{name: value for name, value in (tables | lists).items() if value}}

    def _kept(self) -> dict[str, Callable[[str], bool]]:
        """Return which keys of each table are taken over."""
        people = self.first.get("people") or {}
        return {
            "given": lambda fact: self._stands(_register(fact)) and _register(fact) not in self.rows,
            "rows": self._stands,
            "people": lambda role: people[role] not in _NOBODY or role not in self.somebody,
            "form": lambda name: True,
            "findings": lambda name: True,
        }

    def _stands(self, register: str) -> bool:
        return register not in self.listed and _role(register) not in self.nobody

    def _over(self, name: str, kept: Callable[[str], bool]) -> dict[str, Any]:
        taken = {key: value for key, value in (self.first.get(name) or {}).items() if kept(key)}
        return taken | (self.own.get(name) or {})

    def _joined(self, name: str) -> list[str]:
        told = self.given | self.rows
        kept = [one for one in self.first.get(name) or () if one not in told and self._stands(one)]
        return list(dict.fromkeys([*kept, *(self.own.get(name) or ())]))

    def _into_rows(self, given: dict[str, Any], rows: dict[str, Any]) -> None:
        """Lay facts of `given` over the one row in which the earlier example gives their register."""
        for key in [
            key for key in given if len(rows.get(_register(key)) or ()) == 1 and _register(key) not in self.rows
        ]:
            register, _, fact = key.rpartition(".")
            rows[register] = [{**rows[register][0], fact: given.pop(key)}]


def _register(fact: str) -> str:
    """Return `role.register` of `role.register.fact`, a key of `given`."""
    return fact.rpartition(".")[0]


def _role(register: str) -> str:
    return base_of(register.partition(".")[0])
