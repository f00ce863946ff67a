"""The life of an item version: draft → approved → published → retired.

1. A department writes a version; its digest names the item, its questions and the facts it speaks of.
2. Each department whose register is asked approves, in its own gateway, the questions put to it
   (`needed` lists them: question, role, basis). Signatures are checked where they arrive.
3. With all approvals given the handling department publishes. From then on nothing of it
   changes: a changed item is a new version, and running cases keep theirs.
4. A retired version takes no new cases.

Everything here is pure: a step returns the new value or raises `NotAllowed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from mianzheng.catalogue.world import behind
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Absence, Fact, FactCatalogue, Register
from mianzheng.model.item import Basis, Item, basis_of
from mianzheng.model.publishing import Approval
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Fact as FactNode
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk

__all__ = [
    "ItemVersion",
    "Needed",
    "NotAllowed",
    "Stage",
    "approve",
    "as_signed",
    "basis_of",
    "concerned",
    "draft",
    "item_digest",
    "needed",
    "publish",
    "retire",
]


class Stage(StrEnum):
    """Where an item version stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETIRED = "retired"


class NotAllowed(MianzhengError):
    """The version cannot take this step from where it stands."""

    code = "not-allowed"


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """One approval a department has to give: this question, about this role, on this basis."""

    department: str
    register: str
    question: str
    role: str
    basis: Basis


class ItemVersion(msgspec.Struct, frozen=True, kw_only=True):
    """An item version on its way; `given` are the approvals that arrived and fit."""

    item: str
    version: int
    department: str
    digest: str
    stage: Stage
    needed: tuple[Needed, ...]
    given: frozenset[Needed] = frozenset()

    @property
    def missing(self) -> tuple[Needed, ...]:
        """The approvals that have not been given yet."""
        return tuple(one for one in self.needed if one not in self.given)


class _Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What of a register an item's meaning rests on: never its table, columns or engine."""

    register: str
    department: str
    key: str
    rows: str
    absence: Absence
    facts: dict[str, Fact]


def as_signed(item: Item) -> Item:
    """Return what a steward signs of an item: all but its examples, which prove it and mean nothing by themselves."""
    return msgspec.structs.replace(item, examples=())


def item_digest(compiled: CompiledItem, facts: FactCatalogue) -> str:
    """Return the digest of an item version: what is signed of it, the facts it speaks of, and its questions.

    Question ids are in it because a derived fact is settled away: its rule shows only in them.
    """
    used = _facts_used(compiled, facts)
    meanings = [_meaning(facts.registers[name], used[name]) for name in sorted(used)]
    asked = sorted({(placed.role, placed.question.id) for placed in _placed(compiled)})
    return digest(canonical([as_signed(compiled.item), meanings, asked]))


def concerned(compiled: CompiledItem, facts: FactCatalogue) -> tuple[str, ...]:
    """Return the departments an item version concerns: those asked, and the handling one, sorted."""
    asked = {facts.registers[placed.question.register].department for placed in _placed(compiled)}
    return tuple(sorted(asked | {compiled.item.department}))


def needed(compiled: CompiledItem, facts: FactCatalogue) -> tuple[Needed, ...]:
    """Return every approval that publication waits for, by department, register and question."""
    found = {_needed(placed, compiled.item, facts) for placed in _placed(compiled)}
    return tuple(sorted(found, key=lambda one: (one.department, one.register, one.question, one.role)))


def draft(compiled: CompiledItem, facts: FactCatalogue) -> ItemVersion:
    """Return a new version, as a draft; a version that asks nobody is approved at once."""
    waiting = needed(compiled, facts)
    item = compiled.item
    return ItemVersion(
        item=item.item,
        version=item.version,
        department=item.department,
        digest=item_digest(compiled, facts),
        stage=Stage.DRAFT if waiting else Stage.APPROVED,
        needed=waiting,
    )


def approve(version: ItemVersion, approval: Approval, *, department: str) -> ItemVersion:
    """Return the version with one approval of `department` added; its signature was checked by the caller."""
    if version.stage not in (Stage.DRAFT, Stage.APPROVED):
        raise NotAllowed(f"{_name(version)} is {version.stage}", hint="approve a draft; a change is a new version")
    if (approval.item, approval.item_version, approval.item_digest) != (version.item, version.version, version.digest):
        raise NotAllowed(f"the approval is not of {_name(version)}", hint="approve what the hub holds now")
    given = Needed(
        department=department,
        register=approval.register,
        question=approval.question,
        role=approval.role,
        basis=approval.basis,
    )
    if given not in version.needed:
        message = f"{_name(version)} does not ask {department} this question for this role on this basis"
        raise NotAllowed(message, hint="read the questions again with `mianzheng gateway approve`")
    fuller = msgspec.structs.replace(version, given=version.given | {given})
    return fuller if fuller.missing else msgspec.structs.replace(fuller, stage=Stage.APPROVED)


def publish(version: ItemVersion) -> ItemVersion:
    """Return the version published: frozen, open for cases."""
    if version.missing:
        waiting = ", ".join(sorted({one.department for one in version.missing}))
        message = f"{_name(version)} waits for {len(version.missing)} approvals of {waiting}"
        raise NotAllowed(message, hint="each department approves in its own gateway")
    if version.stage is not Stage.APPROVED:
        raise NotAllowed(f"{_name(version)} is {version.stage}", hint="only an approved version is published")
    return msgspec.structs.replace(version, stage=Stage.PUBLISHED)


def retire(version: ItemVersion) -> ItemVersion:
    """Return the version retired: running cases keep it, new ones cannot begin."""
    if version.stage is not Stage.PUBLISHED:
        raise NotAllowed(f"{_name(version)} is {version.stage}", hint="only a published version is retired")
    return msgspec.structs.replace(version, stage=Stage.RETIRED)


def _placed(compiled: CompiledItem) -> tuple[Placed, ...]:
    return compiled.asked()


def _needed(placed: Placed, item: Item, facts: FactCatalogue) -> Needed:
    question = placed.question
    return Needed(
        department=facts.registers[question.register].department,
        register=question.register,
        question=question.id,
        role=placed.role,
        basis=basis_of(item, question.register, placed.role),
    )


def _facts_used(compiled: CompiledItem, facts: FactCatalogue) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for placed in _placed(compiled):
        question = placed.question
        named = frozenset(node.name for node in walk(question.expression) if isinstance(node, FactNode))
        found[question.register] = found.get(question.register, frozenset()) | named
    return {name: behind(names, facts.registers[name]) for name, names in found.items()}


def _meaning(register: Register, used: frozenset[str]) -> _Meaning:
    return _Meaning(
        register=register.register,
        department=register.department,
        key=register.key,
        rows=register.rows,
        absence=register.absence,
        facts={name: register.facts[name] for name in sorted(used)},
    )


def _name(version: ItemVersion) -> str:
    return f"{version.item} version {version.version}"
