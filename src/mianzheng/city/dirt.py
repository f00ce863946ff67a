"""What the traps of `city.trouble` do to a register's rows: left out, added, or held in a form that says nothing.

A `Spoilt` value keeps the true fact for the truth, and what the department's own column holds instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mianzheng.city.calendar import add_years
from mianzheng.city.numbers import id_number
from mianzheng.city.places import ORIGINS
from mianzheng.city.rows import Facts, Row
from mianzheng.model.facts import Register
from mianzheng.model.scalar import Scalar

Change = Callable[[str, Facts, Random, date], list[Row]]

_CODES = {  # register -> the fact whose code nobody knows
    "hukou": "status", "social_insurance": "status", "marriage": "status", "real_estate": "use", "veteran": "status",
}  # fmt: skip
_DAYS = {  # register -> the fact whose text is no date
    "hukou": "moved_in_on", "elder_care": "assessment_valid_until",
    "social_assistance": "approved_on", "social_insurance": "retire_due_on",
}  # fmt: skip
_NO_DAYS = ("45012", "20231345", "长期", "9.3.1")


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A fact as the department holds it, beside what is true."""

    held: str | int | None
    true: Scalar | None


def dirtied(
    rows: Iterator[Row], register: Register, troubles: Mapping[str, set[str]], rng: Random, today: date
) -> Iterator[Row]:
    """Yield a register's rows as the department holds them."""
    name = register.register
    for subject, facts in rows:
        done: list[Row] = [(subject, facts)]
        for trap in sorted(troubles.get(subject, ())):
            change = _CHANGES.get((trap, name))
            if change is not None:
                done = [row for one, held in done for row in change(one, held, rng, today)]
            done = [(one, _spoil(trap, register, held, rng)) for one, held in done]
        yield from done
    for subject, traps in troubles.items():
        for trap in sorted(traps):
            if (trap, name) in _ADDED:
                yield subject, _ADDED[trap, name](rng, today)


def _spoil(trap: str, register: Register, facts: Facts, rng: Random) -> Facts:
    name = register.register
    if trap == "unknown_code" and name in _CODES:
        fact = _CODES[name]
        held: str | int = 77 if register.source.columns[fact].code_type == "integer" else "77"
    elif trap == "no_date" and name in _DAYS and facts.get(_DAYS[name]) is not None:
        fact, held = _DAYS[name], rng.choice(_NO_DAYS)
    else:
        return facts
    return {**facts, fact: Spoilt(held, facts.get(fact))}  # type: ignore[dict-item]  # unwrapped by layout and truth


def _gone(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    return []


def _with(**values: Scalar | None) -> Change:
    return lambda subject, facts, rng, today: [(subject, {**facts, **values})]


def _by_name_alone(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    """An owner of whom the old title deed has a name and no number."""
    nameless = Spoilt(None, facts.get("owners"))
    return [(subject, {**facts, "owners": nameless})]  # type: ignore[dict-item]  # unwrapped by layout and truth


def _second_entry(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    birth = facts["birth_date"]
    assert isinstance(birth, date)
    other = id_number(subject[:6], birth, 980 + rng.randrange(16))
    return [(subject, facts), (other, {**facts, "status": "重复户口注销"})]


def _by_the_moon(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    due = facts.get("retire_due_on")
    moved = due + timedelta(days=rng.randrange(20, 50)) if isinstance(due, date) else due
    return [(subject, {**facts, "retire_due_on": moved})]


def _twice(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    return [(subject, facts), (subject, {**facts, "place_code": "330106", "status": "暂停参保"})]


def _lost(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    return [(subject, {**facts, "status": "挂失", "lost_reported_on": today - timedelta(days=9)})]


def _expired(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    return [(subject, {**facts, "status": "过期", "valid_until": today - timedelta(days=30)})]


def _replaced(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    first = add_years(today, -15)
    return [(subject, {**facts, "first_issued_on": first, "issued_on": today - timedelta(days=60), "reissue_count": 2})]


def _former(subject: str, facts: Facts, rng: Random, today: date) -> list[Row]:
    before = {**facts, "status": "退出", "shareholders": "332621196001010018", "shareholders_name": "前经营者"}
    return [(subject, facts), (subject, before)]


def _ghost(rng: Random, today: date) -> Facts:
    gone = add_years(today, -rng.randrange(6, 12))
    return {
        "kind": "小型普通客车",
        "use_kind": "非营运",
        "status": "正常",
        "inspected_until": gone,
        "insured_until": gone,
        "first_registered_on": add_years(gone, -8),
    }


def _drew_lately(rng: Random, today: date) -> Facts:
    """An account from which money was drawn some months ago, on a day that the department does not hold as one."""
    drawn = today - timedelta(days=rng.randrange(60, 120))
    return {
        "status": "正常缴存",
        "months_paid": 90,
        "consecutive_months_paid": 60,
        "loan_status": "无",
        "rent_withdrawn_on": Spoilt(rng.choice(_NO_DAYS), drawn),  # type: ignore[dict-item]
    }


def _divorced(rng: Random, today: date) -> Facts:
    return {"status": "离婚", "is_void": False, "marriages_count": 1, "divorced_on": add_years(today, -1)}


def _married_there(rng: Random, today: date) -> Facts:
    """A marriage with somebody whom no register of this city knows."""
    birth = add_years(today, -rng.randrange(26, 55))
    return {
        "status": "初婚",
        "is_void": False,
        "marriages_count": 1,
        "registered_on": add_years(birth, 24),
        "divorced_on": None,
        "divorce_kind": None,
        "spouse": id_number(rng.choice(ORIGINS)[0], birth, rng.randrange(600, 900)),
        "spouse_name": "外地人",
    }


def _holds(kind: str) -> Callable[[Random, date], Facts]:
    """A document by which somebody without an entry in the household register lives here."""

    def document(rng: Random, today: date) -> Facts:
        issued = add_years(today, -rng.randrange(1, 5))
        return {"kind": kind, "status": "有效", "issued_on": issued, "valid_until": add_years(issued, 5)}

    return document


def _juvenile(rng: Random, today: date) -> Facts:
    day = add_years(today, -rng.randrange(3, 9))
    return {
        "identity_confirmed": True,
        "is_sealed": True,
        "is_intentional": True,
        "sentence_state": "执行完毕",
        "sentenced_on": day,
        "ended_on": day + timedelta(days=200),
    }


_CHANGES: dict[tuple[str, str], Change] = {
    ("two_entries", "hukou"): _second_entry,
    ("married_elsewhere", "marriage"): _gone,
    ("identity_number_of_hongkong", "hukou"): _gone,
    ("identity_number_of_hongkong", "id_card"): _gone,
    ("foreigner", "hukou"): _gone,
    ("foreigner", "id_card"): _gone,
    ("paper_title", "title"): _by_name_alone,
    ("unregistered_death", "death"): _gone,
    ("unregistered_death", "hukou"): _with(status="正常"),
    ("no_date", "fund_account"): _gone,
    ("no_date", "marriage"): _gone,
    ("no_date", "real_estate"): _gone,
    ("lunar_retirement", "social_insurance"): _by_the_moon,
    ("months_overlap", "medical_insured"): _twice,
    ("replaced_card", "id_card"): _replaced,
    ("card_lost", "id_card"): _lost,
    ("card_expired", "id_card"): _expired,
    ("card_never", "id_card"): _gone,
    ("no_key", "id_card"): _gone,
    ("former_operator", "shareholding"): _former,
    ("branch", "enterprise"): _with(kind="分支机构"),
}
_ADDED: dict[tuple[str, str], Callable[[Random, date], Facts]] = {
    ("ghost_vehicle", "vehicle"): _ghost,
    ("identity_number_of_hongkong", "exit_entry"): _holds("港澳台居民居住证"),
    ("foreigner", "exit_entry"): _holds("外国人永久居留身份证"),
    ("no_date", "fund_account"): _drew_lately,
    ("no_date", "marriage"): _divorced,
    ("sealed", "criminal_record"): _juvenile,
    ("spouse_elsewhere", "marriage"): _married_there,
}
