"""What a link answers from the rows of its register: whom it reaches, nobody, or not held.

1. A row leads on when the link's rule is true of it. One of which that is not known, or which names nobody, leaves the
   whole link not held: who stands there might be anybody.
2. No row: a closed register answers none; from any other, absence proves nothing.
3. Rows that may exist elsewhere: those found are reached, and the answer rests on *missing*, so that nothing is
   concluded from there being no others.
4. More than the link's `most`, or several where the role is one person, are a fault of the register: not held.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mianzheng.model.canonical import digest
from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Absence, KeyColumn, Register
from mianzheng.model.scalar import Scalar
from mianzheng.rules.answer import condition_on, is_closed
from mianzheng.rules.bind import Bindings
from mianzheng.rules.expression import Linked
from mianzheng.rules.question import Question

_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD = re.compile(r"[0-9]{15}")
_BODY = re.compile(r"[0-9A-Z]{18}")
_DOTS = "•・．.‧∙⋅"  # as sources write the dot in names (domain/registers.md, trap 5)
_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))  # GB 11643
_BORN_BEFORE_1900 = ("996", "997", "998", "999")


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the subject: whether it leads on (None: not known), to which number and name as stored."""

    leads: bool | None
    number: str
    name: str = ""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """One whom a link reaches, by their number in full."""

    number: str
    name: str


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A link's answer (its `linked` is added with the bundles), and whom it reaches, in an order that tells nothing."""

    answer: Answer
    people: tuple[Reached, ...] = ()


def name_of(link: str) -> str:
    """Return under which key a row holds the name of whom a link leads to; the number stands under the link's own."""
    return f"{link} name"  # a blank keeps it from facts


def leads_of(
    question: Question, register: Register, rows: Sequence[Mapping[str, Scalar | None]], bindings: Bindings
) -> tuple[Lead, ...]:
    """Return the leads of rows that hold facts by name, and under the link's name the number it leads to."""
    node = _linked(question)
    return tuple(
        Lead(
            leads=True if node.where is None else condition_on(node.where, question, register, row, bindings),
            number=str(row.get(node.link) or ""),
            name=str(row.get(name_of(node.link)) or ""),
        )
        for row in rows
    )


def reach(
    question: Question, register: Register, leads: Sequence[Lead], *, one: bool, chosen: str | None = None
) -> Reach:
    """Return whom a link reaches. `one`: the role is one person; `chosen`: the number or name typed, where one is."""
    node = _linked(question)
    if register.rows == "one" and len(leads) > 1:
        return Reach(
            answer=Answer(status=Status.UNAVAILABLE, reason="the register holds more than one row of this subject")
        )
    closed = is_closed(register, question.scope)
    if node.chosen:
        return _chosen(question, register, leads, chosen or "", closed=closed)
    if not leads:
        return _none(question) if closed else _not_held(question, RestsOn.MISSING)
    link = register.links[node.link]
    open_ = [lead for lead in leads if lead.leads is not False]
    people = _people(open_, node, link.key)
    if people is None:
        return _not_held(question, RestsOn.NULL, "a row leads to somebody whom it does not name")
    if len(people) > node.most or (one and len(people) > 1):
        return _not_held(question, RestsOn.ROW, f"the link leads to {len(people)}")
    complete = closed or register.absence is Absence.FAULT or register.rows == "one"
    if not people and not complete:
        return _not_held(question, RestsOn.MISSING)
    rests_on = RestsOn.ROW if complete else RestsOn.MISSING
    return Reach(answer=_value(question, len(people), rests_on), people=people)


def full_number(stored: str, to: str, key: KeyColumn) -> str | None:
    """Return a stored number in full, an old one of 15 digits in today's form; None when it names nobody."""
    text = unicodedata.normalize("NFKC", stored).strip().upper()  # a last X as Ｘ or Ⅹ, as some sources write it
    if to == "property":
        return text or None
    if to == "enterprise":
        return text if _BODY.fullmatch(text) else None
    if _CITIZEN.fullmatch(text):
        return text
    if key.old_numbers and _OLD.fullmatch(text) and not text.endswith(_BORN_BEFORE_1900):
        body = f"{text[:6]}19{text[6:]}"
        return body + "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True)) % 11]
    return None


def _chosen(question: Question, register: Register, leads: Sequence[Lead], typed: str, *, closed: bool) -> Reach:
    """Only rows that surely lead on count; of a name that two people bear, nobody is reached."""
    node = _linked(question)
    key = register.links[node.link].key
    number, name = full_number(typed, node.to, key), _compared(typed)
    found: dict[str, Reached] = {}
    for lead in leads:
        own = full_number(lead.number, node.to, key)
        if lead.leads is True and own is not None and (own == number or (name and name == _compared(lead.name))):
            found.setdefault(own, Reached(number=own, name=_name(lead.name)))
    if len(found) == 1:
        return Reach(answer=_value(question, 1, RestsOn.ROW), people=tuple(found.values()))
    if leads:
        return _not_held(question, RestsOn.ROW)
    return _not_held(question, RestsOn.ABSENT if closed else RestsOn.MISSING)


def _people(leads: Iterable[Lead], node: Linked, key: KeyColumn) -> tuple[Reached, ...] | None:
    found: dict[str, Reached] = {}
    for lead in leads:
        number = full_number(lead.number, node.to, key)
        if lead.leads is None or number is None:
            return None
        found.setdefault(number, Reached(number=number, name=_name(lead.name)))
    return tuple(found[number] for number in sorted(found, key=lambda number: digest(number.encode())))


def _name(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _compared(text: str) -> str:
    """Return a name for comparison only: without blanks, every dot of a name with one as U+00B7."""
    return "".join("·" if sign in _DOTS else sign for sign in _name(text) if not sign.isspace())


def _none(question: Question) -> Reach:
    return Reach(answer=_value(question, 0, RestsOn.ABSENT))


def _value(question: Question, count: int, rests_on: RestsOn) -> Answer:
    return Answer(status=Status.VALUE, value=count, rests_on=rests_on, scope=question.scope)


def _not_held(question: Question, rests_on: RestsOn, reason: str = "") -> Reach:
    return Reach(answer=Answer(status=Status.NOT_HELD, rests_on=rests_on, scope=question.scope, reason=reason))


def _linked(question: Question) -> Linked:
    if not isinstance(question.expression, Linked):
        raise TypeError(f"{question.id} is no link")
    return question.expression
