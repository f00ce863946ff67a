"""The links by which an item reaches its roles: their faults, and the questions that say who stands there.

1. `link_faults`: each role's link must be one that exists, start at a role of one person, and lead to what the
   role is; none leads round in a circle. An item holds its roles in the order of their links.
2. `link_question`: one question of kind `link` about the role it starts from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from mianzheng.model.facts import Absence, FactCatalogue, Register, Type
from mianzheng.model.item import Item, Role
from mianzheng.model.text import Fault
from mianzheng.rules.check import check_condition
from mianzheng.rules.expression import Fact, Linked, Node
from mianzheng.rules.faults import RuleFaults, Source, Where, did_you_mean, one_of
from mianzheng.rules.identity import ordered, question_id
from mianzheng.rules.normal import FALSE
from mianzheng.rules.question import Placed, Question
from mianzheng.rules.tree import walk
from mianzheng.rules.vocabulary import Vocabulary

SENSITIVE = 4  # L4
_NAME = "[a-z_][a-z0-9_]*"
_LINK = re.compile(rf"(?:one of )?({_NAME})\.({_NAME})\.({_NAME})")


def link_faults(item: Item, facts: FactCatalogue, where: Callable[[str], Where]) -> list[Fault]:
    """Return every fault of the links of an item's roles, at its place in the text of the link."""
    found: list[Fault] = []
    earlier: dict[str, Role] = {}
    taken: dict[str, str] = {}
    for name, role in item.roles.items():
        if role.link:
            source = Source(role.link, where(f"roles.{name}.link"))
            faults = list(_faults(name, role, item, facts, earlier, source))
            found += faults
            if not faults and role.link in taken:
                hint = "a role is reached by a link of its own; of several people make one role, many"
                found.append(source.fault(0, "link-twice", f"{taken[role.link]} is reached by this link already", hint))
            taken.setdefault(role.link, name)
        earlier[name] = role
    return found


def link_question(role: Role, facts: FactCatalogue, scope: Literal["here", "country"]) -> tuple[Placed, int]:
    """Return the question that says who a linked role is, about the role it starts from, and how sensitive it is."""
    start, register_name, name = role.link_path
    register = facts.registers[register_name]
    link = register.links[name]
    where = link_where(register, name)
    node = Linked("", register_name, name, link.to, link.most, role.chosen, where)
    used = [register.facts[part.name] for part in walk(node) if isinstance(part, Fact)]
    level = max(int(sensitivity.value[1]) for sensitivity in (link.sensitivity, *(fact.sensitivity for fact in used)))
    scope = scope if register.absence is Absence.CLOSED_HERE else "country"
    question = Question(
        id=question_id(node, register, scope=scope, kind="link"),
        register=register_name,
        expression=node,
        kind="link",
        type=Type.INTEGER,
        scope=scope,
        sensitive=level == SENSITIVE,
    )
    return Placed(role=start, question=question), level


def link_where(register: Register, name: str) -> Node | None:
    """Return which rows a link leads from, checked, in canonical order; None: from all. `RuleFaults`."""
    text = register.links[name].where
    if not text:
        return None
    facts = FactCatalogue(departments={}, registers={register.register: register})
    vocabulary = Vocabulary(facts=facts, params={})
    parsed = vocabulary.derivation(register.register, f"links.{name}", text)
    checked = check_condition(parsed, vocabulary, row_of=register.register)
    if checked.faults:
        raise RuleFaults(checked.faults)
    return ordered(checked.node)


def _faults(
    name: str, role: Role, item: Item, facts: FactCatalogue, earlier: dict[str, Role], source: Source
) -> Iterator[Fault]:
    match = _LINK.fullmatch(role.link)
    if match is None:
        hint = "write applicant.marriage.spouse, or one of applicant.kinship.children"
        yield source.fault(0, "link", f"{role.link} is no link", hint)
        return
    start, register, link = match.groups()
    if name == item.acting_role:
        yield source.fault(0, "link", f"{name} is who applies, and is reached by no link", "leave the link out")
    elif start not in earlier:
        hint = did_you_mean(start, earlier) or "a link starts at another role, none that it leads back to"
        yield source.fault(match.start(1), "unknown-role", f"{name} cannot start at {start}", hint)
    elif earlier[start].many:
        hint = "start at a role of one person"
        yield source.fault(match.start(1), "many-people", f"{start} is many people: no link starts there", hint)
    else:
        yield from _led(role, earlier[start], facts, source, match, (register, link))


def _led(
    role: Role, start: Role, facts: FactCatalogue, source: Source, match: re.Match[str], named: tuple[str, str]
) -> Iterator[Fault]:
    register = facts.registers.get(named[0])
    if register is None:
        hint = one_of(named[0], facts.registers)
        yield source.fault(match.start(2), "unknown-register", f"there is no register {named[0]}", hint)
        return
    if register.key != start.kind:
        message = f"{named[0]} is a register of {register.key}s, the link starts at a {start.kind}"
        hint = f"take a link of a register of {start.kind}s"
        yield source.fault(match.start(2), "wrong-kind", message, hint)
    link = register.links.get(named[1])
    if link is None:
        hint = did_you_mean(named[1], register.links, prefix=f"{named[0]}.") or _others(named[1], facts)
        yield source.fault(match.start(3), "unknown-link", f"{named[0]} has no link {named[1]}", hint)
        return
    if link.to != role.kind:
        message = f"the link leads to a {link.to}, the role is a {role.kind}"
        yield source.fault(match.start(3), "wrong-kind", message, f"kind: {link.to}")
    if role.chosen and role.numbered:
        yield source.fault(0, "link", "who is chosen is one, and is there", "leave out many and optional")
    if link.most > 1 and not (role.many or role.chosen):
        hint = "write one of …, or many: true"
        yield source.fault(0, "many-people", f"the link leads to as many as {link.most}, the role is one", hint)
    if link.where and _faulty(register, named[1]):
        yield source.fault(
            match.start(3), "bad-link", f"the rule of {named[0]}.{named[1]} has a fault", "mend the register"
        )


def _others(link: str, facts: FactCatalogue) -> str:
    elsewhere = sorted(name for name, register in facts.registers.items() if link in register.links)
    return f"{link} is a link of {elsewhere[0]}" if elsewhere else "take a link that the register declares under links"


def _faulty(register: Register, name: str) -> bool:
    try:
        return link_where(register, name) == FALSE
    except RuleFaults:
        return True
