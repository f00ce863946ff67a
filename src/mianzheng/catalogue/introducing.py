"""An item introduced: all that anybody may know of it before applying, in both languages.

What is asked of whom and why, sentence by sentence; the conditions and what happens where no answer is had; what it
grants; who takes part; the law. Made once for a version and a day, for it is the same for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from mianzheng.catalogue.law import Figure, Source, figures, sources
from mianzheng.model.facts import Department, FactCatalogue
from mianzheng.model.item import Basis, Condition, Fallback, Item, ParamTable, base_of, needs_consent
from mianzheng.model.item_codes import implementing_code, is_basic_code
from mianzheng.model.plan import Plan, PlanLine
from mianzheng.model.text import Text
from mianzheng.rules.agreement import pointed
from mianzheng.rules.compile import CompiledItem


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `whom`: about whom ("the child"), None for the applicant; `duty` is the law's name, `consent` what
    is consented to."""

    sentence: Text
    whom: Text | None
    purpose: str  # condition, outcome, need, link, operand
    duty: str
    consent: str
    consent_en: str = ""
    sensitive: bool


class AskedOf(msgspec.Struct, frozen=True, kw_only=True):
    """What one department is asked, in the order of the plan; `basis` when all of it rests on the same."""

    department: str
    name: Text
    lines: tuple[AskedLine, ...]
    basis: Basis | None


class Barrier(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: what refuses when it fails; `otherwise` without an answer, None: a person decides."""

    id: str
    refuses: Text
    otherwise: Text | None
    law: str
    verified: bool
    effective: date | None
    until: date | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody beside the applicant. `signs`: that adult signs too; `represented`: the applicant acts for them."""

    label: Text
    signs: bool
    represented: bool
    chosen: bool
    law: str


class Introduction(msgspec.Struct, frozen=True, kw_only=True):
    """The item, with everything a page says of it."""

    item: Item
    code: str  # 实施编码
    department: Department
    asked: tuple[AskedOf, ...]
    questions: int
    barriers: tuple[Barrier, ...]
    parts: tuple[Part, ...]
    figures: tuple[Figure, ...]
    sources: tuple[Source, ...]
    visits: tuple[Text, ...]  # findings for which somebody must be there
    looked_at: tuple[Text, ...]  # other findings of an officer


def introduce(
    compiled: CompiledItem, plan: Plan, facts: FactCatalogue, params: Mapping[str, ParamTable], on: date
) -> Introduction:
    """Return the introduction of an item version as of a day; `plan` is all that it may ask then."""
    item, department = compiled.item, facts.departments[compiled.item.department]
    in_force = [one.condition for one in compiled.conditions if one.in_force(on)]
    return Introduction(
        item=item,
        code=implementing_code(department.uscc, item.code) if is_basic_code(item.code) else item.code,
        department=department,
        asked=_asked(plan.lines, item, facts),
        questions=len(plan.lines),
        barriers=tuple(_barrier(condition) for condition in in_force),
        parts=tuple(_parts(item)),
        figures=figures(compiled, params, on),
        sources=sources(compiled, params, on),
        visits=tuple(finding.label for finding in item.findings.values() if finding.visit),
        looked_at=tuple(finding.label for finding in item.findings.values() if not finding.visit),
    )


def _asked(lines: Iterable[PlanLine], item: Item, facts: FactCatalogue) -> tuple[AskedOf, ...]:
    found: dict[str, list[AskedLine]] = {}
    for line in lines:
        found.setdefault(line.department, []).append(_line(line, item))
    return tuple(
        AskedOf(department=name, name=facts.departments[name].name, lines=tuple(of), basis=_one_basis(of))
        for name, of in found.items()
    )


def _one_basis(lines: Iterable[AskedLine]) -> Basis | None:
    every = {(line.duty, line.consent, line.consent_en) for line in lines}
    if len(every) > 1:
        return None
    ((duty, consent, consent_en),) = every
    return Basis(duty=duty or None, consent=consent or None, consent_en=consent_en)


def _line(line: PlanLine, item: Item) -> AskedLine:
    role = base_of(line.role)
    return AskedLine(
        sentence=line.sentence,
        whom=None if role == item.acting_role else pointed(item.roles[role].label),
        purpose=line.purpose,
        duty=line.basis.duty or "",
        consent=line.basis.consent or "",
        consent_en=line.basis.consent_en,
        sensitive=line.sensitive,
    )


def _barrier(condition: Condition) -> Barrier:
    return Barrier(
        id=condition.id,
        refuses=condition.otherwise,
        otherwise=_without_answer(condition),
        law=condition.reference.text,
        verified=condition.reference.verified,
        effective=condition.effective,
        until=condition.until,
    )


def _without_answer(condition: Condition) -> Text | None:
    """Return what happens when a condition's answer cannot be had, never a refusal; None: a person decides."""
    if condition.fallback is Fallback.WAIT:
        return Text(zh="问不到时：到点再问，仍问不到转人工", en="No answer: asked again in time, then a person decides")
    if condition.fallback is Fallback.DECLARE and condition.declaration is not None:
        days = condition.declaration.check_within
        return Text(
            zh=f"问不到时：可以告知承诺，{days} 个工作日内核查",
            en=f"No answer: you may declare it instead, checked within {days} working days",
        )
    if condition.fallback is Fallback.ACCEPT_INCOMPLETE:
        days = condition.supply_within
        return Text(
            zh=f"问不到时：容缺受理，{days} 个工作日内补上即可",
            en=f"No answer: accepted as it is, to be supplied within {days} working days",
        )
    return None


def _parts(item: Item) -> Iterable[Part]:
    for name, role in item.roles.items():
        if role.link and not role.deceased:
            yield Part(
                label=role.label,
                signs=needs_consent(item, name),
                represented=role.represented,
                chosen=role.chosen,
                law=(role.basis.duty or role.basis.consent or "") if role.basis else "",
            )
