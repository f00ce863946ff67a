"""What the pages say: an item with all that it demands, a register with its facts and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from mianzheng.catalogue.introducing import Introduction, introduce
from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.reading import named_by
from mianzheng.catalogue.replaced import answering
from mianzheng.model.facts import Department, Fact, Link, Register
from mianzheng.model.item import Condition, Item, base_of
from mianzheng.model.text import Text
from mianzheng.plan.full import full_plan
from mianzheng.rules.agreement import pointed
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.rule_words import RuleWords, amount_words
from mianzheng.site.examples import Told, told


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, the n-th of its item: what it demands in words, and what happens without an answer."""

    number: int
    condition: Condition
    demands: Text
    otherwise: Text | None
    in_force: bool


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in place of a paper: a part of the item by its name, or a word that needs no page."""

    name: str
    label: Text
    anchor: str  # on the item's page; "" for none


class Spared(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that nobody brings any more, what answers it, and the facts asked for that."""

    paper: Text
    by: tuple[Answering, ...]
    facts: tuple[tuple[str, Text], ...]  # register, "role · fact"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a department."""

    question: str
    register: str
    sentence: Text
    whom: Text | None
    purpose: str
    of: tuple[str, ...]
    sensitive: bool


class AskedOf(msgspec.Struct, frozen=True, kw_only=True):
    """All that one department is asked for the item."""

    department: Department
    lines: tuple[Asked, ...]


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """One item."""

    said: Introduction
    demands: tuple[Demand, ...]
    asked: tuple[AskedOf, ...]
    spared: tuple[Spared, ...]
    claims: tuple[tuple[str, Text], ...]
    amount: Text | None
    examples: tuple[Told, ...]

    def label(self, name: str) -> Text:
        """How a condition of the item, or what its credential says (`claims.NAME`), is spoken of."""
        kind, _, claim = name.partition(".")
        if kind == "claims":
            return Text(f"证照载明的 {claim}", f"what the credential says: {claim}")
        return condition_label(next(one.number for one in self.demands if one.condition.id == name))

    @property
    def item(self) -> Item:
        """The item itself."""
        return self.said.item


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One question as it is asked of a register, and by which items."""

    question: str
    sentence: Text
    sensitive: bool
    items: tuple[str, ...]


class RegisterPage(msgspec.Struct, frozen=True, kw_only=True):
    """One register: its facts and links with the items that ask about them, and its questions."""

    register: Register
    department: Department
    facts: tuple[tuple[str, Fact, tuple[str, ...]], ...]
    links: tuple[tuple[str, Link], ...]
    questions: tuple[Wanted, ...]


_WORDS = {
    "presence": Text("申请人是谁，办理时已核实", "who applies is known when they apply"),
    "filing": Text("签了名的申请本身", "the signed application itself"),
    "notice": Text("办结前的公示", "the public notice before the grant"),
    "amount": Text("金额由规则算出", "the amount follows from the rule"),
}


def item_page(compiled: CompiledItem, catalogue: Catalogue, on: date) -> ItemPage:
    """Return what the page of an item says, under the law of a day."""
    facts, words = catalogue.facts, RuleWords(compiled, catalogue.facts)
    said = introduce(compiled, full_plan(compiled, facts, on), facts, catalogue.params, on)
    without = {barrier.id: barrier.otherwise for barrier in said.barriers}
    demands = tuple(
        Demand(
            number=number,
            condition=one.condition,
            demands=words.rule(one.residual),
            otherwise=without.get(one.condition.id),
            in_force=one.in_force(on),
        )
        for number, one in enumerate(compiled.conditions, start=1)
    )
    return ItemPage(
        said=said,
        demands=demands,
        asked=_asked(compiled, catalogue, on),
        spared=tuple(_spared(paper, compiled, catalogue, demands) for paper in compiled.item.replaces),
        claims=tuple((name, words.value(node)) for name, node in compiled.claims.items()),
        amount=amount_words(compiled, facts),
        examples=tuple(told(example, compiled.item, facts) for example in compiled.item.examples),
    )


def _asked(compiled: CompiledItem, catalogue: Catalogue, on: date) -> tuple[AskedOf, ...]:
    found: dict[str, list[Asked]] = {}
    item = compiled.item
    for line in full_plan(compiled, catalogue.facts, on).lines:
        role = base_of(line.role)
        found.setdefault(line.department, []).append(
            Asked(
                question=line.question,
                register=line.register,
                sentence=line.sentence,
                whom=None if role == item.acting_role else pointed(item.roles[role].label),
                purpose=line.purpose,
                of=line.of,
                sensitive=line.sensitive,
            )
        )
    departments = catalogue.facts.departments
    return tuple(AskedOf(department=departments[name], lines=tuple(lines)) for name, lines in found.items())


def _spared(paper: str, compiled: CompiledItem, catalogue: Catalogue, demands: Iterable[Demand]) -> Spared:
    item = compiled.item
    conditions = {one.condition.id: one.number for one in demands}
    return Spared(
        paper=catalogue.guide.paper(paper),
        by=tuple(_answering(name, item, conditions) for name in item.replaces[paper]),
        facts=tuple(_fact(path, item, catalogue) for path in answering(compiled, paper)),
    )


def _answering(name: str, item: Item, conditions: Mapping[str, int]) -> Answering:
    if name in conditions:
        return Answering(name=name, label=condition_label(conditions[name]), anchor=f"condition-{name}")
    for of in (item.needs, item.form, item.findings, item.roles):
        if name in of:
            return Answering(name=name, label=of[name].label, anchor="")
    if name in item.outcome.claims:
        return Answering(name=name, label=Text(f"结果中的 {name}", f"{name} in the result"), anchor="outcome")
    return Answering(name=name, label=_WORDS.get(name, Text(name, name)), anchor="")


def condition_label(number: int) -> Text:
    """Return how the n-th condition of an item is spoken of."""
    return Text(f"条件 {number}", f"condition {number}")


def _fact(path: str, item: Item, catalogue: Catalogue) -> tuple[str, Text]:
    """Return a fact `role.register.fact` as its register and words."""
    _, name, *rest = path.split(".")
    register = catalogue.facts.registers[name]
    fact = register.facts.get(rest[0]) if rest else None
    link = register.links.get(rest[0]) if rest else None
    label = (
        fact.label if fact is not None else link.label if link is not None else Text("有没有记录", "whether recorded")
    )
    return name, Text(f"{register.name.zh}·{label.zh}", f"{register.name.en}: {label.en}")


def register_pages(catalogue: Catalogue, pages: Iterable[ItemPage]) -> tuple[RegisterPage, ...]:
    """Return every register with what the items ask of it."""
    asked: dict[str, dict[str, list[tuple[Asked, str]]]] = {}
    for page in pages:
        for of in page.asked:
            for line in of.lines:
                questions = asked.setdefault(line.register, {})
                questions.setdefault(line.question, []).append((line, page.item.item))
    users = _users(catalogue)
    return tuple(
        RegisterPage(
            register=register,
            department=catalogue.facts.departments[register.department],
            facts=tuple((fact, one, users.get((name, fact), ())) for fact, one in register.facts.items()),
            links=tuple(register.links.items()),
            questions=tuple(_wanted(question, of) for question, of in asked.get(name, {}).items()),
        )
        for name, register in catalogue.facts.registers.items()
    )


def _wanted(question: str, asked: list[tuple[Asked, str]]) -> Wanted:
    """Return a question once; it is said as the first item asks it, about whom it may be said otherwise elsewhere."""
    first = next((line for line, _ in asked if line.whom is None), asked[0][0])
    return Wanted(
        question=question,
        sentence=first.sentence,
        sensitive=any(line.sensitive for line, _ in asked),
        items=tuple(dict.fromkeys(item for _, item in asked)),
    )


def _users(catalogue: Catalogue) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the items whose rules name each fact, by (register, fact)."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for compiled in catalogue.items:
        for place in named_by(compiled.item, catalogue.facts):
            found.setdefault(place, {})[compiled.item.item] = None
    return {place: tuple(items) for place, items in found.items()}
