"""An item's examples as people read them: what lies in which register, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Example, Item, base_of
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text

OUTCOMES = {
    "granted": Text("予以办理", "granted"),
    "refused": Text("不予办理", "refused"),
    "undecided": Text("由人来定", "left to a person"),
}
_PEOPLE = {"none": Text("没有", "nobody"), "not_held": Text("没有登记", "not held")}
_YES, _NO, _NONE = Text("是", "yes"), Text("否", "no"), Text("空", "empty")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One example: its lines are "公安部门的记录·出生日期：1946-03-02"."""

    example: Example
    outcome: Text
    reasons: tuple[str, ...]
    lines: tuple[Text, ...]


def told(example: Example, item: Item, facts: FactCatalogue) -> Told:
    """Return an example in words."""
    return Told(
        example=example,
        outcome=OUTCOMES[example.expect],
        reasons=example.reasons or example.undecided,
        lines=tuple(_lines(example, item, facts)),
    )


def _lines(example: Example, item: Item, facts: FactCatalogue) -> Iterator[Text]:
    for name, value in example.given.items():
        place, _, fact = name.rpartition(".")
        yield _line(place, fact, value, item, facts)
    for place, rows in example.rows.items():
        for row in rows:
            parts = [_line("", fact, value, item, facts, of=place) for fact, value in row.items()]
            where = _place(place, item, facts)
            zh, en = "，".join(part.zh for part in parts), ", ".join(part.en for part in parts)
            yield Text(f"{where.zh}的一条记录：{zh}", f"{where.en}, one record: {en}")
    for places, zh, en in (
        (example.absent, "没有记录", "no record"),
        (example.unavailable, "没有应答", "does not answer"),
    ):
        for place in places:
            where = _place(place, item, facts)
            yield Text(f"{where.zh}：{zh}", f"{where.en}: {en}")
    for role, count in example.people.items():
        said = _PEOPLE.get(str(count), Text(str(count), str(count)))
        label = item.roles[base_of(role)].label
        yield Text(f"{label.zh}：{said.zh}", f"{label.en}: {said.en}")
    for name, value in example.form.items():
        yield _named(item.form[name].label if name in item.form else Text(name, name), value)
    for name, value in example.findings.items():
        yield _named(item.findings[name].label if name in item.findings else Text(name, name), value)


def _line(place: str, fact: str, value: Wire | None, item: Item, facts: FactCatalogue, of: str = "") -> Text:
    register = (of or place).partition(".")[2]
    known = facts.registers.get(register)
    declared = known.facts.get(fact) if known is not None else None
    link = known.links.get(fact) if known is not None else None
    label = declared.label if declared is not None else link.label if link is not None else Text(fact, fact)
    said = _value(value)
    if link is not None and base_of(str(value)) in item.roles:
        said = item.roles[base_of(str(value))].label
    if declared is not None and isinstance(value, str):
        said = Text(value, declared.english.get(value, value))
    where = Text("", "") if of else _place(place, item, facts)
    start = Text(f"{where.zh}·", f"{where.en}: ") if where.zh else where
    return Text(f"{start.zh}{label.zh}：{said.zh}", f"{start.en}{label.en}: {said.en}")


def _place(place: str, item: Item, facts: FactCatalogue) -> Text:
    """Return "申请人·户籍" of `applicant.hukou`; one of several people with their number."""
    role, _, name = place.partition(".")
    label = item.roles[base_of(role)].label if base_of(role) in item.roles else Text(role, role)
    number = role.partition("#")[2]
    register = facts.registers.get(name)
    of = register.name if register is not None else Text(name, name)
    return Text(f"{label.zh}{number}·{of.zh}", f"{label.en}{f' {number}' if number else ''}, {of.en}")


def _named(label: Text, value: Wire | None) -> Text:
    said = _value(value)
    return Text(f"{label.zh}：{said.zh}", f"{label.en}: {said.en}")


def _value(value: Wire | None) -> Text:
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return _YES if value else _NO
    return Text(str(value), str(value))
