"""All that a reader may know of an item before anyone applies for it: the view `catalogue show` prints."""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.catalogue.ladder import Step, step_of
from mianzheng.catalogue.law import Source, sources
from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.publication import item_digest
from mianzheng.catalogue.replaced import answering
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Basis
from mianzheng.model.item_codes import implementing_code
from mianzheng.model.plan import PlanLine
from mianzheng.model.text import Text
from mianzheng.plan.full import full_plan
from mianzheng.plan.waves import waves_preview
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.sql.query import compile_query


class QuestionView(msgspec.Struct, frozen=True, kw_only=True):
    """One question: in words, and in the SQL its register would run. `wave` 0: asked after the decision."""

    question: str
    role: str
    register: str
    sentence: Text
    purpose: str
    of: tuple[str, ...]
    wave: int
    sensitive: bool
    basis: Basis
    dialect: str
    sql: str


class DepartmentView(msgspec.Struct, frozen=True, kw_only=True):
    """What one department is asked."""

    department: str
    name: Text
    questions: tuple[QuestionView, ...]


class PaperView(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that people used to bring, what of the item answers it now, and the facts asked for that."""

    paper: str
    by: tuple[str, ...]
    facts: tuple[str, ...]  # role.register.fact


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """An item as `catalogue show --json` prints it."""

    item: str
    version: int
    digest: str
    code: str  # 基本编码
    implementing_code: str  # 实施编码
    name: Text
    department: str
    kind: str
    who: tuple[str, ...]
    effective: date
    until: date | None
    promise_days: int
    legal_days: int
    presence: int
    replaces: tuple[PaperView, ...]
    step: Step
    departments: tuple[DepartmentView, ...]
    waves: tuple[tuple[str, ...], ...]
    law: tuple[Source, ...]
    note: str


def view_of(compiled: CompiledItem, catalogue: Catalogue, as_of: date) -> ItemView:
    """Return the view of an item under the law of `as_of`."""
    item, facts = compiled.item, catalogue.facts
    waves = tuple(tuple(placed.question.id for placed in wave) for wave in waves_preview(compiled, as_of))
    return ItemView(
        item=item.item,
        version=item.version,
        digest=item_digest(compiled, facts),
        code=item.code,
        implementing_code=implementing_code(facts.departments[item.department].uscc, item.code),
        name=item.name,
        department=item.department,
        kind=item.kind,
        who=item.who,
        effective=item.effective,
        until=item.until,
        promise_days=item.promise_days,
        legal_days=item.legal_days,
        presence=item.presence,
        replaces=tuple(
            PaperView(paper=one, by=by, facts=answering(compiled, one)) for one, by in item.replaces.items()
        ),
        step=step_of(item.ladder),
        departments=_departments(compiled, facts, as_of, waves),
        waves=waves,
        law=sources(compiled, catalogue.params, as_of),
        note=item.note,
    )


def _departments(
    compiled: CompiledItem, facts: FactCatalogue, as_of: date, waves: tuple[tuple[str, ...], ...]
) -> tuple[DepartmentView, ...]:
    found: dict[str, list[QuestionView]] = {}
    wave_of = {question: number for number, wave in enumerate(waves, start=1) for question in wave}
    for line in full_plan(compiled, facts, as_of).lines:
        view = _question(line, compiled, facts, wave_of.get(line.question, 0))
        found.setdefault(line.department, []).append(view)
    return tuple(
        DepartmentView(department=name, name=facts.departments[name].name, questions=tuple(questions))
        for name, questions in found.items()
    )


def _question(line: PlanLine, compiled: CompiledItem, facts: FactCatalogue, wave: int) -> QuestionView:
    placed = compiled.placed_at((line.question, line.role))
    register = facts.registers[line.register]
    return QuestionView(
        question=line.question,
        role=line.role,
        register=line.register,
        sentence=line.sentence,
        purpose=line.purpose,
        of=line.of,
        wave=wave if line.purpose != "need" else 0,
        sensitive=line.sensitive,
        basis=line.basis,
        dialect=register.engine,
        sql=compile_query(placed.question, register, register.engine).sql,
    )
