"""教育: the current or last enrolment of pupils and students known here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.inhabitants import Person
from mianzheng.city.places import CITY
from mianzheng.city.rows import Facts, Row, either

# Stage, age at entry on 1 September, years.
_STAGES = (("学前教育", 3, 3), ("小学", 6, 6), ("初中", 12, 3), ("普通高中", 15, 3))
_UPPER = (("普通高中", 58), ("中等职业教育", 42))
_HIGHER = (("大学专科", 48), ("大学本科", 46), ("研究生", 6))
_UNKNOWN_HERE = 0.05  # pupils of other places


def student(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """学籍: from three years on, those at school here, and the last enrolment of who left school lately."""
    year = today.year if today.month >= 9 else today.year - 1
    for person in block.residents:
        age = year - person.birth.year - ((person.birth.month, person.birth.day) > (8, 31))
        if not 3 <= age < 26 or rng.random() < _UNKNOWN_HERE:
            continue
        enrolled = _enrolment(rng, person, age, year)
        if enrolled is not None:
            yield person.number, {"student_no": f"G{person.number}", **enrolled, **_aid(rng, person, enrolled, year)}


def _enrolment(rng: Random, person: Person, age: int, year: int) -> Facts | None:
    learning = person.work is not None and person.work.state in ("child", "pupil", "student")
    if age >= 18:
        return _higher(rng, age, year, learning=learning)
    stage, entry, years = next(row for row in reversed(_STAGES) if age >= row[1])
    if stage == "普通高中":
        stage = either(rng, *_UPPER)
    begun = year - (age - entry)
    status = "在籍在读" if learning else either(rng, ("退学", 60), ("转出", 40))
    if status == "在籍在读":
        status = either(rng, ("在籍在读", 97.5), ("休学", 1), ("借读", 1.5))
    return _facts(stage, status, age - entry + 1, begun, years)


def _higher(rng: Random, age: int, year: int, *, learning: bool) -> Facts | None:
    if not learning:
        if rng.random() < 0.5:
            return None
        return _facts(either(rng, *_UPPER), "毕业", 3, year - (age - 15), 3)
    stage = either(rng, *_HIGHER) if age >= 22 else either(rng, *_HIGHER[:2])
    years = {"大学专科": 3, "大学本科": 4, "研究生": 3}[stage]
    grade = min(max(age - (22 if stage == "研究生" else 18) + 1, 1), years)
    return _facts(stage, "在籍在读", grade, year - grade + 1, years)


def _facts(stage: str, status: str, grade: int, begun: int, years: int) -> Facts:
    return {
        "status": status,
        "stage": stage,
        "grade": grade,
        "enrolled_on": date(begun, 9, 1),
        "graduates_on": date(begun + years, 6, 30),
    }


def _aid(rng: Random, person: Person, enrolled: Facts, year: int) -> Facts:
    poor = person.household is not None and person.household.poor
    level = either(rng, ("特别困难", 5), ("困难", 3), ("一般困难", 2)) if poor else either(
        rng, ("未认定", 95), ("一般困难", 3), ("困难", 2)
    )  # fmt: skip
    vocational = enrolled["stage"] == "中等职业教育"
    grade = enrolled["grade"]
    away = enrolled["stage"] in ("大学专科", "大学本科", "研究生")
    return {
        "school_place_code": either(rng, ("331002", 3), ("330106", 7)) if away else CITY,
        "is_full_time": rng.random() < (0.97 if vocational or away else 1.0),
        "hardship_level": level,
        "aid_term": f"{year}秋" if level != "未认定" and rng.random() < 0.5 else None,
        "tuition_free_years_used": min(int(grade), 3) - 1 if vocational and isinstance(grade, int) else 0,
    }
