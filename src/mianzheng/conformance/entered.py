"""What the played officer enters where a sum or a word of the outcome cannot be computed: it is taken from the packs.

The sum is that of the item's first granted example; a word is the first one that its rule can come to.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from mianzheng.conformance.wanted import AMOUNT
from mianzheng.model.facts import Type
from mianzheng.model.item import Item
from mianzheng.model.scalar import Scalar, Wire, to_wire
from mianzheng.rules.expression import Literal_
from mianzheng.rules.parse import Where, parse
from mianzheng.rules.tree import walk

_PLAIN: dict[Type, Scalar] = {Type.BOOLEAN: False, Type.INTEGER: 0, Type.DECIMAL: Decimal(0)}


def entered_for(item: Item, claim_types: Mapping[str, Type]) -> dict[str, Wire]:
    """Return the amount and the claims an officer would enter, by `amount` and `claims.<name>`."""
    sums = [example.amount for example in item.examples if example.amount is not None]
    found: dict[str, Wire] = {AMOUNT: to_wire(sums[0] if sums else Decimal(0))}
    for name, text in item.outcome.claims.items():
        type_ = claim_types[name]
        nodes = walk(parse(text, Where(name, 1, 1)))
        words = [node.value for node in nodes if isinstance(node, Literal_) and _fits(node, type_)]
        plain: Scalar = _PLAIN.get(type_, "见附件 as shown on paper")
        found[f"claims.{name}"] = to_wire(words[0] if words else plain)
    return found


def booked_for(item: Item) -> frozenset[str]:
    """Return the findings that have a day and a place: a site visit, a test, an expert review, a hearing."""
    return frozenset(name for name, finding in item.findings.items() if finding.how != "record" or finding.visit)


def _fits(node: Literal_, type_: Type) -> bool:
    return node.type is type_ or {node.type, type_} <= {Type.STRING, Type.ENUM}
