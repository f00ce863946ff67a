"""What a sound item may say otherwise than it was meant: advice for whoever designs it, never a fault.

Two conditions that may be met by two different rows, money paid over more rows than the conditions look at, a box that
the applicant ticks in place of another's signature, a source that names no law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.law import names_no_law
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import Type
from mianzheng.model.item import Item, Reference
from mianzheng.rules.expression import Aggregate, And, Node, Not
from mianzheng.rules.faults import Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.tree import children, walk

_ANOTHERS = re.compile("同意|签署|签名|共同")
_CHOOSES_ROWS = ("has", "count", "total")  # of a demand: such rows there are; `every` leaves none out
Rows = tuple[str, str]  # (role, register)


def doubt(item: Item, found: Findings) -> None:
    """Add what of an item without faults a person should look at again."""
    demanded = [[*_demanded(_tree(one.rule, item))] for one in item.conditions]
    _doubt_rows(item, demanded, found)
    _doubt_pay(item, demanded, found)
    _doubt_boxes(item, found)
    for path, reference in _references(item):
        if names_no_law(reference.text):
            message = f"{reference.text} names no law"
            found.at(path, "nameless-law", message, "name the document: title or number, then the article")


def _doubt_rows(item: Item, demanded: list[list[Aggregate]], found: Findings) -> None:
    """Name each condition that asks for a row of a register of which an earlier one asks for a row."""
    first: dict[Rows, tuple[str, set[Node | None]]] = {}
    for number, (condition, sets) in enumerate(zip(item.conditions, demanded, strict=True)):
        own = [one for one in sets if one.how == "has"]
        for rows in dict.fromkeys(_rows(one) for one in own):
            wanted = {one.where for one in own if _rows(one) == rows}
            earlier, known = first.setdefault(rows, (condition.id, wanted))
            if earlier != condition.id and wanted.isdisjoint(known):
                message = f"this row of {rows[1]} may be another than the one that {earlier} asks for"
                hint = "where one row is meant, ask for all of it in one has(…)"
                found.at(("conditions", number, "rule"), "rows-apart", message, hint)
            known |= wanted


def _doubt_pay(item: Item, demanded: list[list[Aggregate]], found: Findings) -> None:
    """Name a sum that is paid over rows which a condition, looking at the same register, leaves out."""
    pay = item.outcome.pay
    if pay is None:
        return
    looked_at = [one for sets in demanded for one in sets if one.how in _CHOOSES_ROWS]
    for total in dict.fromkeys(node for node in walk(_tree(pay.amount, item)) if isinstance(node, Aggregate)):
        filters = [_filters(one) for one in looked_at if _rows(one) == _rows(total)]
        if total.how == "total" and not all(one <= _filters(total) for one in filters):
            message = f"what is paid counts rows of {total.register} that a condition leaves out"
            hint = "let total(…) say all that the conditions say of a row"
            found.at(("outcome", "pay", "amount"), "paid-wider", message, hint)


def _doubt_boxes(item: Item, found: Findings) -> None:
    for name, field in item.form.items():
        if field.type is Type.BOOLEAN and _ANOTHERS.search(field.label.zh):
            message = f"{field.label.zh} is ticked by the applicant alone"
            hint = "a role that signs (basis: {consent: …}) or a finding, where somebody else must agree"
            found.at_key(("form", name), "signature-ticked", message, hint)


def _references(item: Item) -> Iterator[tuple[Path, Reference]]:
    yield ("reference",), item.reference
    for number, one in enumerate(item.conditions):
        yield ("conditions", number, "reference"), one.reference
        if one.declaration is not None:
            yield ("conditions", number, "declaration", "reference"), one.declaration.reference
    if item.fee is not None:
        yield ("fee", "reference"), item.fee.reference
    if item.outcome.pay is not None:
        yield ("outcome", "pay", "reference"), item.outcome.pay.reference


def _tree(rule: str, item: Item) -> Node:
    return parse_rule(rule, Where(item.item, 1, 1)).node


def _demanded(node: Node) -> Iterator[Aggregate]:
    """Yield the sets that a rule speaks of as such; of what it denies no row is looked for."""
    if isinstance(node, Not):
        return
    if isinstance(node, Aggregate):
        yield node
    for child in children(node):
        yield from _demanded(child)


def _rows(of: Aggregate) -> Rows:
    return of.role, of.register


def _filters(of: Aggregate) -> frozenset[Node]:
    """Return what each row of a set must be, part by part."""
    if of.where is None:
        return frozenset()
    return frozenset(of.where.parts if isinstance(of.where, And) else (of.where,))
