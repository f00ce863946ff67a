"""民政, 卫健, 公安: marriages, births, deaths, households and identity cards, for packs that declare them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years
from mianzheng.city.inhabitants import Household, Marriage, Person
from mianzheng.city.places import CITY
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
    status = marital_status(person)
    count = len(person.marriages)
    return {
        "status": status,
        "is_married": status in ("初婚", "再婚", "复婚"),
        "spouse": last.other(person).number if last.divorced_on is None else None,
        "registered_on": last.registered_on,
        "certificate_no": f"J{CITY}-{last.registered_on.year}-{int(last.husband.number[-5:-1]):06d}",
        "issuer": "临海市民政局",
        "kind": "内地居民",
        "divorced_on": last.divorced_on,
        "divorce_kind": None if last.divorced_on is None else "登记离婚",
        "marriages_count": count,
        "is_void": False,
    }


def birth(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """出生医学证明: under the child, its parents' numbers, since 1996."""
    for person in block.people:
        if person.mother is None or person.birth < _BIRTHS_FROM:
            continue
        issued = min(person.birth + timedelta(days=rng.randrange(1, 60)), today)
        yield (
            person.number,
            {
                "certificate_no": f"{rng.choice('MNPQRSTU')}33{rng.randrange(10**7):07d}",
                "kind": either(rng, ("首次签发", 97), ("换发", 1), ("补发", 2)),
                "status": "有效",
                "delivered_on": person.birth,
                "newborn_name": person.name,
                "newborn_sex": "男性" if person.male else "女性",
                "mother": person.mother.number,
                "father": person.father.number if person.father is not None and rng.random() > 0.01 else None,
                "issued_on": issued,
                "delivery_place_code": CITY,
                "delivery_kind": either(rng, ("医院", 82), ("妇幼保健院", 17), ("家庭", 1)),
                "gestation_weeks": rng.randrange(36, 42),
                "weight_g": int(rng.gauss(3250, 420)),
                "multiple_count": 1,
                "is_entered": True,
            },
        )


def death(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """死亡医学证明: most deaths; those at home come late or never."""
    for person in block.people:
        if person.died_on is None or rng.random() < 0.06:
            continue
        declarer = person.children[0] if person.children else person.spouse
        yield (
            person.number,
            {
                "is_dead": True,
                "died_on": person.died_on,
                "certificate_no": f"33{person.died_on.year}{rng.randrange(10**8):08d}",
                "issuer_kind": either(rng, ("医疗卫生机构", 92), ("公安部门", 8)),
                "kind": either(rng, ("正常死亡", 95), ("非正常死亡", 5)),
                "death_place_kind": either(
                    rng, ("家中", 58), ("医疗卫生机构", 34), ("养老服务机构", 5), ("其他场所", 3)
                ),
                "place_code": CITY,
                "declared_by": declarer.number if declarer is not None else None,
                "issued_on": min(person.died_on + timedelta(days=rng.randrange(0, 20)), today),
                "status": "有效",
            },
        )


def household(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """家庭户: a row for each member, with the household's number and head."""
    for home in block.households:
        for member in home.members:
            yield (
                member.number,
                {
                    "household_no": home.number,
                    "kind": "家庭户",
                    "status": "正常",
                    "head": home.head.number,
                    "member": member.number,
                    "relation_to_head": _relation(home, member),
                    "address": home.address,
                    "established_on": home.established_on,
                    "member_count": len(home.members),
                    "minor_count": sum(1 for person in home.members if person.age < 18),
                    "elderly_count": sum(1 for person in home.members if person.age >= 60),
                },
            )


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
    """居民身份证: one card for everyone from 16 on and many children; valid 5, 10, 20 years or for good."""
    for person in block.residents:
        if person.age < 16 and rng.random() < 0.6:
            continue
        issued = max(today - timedelta(days=rng.randrange(20, 3650)), person.birth)
        age = issued.year - person.birth.year
        years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else None
        until = add_years(issued, years) if years is not None else None
        lost = rng.random() < 0.01
        yield (
            person.number,
            {
                "kind": "居民身份证",
                "status": "挂失" if lost else "过期" if until is not None and until < today else "有效",
                "issued_on": issued,
                "valid_from": issued,
                "valid_until": until,
                "issuer": "临海市公安局",
                "fingerprint_taken": issued.year >= 2013,
                "lost_reported_on": today - timedelta(days=rng.randrange(1, 400)) if lost else None,
                "reissue_count": rng.choices((0, 1, 2), weights=(88, 10, 2))[0],
            },
        )
