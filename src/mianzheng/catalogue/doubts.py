"""What a sound item may say otherwise than it was meant: advice for whoever designs it, never a fault.

Two conditions that may be met by two different rows, money paid over more rows than the conditions look at, a box that
the applicant ticks in place of another's signature, a source that names no law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.law import names_no_law
from mianzheng.catalogue.one_row import Filters, exclude, filters_of, hold
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import Type
from mianzheng.model.item import Item, Reference
from mianzheng.rules.expression import Aggregate, Compare, Literal_, Node, Not
from mianzheng.rules.faults import Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.tree import children

_ANOTHERS = re.compile("(?<!本人)(?<=[^，、；已])(已|书面|均)*(同意|签署|签名)(?!知情)|共同(?!生活|居住)")
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
    """Name each condition that asks for a row of a register of which an earlier one asks for a row.

    Where the rows that one accepts are all accepted by the other, or none can be, no second row does harm.
    """
    known: dict[Rows, tuple[str, set[Filters]]] = {}
    for number, (condition, sets) in enumerate(zip(item.conditions, demanded, strict=True)):
        own = [one for one in sets if one.how == "has"]
        for rows in dict.fromkeys(_rows(one) for one in own):
            wanted = {filters_of(one) for one in own if _rows(one) == rows}
            first, earlier = known.setdefault(rows, (condition.id, wanted))
            if first != condition.id and not any(_bound(one, other) for one in wanted for other in earlier):
                message = f"this row of {rows[1]} may be another than the one that {first} asks for"
                hint = "where one row is meant, ask for all of it in one has(…)"
                found.at(("conditions", number, "rule"), "rows-apart", message, hint)
            known[rows] = (first, earlier | wanted)


def _bound(one: Filters, other: Filters) -> bool:
    return hold(one, other) or hold(other, one) or exclude(one, other)


def _doubt_pay(item: Item, demanded: list[list[Aggregate]], found: Findings) -> None:
    """Name what is paid by rows that a condition, asking for a row of the same register, would not accept."""
    pay = item.outcome.pay
    if pay is None:
        return
    asked = [one for sets in demanded for one in sets if one.how == "has"]
    for paid in dict.fromkeys(_demanded(_tree(pay.amount, item))):
        filters = [filters_of(one) - _idle(paid, one) for one in asked if _rows(one) == _rows(paid)]
        if paid.how != "every" and not all(hold(filters_of(paid), one) for one in filters):
            message = f"what is paid looks at rows of {paid.register} that a condition leaves out"
            hint = f"let {paid.how}(…) say all that the conditions say of a row"
            found.at(("outcome", "pay", "amount"), "paid-wider", message, hint)


def _idle(paid: Aggregate, asked: Aggregate) -> Filters:
    """Return the parts that leave a sum as it is: a row whose figure is not above 0 adds nothing to it."""
    figure = None if paid.value is None else msgspec.structs.replace(paid.value, role="")
    return frozenset(
        part for part in filters_of(asked) if paid.how in ("total", "highest") and _is_above_nothing(part, figure)
    )


def _is_above_nothing(part: Node, figure: Node | None) -> bool:
    if not isinstance(part, Compare) or part.left != figure or not isinstance(part.right, Literal_):
        return False
    return part.op in (">", ">=") and part.right.value == 0


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
