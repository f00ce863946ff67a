"""From the facts of a case to what a paper says: the template's words filled in, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mianzheng.deadlines import Calendar
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Reference
from mianzheng.model.papers import Paper, PaperKind, Section
from mianzheng.model.text import Text
from mianzheng.papers.facts import ACTS, PaperFacts, ReasonFact
from mianzheng.papers.remedies import day_zh, remedies_of, remedies_on, remedy_words
from mianzheng.papers.templates import Template, TemplateSection, template_on

_ORDER = "一二三四五六七八九十"
_LICENSING = "行政许可法"
_SEALED = frozenset(PaperKind) - {PaperKind.MANDATE}


def compose(facts: PaperFacts, *, calendar: Calendar) -> Paper:
    """Return the paper of these facts; `WrongUse` when its template names a fact that is missing."""
    template = template_on(facts.kind, facts.made_on)
    values = _values(facts)
    lists = {"reasons": _reasons(facts.reasons), "rules": _rules(facts.law), **facts.lists}
    if any(section.list == "remedies" for section in template.section):
        lists["remedies"] = _remedies(facts, calendar)
    return Paper(
        kind=facts.kind,
        number=facts.number.text,
        display=facts.number.display,
        title=_filled(template.title, values),
        department=facts.department_name,
        case=facts.case,
        addressee=facts.addressee,
        sections=tuple(_sections(template, values, lists)),
        law=_law(template, facts),
        made_on=facts.made_on,
        check=facts.check,
        sealed=facts.kind in _SEALED,
    )


def _sections(template: Template, values: Mapping[str, Text], lists: Mapping[str, tuple[Text, ...]]) -> list[Section]:
    """Return the sections that apply; those with a heading are counted 一、二、三."""
    found, count = [], 0
    for section in template.section:
        if section.when and section.when not in values:
            continue
        heading = None
        if section.heading is not None:
            heading = Text(f"{_ORDER[count]}、{section.heading.zh}", section.heading.en)
            count += 1
        found.append(_section(section, heading, values, lists))
    return found


def _section(
    section: TemplateSection, heading: Text | None, values: Mapping[str, Text], lists: Mapping[str, tuple[Text, ...]]
) -> Section:
    paragraphs = tuple(_filled(one, values) for one in section.text)
    if not section.list:
        return Section(heading=heading, paragraphs=paragraphs)
    if section.list not in lists:
        raise WrongUse(f"the template needs {section.list}, the case has none", hint="papers/templates.toml")
    return Section(heading=heading, paragraphs=paragraphs, points=_numbered(lists[section.list]))


def _is_licence(facts: PaperFacts) -> bool:
    return facts.item_kind == "行政许可"


def _law(template: Template, facts: PaperFacts) -> tuple[Reference, ...]:
    """Return what a paper rests on; what is no licence follows the licensing law 参照, beside the item's own law."""
    if _is_licence(facts):
        return template.law
    follows = [
        Reference(text=f"参照{one.text}", verified=False) if one.text.startswith(_LICENSING) else one
        for one in template.law
    ]
    return (*facts.law, *follows)


def _values(facts: PaperFacts) -> dict[str, Text]:
    law = facts.law[0].text if facts.law else "有关规定"
    found = {
        "item": facts.item,
        "case": Text(facts.case, facts.case),
        "act": ACTS[facts.item_kind],
        "by": Text("依照", "under") if _is_licence(facts) else Text("参照", "after the model of"),
        "law": Text(law, law),
        **{name: _value(value) for name, value in facts.values.items()},
    }
    return found


def _value(value: Text | date | str) -> Text:
    if isinstance(value, date):
        return Text(day_zh(value), value.isoformat())
    return Text(value, value) if isinstance(value, str) else value


def _filled(text: Text, values: Mapping[str, Text]) -> Text:
    try:
        return Text(
            text.zh.format_map({name: value.zh for name, value in values.items()}),
            text.en.format_map({name: value.en for name, value in values.items()}),
        )
    except KeyError as missing:
        raise WrongUse(f"the template needs {missing}, the case has none", hint="papers/templates.toml") from None


def _numbered(points: tuple[Text, ...]) -> tuple[Text, ...]:
    """Return points as official documents count them: （一）…; one alone is not counted."""
    if len(points) < 2:
        return points
    return tuple(Text(f"（{_count(place)}）{one.zh}", one.en) for place, one in enumerate(points, start=1))


def _count(place: int) -> str:
    if place <= len(_ORDER):
        return _ORDER[place - 1]
    return f"十{_ORDER[place - 11]}" if place < 20 else str(place)


def _reasons(reasons: tuple[ReasonFact, ...]) -> tuple[Text, ...]:
    return tuple(_reason(one) for one in reasons)


def _reason(one: ReasonFact) -> Text:
    zh, en = f"{_ended(one.words.zh)}", f"{one.words.en}."
    if one.rule is not None:
        since = f"，自{day_zh(one.since)}起适用" if one.since else ""
        zh += f"依据：{one.rule.text}{since}。"
        en += f" Rule: {one.rule.text}" + (f", in force since {one.since}." if one.since else ".")
    if one.contest is not None:
        zh += f"认为有误的，可以提出异议：{_ended(one.contest.zh)}"
        en += f" To contest it: {one.contest.en}."
    return Text(zh, en)


def _ended(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _rules(law: tuple[Reference, ...]) -> tuple[Text, ...]:
    return tuple(Text(_ended(one.text), one.text) for one in law)


def _remedies(facts: PaperFacts, calendar: Calendar) -> tuple[Text, ...]:
    in_force = remedies_on(facts.made_on)
    ways = remedies_of(facts.department, decided_on=facts.made_on, received_on=facts.made_on, calendar=calendar)
    return remedy_words(ways, days=in_force.review_days, months=in_force.court_months)
