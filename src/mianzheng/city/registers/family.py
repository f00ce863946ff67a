"""民政, 卫健, 公安: marriages, births, deaths, households, identity cards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years
from mianzheng.city.inhabitants import Household, Marriage, Person
from mianzheng.city.registers.population import marital_status
from mianzheng.city.rows import Facts, Row, either

_DIGITISED = date(1986, 1, 1)  # marriages registered before are often not in the system
_BIRTHS_FROM = date(1996, 1, 1)  # birth certificates exist since then


def marriage(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """婚姻登记: under each of the two, their last marriage; older ones are often missing, nobody stands as 未婚."""
    for person in block.people:
        if person.marriages and (person.marriages[-1].registered_on >= _DIGITISED or rng.random() < 0.4):
            yield person.number, _marriage(person, person.marriages[-1])


def _marriage(person: Person, last: Marriage) -> Facts:
    other = last.other(person)
    return {
        "status": marital_status(person),
        "spouse": other.number,  # the column keeps the last one; whether it still leads there says the status
        "spouse_name": other.name,
        "registered_on": last.registered_on,
        "divorced_on": last.divorced_on,
        "divorce_kind": None if last.divorced_on is None else "登记离婚",
        "marriages_count": len(person.marriages),
        "is_void": False,
    }


def birth(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """出生医学证明: under the child, its parents' numbers, since 1996."""
    for person in block.people:
        mother = person.birth_mother if person.adopted_on else person.mother
        if mother is None or person.birth < _BIRTHS_FROM:
            continue
        issued = min(person.birth + timedelta(days=rng.randrange(1, 60)), today)
        father = None if person.adopted_on or rng.random() < 0.01 else person.father
        yield (
            person.number,
            {
                "status": "有效",
                "delivered_on": person.birth,
                "mother": mother.number,
                "mother_name": mother.name,
                "father": father.number if father is not None else None,
                "father_name": father.name if father is not None else None,
                "issued_on": issued,
                "delivery_kind": either(rng, ("医院", 82), ("妇幼保健院", 17), ("家庭", 1)),
                "multiple_count": 1,
                "is_entered": True,
            },
        )


def death(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """死亡医学证明: most deaths; those at home come late or never."""
    for person in block.people:
        if person.died_on is None or rng.random() < 0.06:
            continue
        declarer = person.children[0] if person.children else None
        yield (
            person.number,
            {
                "died_on": person.died_on,
                "kind": either(rng, ("正常死亡", 95), ("非正常死亡", 5)),
                "declared_by": declarer.number if declarer is not None else None,
                "declared_by_name": declarer.name if declarer is not None else None,
                "issued_on": min(person.died_on + timedelta(days=rng.randrange(0, 20)), today),
                "status": "有效",
            },
        )


def household(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """家庭户: under each member of a household of the city a row for every member, the person included."""
    for home in block.households:
        lines = [(member, _line(home, member)) for member in home.members]
        for person in home.members:
            for member, line in lines:
                yield person.number, {**line, "is_self": member is person}


def _line(home: Household, member: Person) -> Facts:
    return {
        "household_no": home.number,
        "kind": "家庭户",
        "members": member.number,
        "members_name": member.name,
        "member_relation": _relation(home, member),
        "established_on": home.established_on,
    }


def _relation(home: Household, member: Person) -> str:
    head = home.head
    if member is head:
        return "户主"
    if member is head.spouse:
        return "配偶"
    if head in (member.father, member.mother) or (
        head.spouse is not None and head.spouse in (member.father, member.mother)
    ):
        return "子" if member.male else "女"
    if member in (head.father, head.mother):
        return "父母"
    parents = [parent for parent in (member.father, member.mother) if parent is not None]
    return "孙子女或外孙子女" if any(parent in head.children for parent in parents) else "其他"


def id_card(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """居民身份证: one card for nearly everyone from 16 on and many children; valid 5, 10, 20 years or for good."""
    for person in block.residents:
        if rng.random() < (0.6 if person.age < 16 else 0.004):
            continue
        issued = max(today - timedelta(days=rng.randrange(20, 3650)), person.birth)
        age = issued.year - person.birth.year
        years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else None
        until = add_years(issued, years) if years is not None else None
        lost = rng.random() < 0.01
        reissued = rng.choices((0, 1, 2), weights=(88, 10, 2))[0]
        yield (
            person.number,
            {
                "status": "挂失" if lost else "过期" if until is not None and until < today else "有效",
                "issued_on": issued,
                "first_issued_on": max(person.birth, add_years(issued, -8)) if reissued else issued,
                "valid_until": until,
                "fingerprint_taken": issued.year >= 2013,
                "lost_reported_on": today - timedelta(days=rng.randrange(1, 400)) if lost else None,
                "reissue_count": reissued,
            },
        )


def fertility(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """生育服务: mothers and fathers of children born since 1980, and pregnancies registered lately."""
    for person in block.residents:
        recent = 22 <= person.age < 42 and bool(person.marriages) and rng.random() < 0.06
        if not person.children and not recent:
            continue
        only = len(person.children) == 1 and person.children[0].birth < date(2016, 1, 1) and rng.random() < 0.7
        due = today + timedelta(days=rng.randrange(-40, 200)) if recent else None
        toddler = any(child.age < 3 for child in person.children)
        yield (
            person.number,
            {
                "registered_on": due - timedelta(days=210) if due is not None else None,
                "due_on": due,
                "is_only_child_parent": only,
                "certificate_on": person.children[0].birth + timedelta(days=400) if only else None,
                "reward_status": either(rng, ("未申请", 8), ("发放中", 2)) if only else "未申请",
                "childcare_paid_year": today.year - rng.choice((0, 1)) if toddler else 0,
            },
        )
