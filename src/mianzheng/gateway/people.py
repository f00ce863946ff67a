"""Who a request is about: roles as an item names them and as its people are asked about, and the link to each.

A required single role is asked about under its own name; people of an optional or many role stand under
`role#1`, `role#2` … in the order of the link's answer.
"""

from __future__ import annotations

import re

import msgspec

from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.refusals import Refused
from mianzheng.model.item import Item, base_of
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.question import Placed

_PLACE = re.compile(r"[1-9][0-9]{0,2}")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """By which link, and by whose gateway, the one asked about must have been reached."""

    role: str  # as asked about: members#2
    kind: str  # person, enterprise, property
    party: str
    question: str  # of the link
    source: str  # role the link starts from, as the plan names it


def is_asked_as(item: Item, role: str) -> bool:
    """Tell whether an item asks about anybody under this role."""
    declared = item.roles.get(base_of(role))
    if declared is None:
        return False
    _, mark, number = role.partition("#")
    return bool(_PLACE.fullmatch(number)) if declared.numbered else not mark


def source_of(item: Item, placed: Placed) -> str:
    """Return the one whom a link starts from, as they are asked about: a link starts at no role of many."""
    return item.asked_as(placed.role, 1)[0]


def reached_by(compiled: CompiledItem, placed: Placed) -> str:
    """Return the role that a link question reaches; `KeyError` when it is none of the item's links."""
    meant = (placed.question.id, placed.role)
    return next(role for role, one in compiled.links.items() if (one.question.id, one.role) == meant)


def origin_of(gateway: Gateway, loaded: LoadedItem, role: str) -> Origin | None:
    """Return how a role must have been reached, None for one that an authority alone can name.

    Link and department follow from this gateway's own copy of the item and of the registers.
    """
    declared = loaded.item.roles.get(base_of(role))
    if declared is None or not declared.link:
        return None
    placed = loaded.compiled.links.get(base_of(role))
    if placed is None or not is_asked_as(loaded.item, role):
        raise Refused("bundle-of-another-role", f"the item asks about no {role!r}")
    return Origin(
        role=role,
        kind=declared.kind,
        party=gateway.party_of(gateway.facts.registers[placed.question.register].department),
        question=placed.question.id,
        source=placed.role,
    )
