"""Whom a case asks about: the acting person by the authority's bundle, others by the links that reach them.

A required single role has its answers under its own name; people of an optional or many role stand
under `role#1`, `role#2` … in the order of the link's answer. The hub passes bundles and statements on;
it can open none, and each is bound to case, role and audience by who made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mianzheng.cases.live import LiveCase
from mianzheng.model.authorisation import SealedBundle
from mianzheng.model.evidence import Answer, Evidence, QuestionAt, Status
from mianzheng.model.item import Item
from mianzheng.rules.question import Placed


def links_of(live: LiveCase) -> Iterator[tuple[str, QuestionAt]]:
    """Yield each role that a link reaches, with the link's question and the one person it starts from."""
    item = live.version.item
    for role, placed in live.version.compiled.links.items():
        yield role, (placed.question.id, _source(item, placed))


def reached_by(live: LiveCase, question: str, source: str) -> str | None:
    """Return the role that a question reaches when it is a link asked about `source`; None when it is none."""
    return next((role for role, at in links_of(live) if at == (question, source)), None)


def members_of(live: LiveCase, answers: Mapping[QuestionAt, Answer]) -> dict[str, int]:
    """Return how many people each optional or many role has, as far as links have said so."""
    item, found = live.version.item, {}
    for role, at in links_of(live):
        answer = None if at in live.contests else answers.get(at)
        if answer is None or answer.status is not Status.VALUE or not item.roles[role].numbered:
            continue
        if isinstance(answer.value, int):
            found[role] = int(answer.value)
    return found


def needed(live: LiveCase, known: Evidence) -> list[Placed]:
    """Return what delivery needs, about each person who is known; nothing about those no link reached."""
    item, people = live.version.item, subjects_of(live)
    found: list[Placed] = []
    for placed in live.version.compiled.needs.values():
        many = item.roles[placed.role].numbered
        roles = item.asked_as(placed.role, known.members.get(placed.role, 0)) if many else (placed.role,)
        found += [Placed(role=role, question=placed.question) for role in roles if role in people]
    return found


def subjects_of(live: LiveCase) -> dict[str, SealedBundle]:
    """Return the bundle of every subject that is known, the acting one first."""
    item = live.version.item
    found = {item.acting_role: live.bundle}
    for role, (question, source) in links_of(live):
        for _, sheet in live.sheets:
            if sheet.role == source and (bundles := sheet.links.get(question)):
                found |= dict(zip(item.asked_as(role, len(bundles)), bundles, strict=False))
    return found


def _source(item: Item, placed: Placed) -> str:
    """Return the one person a link starts from, as they are asked about: a link starts at no role of many."""
    if placed.role == item.acting_role:
        return placed.role
    return item.asked_as(placed.role, 1)[0]
