"""The people of an example beyond the applicant: how many each link reaches, and under which label they stand.

`people: {spouse: none, members: 3, child: not_held}` says what the links answer. Facts of `spouse`, or of
`members#2`, say it as well: there is one, there are two. Of a role that an example does not speak of nothing is
known: it is open, like a fact that is not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.world import NOT_HELD, Rows
from mianzheng.catalogue.yaml import Path
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Example, Item
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.leads import Lead, reach

_LABEL = re.compile(r"([a-z_][a-z0-9_]*)(?:#([1-9][0-9]?))?")

Counts = Mapping[str, int]  # role -> how many its link reaches, or NOT_HELD


def counts_of(item: Item, example: Example, path: Path, found: Findings) -> dict[str, int]:
    """Return how many people each linked role has, as far as the example says; faults for what cannot be."""
    counts: dict[str, int] = {}
    for name, said in example.people.items():
        here = (*path, "people", name)
        role = item.roles.get(name)
        if role is None or not role.link:
            linked = [other for other, one in item.roles.items() if one.link]
            found.at_key(here, "example-role", f"no link leads to a role {name}", did_you_mean(name, linked))
            continue
        count = {"none": 0, "not_held": NOT_HELD}.get(said) if isinstance(said, str) else said
        if count is None or (isinstance(said, int) and not 1 <= said <= (99 if role.many else 1)):
            hint = "none, not_held, or how many" if role.many else "none, not_held, or 1"
            found.at(here, "example-people", f"{said} is no number of people in {name}", hint)
            continue
        counts[name] = count
    for key, place in _keys(example):
        _count_named(item, key, counts, (*path, *place), example, found)
    return counts


def label_of(item: Item, name: str) -> str | None:
    """Return the label under which `spouse`, `child` or `members#2` is asked about; None: no such role."""
    match = _LABEL.fullmatch(name)
    role = item.roles.get(match.group(1)) if match else None
    if match is None or role is None or (match.group(2) and not role.many):
        return None
    if role.many:
        return name if match.group(2) else None
    return f"{name}#1" if role.optional else name


def labels(item: Item, counts: Counts) -> dict[str, tuple[str, ...]]:
    """Return each role's labels, `spouse#1`, `members#1` …; () where nobody is reached."""
    found: dict[str, tuple[str, ...]] = {}
    for name, role in item.roles.items():
        count = counts.get(name, NOT_HELD) if role.link else 1
        found[name] = item.asked_as(name, max(count, 0))
    return found


def link_answers(compiled: CompiledItem, facts: FactCatalogue, counts: Counts, rows: Rows) -> dict[QuestionAt, Answer]:
    """Return what each link answers, as its register would; `rows` names registers that do not answer."""
    found: dict[QuestionAt, Answer] = {}
    people = labels(compiled.item, counts)
    for role, placed in compiled.links.items():
        register, declared = facts.registers[placed.question.register], compiled.item.roles[role]
        count = counts.get(role, NOT_HELD)
        leads = _leads(count, declared.kind)
        chosen = leads[0].number if declared.chosen else None
        answer = reach(placed.question, register, leads, one=not declared.many, chosen=chosen).answer
        for source in people[placed.role][:1]:
            silent = rows.get((source, register.register), ()) is None
            found[placed.question.id, source] = _SILENT if silent else answer
    return found


_SILENT = Answer(status=Status.UNAVAILABLE, reason="unavailable in the example")


def _leads(count: int, kind: str) -> list[Lead]:
    if count == NOT_HELD:
        return [Lead(leads=None, number="")]
    return [Lead(leads=True, number=_number(n, kind)) for n in range(count)] or [Lead(leads=False, number="")]


def _number(place: int, kind: str) -> str:
    return f"33108219800101{place:03d}0" if kind == "person" else f"91331082X{place:09d}"


def _keys(example: Example) -> Iterator[tuple[str, Path]]:
    """Yield each name that gives something of a role, with its path in the example."""
    yield from ((name, ("given", name)) for name in example.given)
    yield from ((name, ("rows", name)) for name in example.rows)
    for field, names in (("absent", example.absent), ("unavailable", example.unavailable)):
        yield from ((name, (field, number)) for number, name in enumerate(names))


def _count_named(item: Item, key: str, counts: dict[str, int], path: Path, example: Example, found: Findings) -> None:
    """Count the person a name speaks of in; a fault where `people` says that nobody stands there."""
    name = key.partition(".")[0]
    base, _, number = name.partition("#")
    role = item.roles.get(base)
    if role is None or not role.link or label_of(item, name) is None:
        return  # a fault of the name, found where it is read
    place = int(number or 1)
    said = base in example.people and base in counts
    if said and counts[base] < place:
        message = f"people.{base} is {example.people[base]}, and {key} is given"
        found.at_key(path, "example-people", message, "mend one of the two")
    elif not said:
        counts[base] = max(place, counts.get(base, 0))
