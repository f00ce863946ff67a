"""What differs between two catalogues, in words of both languages: for the council that decides it, and the lawyers.

Each part of an item is compared as what it says: a condition as what it demands, not as its text. Whatever field of an
item has no words of its own is told by its name, so that no change is silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from mianzheng.catalogue.difference_words import FIELDS, Said, behind, fee_words, plain, role_words
from mianzheng.catalogue.load import Catalogue
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Condition, Item
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.rule_words import RuleWords, amount_words

How = Literal["added", "removed", "changed"]
_OWN = ("item", "conditions", "replaces", "roles", "outcome", "fee", "examples", "form", "findings", "needs")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One part that differs: what it is and of which name ("" of the whole), what it said, what it says."""

    part: str  # condition, term, fee, … : the item's own field
    name: str
    how: How
    label: Text
    before: Text | None = None
    after: Text | None = None


class ItemDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One item that is new, gone, or other than before."""

    item: str
    name: Text
    department: Text
    how: How
    changes: tuple[Change, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All that differs. `others`: departments, registers and figures; `unread`: items of either that have faults."""

    items: tuple[ItemDifference, ...]
    others: tuple[Change, ...]
    unread: tuple[str, ...] = ()


def difference(before: Catalogue, after: Catalogue, unread: tuple[str, ...] = ()) -> Difference:
    """Return what differs from `before` to `after`; items `unread` in either are compared in neither."""
    old = {one.item.item: one for one in before.items if one.item.item not in unread}
    new = {one.item.item: one for one in after.items if one.item.item not in unread}
    items: list[ItemDifference] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            items.append(_whole(old[name], before.facts, "removed"))
        elif name not in old:
            items.append(_whole(new[name], after.facts, "added"))
        elif changes := tuple(_changes((old[name], before), (new[name], after))):
            items.append(msgspec.structs.replace(_whole(new[name], after.facts, "changed"), changes=changes))
    return Difference(items=tuple(items), others=tuple(_others(before, after)), unread=unread)


def _whole(compiled: CompiledItem, facts: FactCatalogue, how: How) -> ItemDifference:
    item = compiled.item
    return ItemDifference(item=item.item, name=item.name, department=facts.departments[item.department].name, how=how)


_Side = tuple[CompiledItem, Catalogue]


def _changes(before: _Side, after: _Side) -> Iterator[Change]:
    """Yield what differs in one item: its head first, then conditions, then the rest in the order of its fields."""
    old, new = before[0].item, after[0].item
    for field in Item.__struct_fields__:
        if field not in _OWN and (change := _field(field, getattr(old, field), getattr(new, field))):
            yield change
    yield from _between("condition", Text("条件", "condition"), _conditions(*before), _conditions(*after))
    yield from _between("replaces", Text("免交的材料", "document spared"), _papers(old), _papers(new))
    yield from _between("role", Text("涉及的人", "role"), role_words(old), role_words(new))
    for part in ("form", "findings", "needs"):
        label, told = FIELDS[part], [{k: plain(v) for k, v in getattr(one, part).items()} for one in (old, new)]
        yield from _between(part, label, *told)
    yield from _between("outcome", Text("结果", "outcome"), _outcome(*before), _outcome(*after))
    yield from _between("fee", Text("收费", "fee"), fee_words(old, before[1].facts), fee_words(new, after[1].facts))
    if old.examples != new.examples:
        yield _examples(len(old.examples), len(new.examples))


def _examples(old: int, new: int) -> Change:
    """Return that examples differ: by their number, or in words where as many say something else."""
    before, after = Text(f"{old} 个", str(old)), Text(f"{new} 个", str(new))
    if old == new:
        after = Text(f"{new} 个，数目没变，内容改了", f"{new} as before, but their content changed")
    said = None if old == new else before
    return Change(part="examples", name="", how="changed", label=FIELDS["examples"], before=said, after=after)


def _field(field: str, old: object, new: object) -> Change | None:
    if old == new:
        return None
    label = FIELDS.get(field, Text(field, field))
    return Change(part=field, name="", how="changed", label=label, before=plain(old).said, after=plain(new).said)


def _between(part: str, label: Text, old: Mapping[str, Said], new: Mapping[str, Said]) -> Iterator[Change]:
    """Yield what differs between named parts; where the words are the same, the fields behind them are told."""
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        how: How = "added" if before is None else "removed" if after is None else "changed"
        if before is not None and after is not None and before.said == after.said:
            before, after = behind(before, after)
        yield Change(
            part=part,
            name=name,
            how=how,
            label=label,
            before=None if before is None else before.said,
            after=None if after is None else after.said,
        )


def _conditions(compiled: CompiledItem, catalogue: Catalogue) -> dict[str, Said]:
    words = RuleWords(compiled, catalogue.facts)
    return {one.condition.id: _condition(one.condition, words.rule(one.residual)) for one in compiled.conditions}


def _condition(condition: Condition, demands: Text) -> Said:
    """Return a condition with all that it says: what it demands, its law, what happens without an answer."""
    law = condition.reference
    zh = f"{demands.zh}。依据：{law.text}{'' if law.verified else '（未核）'}"
    en = f"{demands.en}. Law: {law.text}{'' if law.verified else ' (not yet read)'}"
    for at, start, end in ((condition.effective, "起", "from"), (condition.until, "前", "before")):
        zh, en = (f"{zh}，{at}{start}", f"{en}, {end} {at}") if at else (zh, en)
    rest = msgspec.structs.replace(condition, reference=law)
    return Said(Text(zh, en), msgspec.json.encode(rest).decode())


def _papers(item: Item) -> dict[str, Said]:
    return {
        paper: Said(Text(f"由 {'、'.join(by)} 回答", f"answered by {', '.join(by)}"), "")
        for paper, by in item.replaces.items()
    }


def _outcome(compiled: CompiledItem, catalogue: Catalogue) -> dict[str, Said]:
    """Return the parts of what is granted: the credential, the claims, the money in words."""
    outcome, words = compiled.item.outcome, RuleWords(compiled, catalogue.facts)
    bare = msgspec.structs.replace(outcome, pay=None, claims={})
    valid = Text(f"，有效期 {outcome.valid}", f", valid for {outcome.valid}") if outcome.valid else Text("", "")
    name = outcome.credential
    found = {
        "credential": Said(Text(f"{name.zh}{valid.zh}", f"{name.en}{valid.en}"), msgspec.json.encode(bare).decode())
    }
    for claim, node in compiled.claims.items():
        found[f"claims.{claim}"] = Said(words.value(node), outcome.claims[claim])
    amount = amount_words(compiled, catalogue.facts)
    if amount is not None and outcome.pay is not None:
        every = FIELDS[f"every:{outcome.pay.every}"]
        said = Text(f"{every.zh}：{amount.zh}", f"{every.en}: {amount.en}")
        found["pay"] = Said(said, msgspec.json.encode(outcome.pay).decode())
    return found


def _others(before: Catalogue, after: Catalogue) -> Iterator[Change]:
    """Yield what differs in departments, registers with their facts and links, and figures with their values."""
    for part, label in (("departments", Text("部门", "department")), ("registers", Text("登记", "register"))):
        sides = [_named(getattr(one.facts, part)) for one in (before, after)]
        yield from _between(part.removesuffix("s"), label, *sides)
    yield from _between("param", Text("公布的数", "figure"), *(_figures(one) for one in (before, after)))


def _named(of: Mapping[str, msgspec.Struct]) -> dict[str, Said]:
    """Return each department, or register and each fact and link of it, by its name."""
    found: dict[str, Said] = {}
    for name, one in of.items():
        parts = {field: getattr(one, field, {}) for field in ("facts", "links")}
        bare = msgspec.to_builtins(one)
        for field, inner in parts.items():
            bare.pop(field, None)
            found |= {f"{name}.{key}": plain(value) for key, value in inner.items()}
        label: Text = getattr(one, "name")  # noqa: B009 - a department and a register both have one
        found[name] = Said(label, msgspec.json.encode(bare).decode())
    return found


def _figures(catalogue: Catalogue) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for name, table in catalogue.params.items():
        values = [f"{one.value} {table.unit}".rstrip() + f" ({one.effective})" for one in table.values]
        zh, en = f"{table.label.zh}：{'、'.join(values)}", f"{table.label.en}: {', '.join(values)}"
        found[name] = Said(Text(zh, en), msgspec.json.encode(table).decode())
    return found
