"""公安, 民政: who is related to whom, adoptions, children in need; derived from the families of a block."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years
from mianzheng.city.inhabitants import Person
from mianzheng.city.rows import Facts, Row, either

_BIRTHS_FROM = date(1996, 1, 1)
_MIRROR = {
    "配偶": "配偶", "子女": "父母", "父母": "子女", "祖父母": "孙子女", "外祖父母": "外孙子女", "监护人": "被监护人",
}  # fmt: skip


def kinship(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """亲属关系: each tie twice, once under each of the two; the dead stay relatives."""
    for person in block.people:
        for kind, other, ties in _elders(person):
            yield person.number, _tie(kind, other, ties)
            yield other.number, _tie(_MIRROR[kind], person, ties)
        for kind, other in person.ties:
            extra: Facts = {"status": "有效", "rests_on": "户口登记", "since": max(person.birth, other.birth)}
            yield other.number, _tie(kind, person, extra)
            yield person.number, _tie(_MIRROR.get(kind, kind), other, extra)
        last = person.marriages[-1] if person.marriages else None
        if last is not None:
            ended = last.divorced_on is not None
            bond: Facts = {"status": "终止" if ended else "有效", "rests_on": "婚姻登记", "since": last.registered_on}
            yield person.number, _tie("配偶", last.other(person), bond)


def _elders(person: Person) -> Iterator[tuple[str, Person, Facts]]:
    rests = "收养登记" if person.adopted_on else "出生医学证明" if person.birth >= _BIRTHS_FROM else "户口登记"
    ties: Facts = {"status": "有效", "rests_on": rests, "since": person.adopted_on or person.birth}
    for parent in (person.mother, person.father):
        if parent is None:
            continue
        yield "父母", parent, ties
        if person.age < 40:  # nobody has asked about older grandparents for long
            grand = "祖父母" if parent.male else "外祖父母"
            for elder in (parent.mother, parent.father):
                if elder is not None:
                    yield grand, elder, {**ties, "rests_on": "户口登记"}
    if person.birth_mother is not None:
        yield "父母", person.birth_mother, {**ties, "status": "终止", "rests_on": "出生医学证明", "since": person.birth}
    if person.guardian is not None:
        since = max(person.birth, add_years(person.birth, person.age))
        yield "监护人", person.guardian, {"status": "有效", "rests_on": "法院裁判", "since": since}


def _tie(kind: str, other: Person, ties: Facts) -> Facts:
    return {"relation": kind, "relatives": other.number, "relatives_name": other.former_name or other.name, **ties}


def adoption(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """收养登记: under the adopted child."""
    for person in block.people:
        if person.adopted_on is None:
            continue
        yield (
            person.number,
            {
                "status": "成立",
                "registered_on": person.adopted_on,
                "dissolved_on": None,
                **_named("adoptive_father", person.father),
                **_named("adoptive_mother", person.mother),
            },
        )


def child_welfare(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """孤儿困境儿童: children under a court's guardian, and a few others in need."""
    for person in block.residents:
        if person.age >= 18 or (person.guardian is None and rng.random() >= 0.004):
            continue
        alone = person.guardian is not None
        yield (
            person.number,
            {
                "kind": "事实无人抚养儿童" if alone else either(rng, ("农村留守儿童", 8), ("重点困境儿童", 2)),
                "status": "未申请" if alone and rng.random() < 0.3 else "保障中",
                "father_state": either(rng, ("死亡", 4), ("服刑在押", 3), ("失联", 3)) if alone else "正常",
                "mother_state": either(rng, ("死亡", 3), ("失联", 5), ("重病", 2)) if alone else "正常",
            },
        )


def _named(link: str, other: Person | None) -> Facts:
    return {link: None, f"{link}_name": None} if other is None else {link: other.number, f"{link}_name": other.name}
