"""Items that are one another again: rules equal once literals and facts are replaced by their types are a variant.

Of each such group in a department the first item stands for itself; each other one is a variant, and its `note` says
why there are two, naming the first by its id. At most one item in twenty is a variant: a longer catalogue is no better.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mianzheng.catalogue.findings import Findings
from mianzheng.model.facts import FactCatalogue
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import (
    Aggregate,
    And,
    Arithmetic,
    Asked,
    Cutoff,
    Exists,
    Fact,
    Literal_,
    Match,
    Node,
    Operand,
    Or,
    OverRole,
    Shift,
)
from mianzheng.rules.expression import Compare as Compare_
from mianzheng.rules.tree import children

MOST = 20  # one variant for so many items
_ANY_ORDER = (And, Or)


def skeleton(compiled: CompiledItem, facts: FactCatalogue) -> str:
    """Return the shape of an item's conditions and amount, in whatever order they are written."""
    bones = _Bones(compiled, facts)
    parts = sorted(bones.of(one.residual) for one in compiled.conditions)
    return "|".join([*parts, "" if compiled.amount is None else f"amount {bones.of(compiled.amount)}"])


def variants(items: Iterable[CompiledItem], facts: FactCatalogue) -> list[tuple[CompiledItem, CompiledItem]]:
    """Return each item whose skeleton stands in its department before, with the first that has it."""
    firsts: dict[tuple[str, str], CompiledItem] = {}
    found = []
    for one in items:
        first = firsts.setdefault((one.item.department, skeleton(one, facts)), one)
        if first is not one:
            found.append((one, first))
    return found


def check_variants(sound: Sequence[tuple[CompiledItem, Findings]], facts: FactCatalogue) -> None:
    """Add a fault for each variant that its note does not argue, and for each of them when they are too many."""
    findings = {one.item.item: found for one, found in sound}
    pairs = variants((one for one, _ in sound), facts)
    for one, first in pairs:
        found = findings[one.item.item]
        if first.item.item not in one.item.note:
            message = f"the rules are those of {first.item.item} but for literals and facts"
            hint = f"write what the law asks here; if it is so, say why in note, naming {first.item.item}"
            found.at_key(("conditions",), "variant", message, hint)
        if len(sound) >= MOST and len(pairs) * MOST > len(sound):
            message = f"{len(pairs)} of {len(sound)} items are variants"
            found.at_key(("conditions",), "variants-many", message, f"one in {MOST} at most")


class _Bones:
    def __init__(self, compiled: CompiledItem, facts: FactCatalogue) -> None:
        self.compiled = compiled
        self.facts = facts

    def of(self, node: Node) -> str:
        """Return a node without its words; a question stands as what it asks."""
        if isinstance(node, (Asked, Operand)):
            asked = {**self.compiled.operands, **self.compiled.questions}.get((node.question, node.role))
            return "?" if asked is None else f"?{self.of(asked.question.expression)}"
        if isinstance(node, Fact):
            return f"[{self._type(node)}]"
        if isinstance(node, Literal_):
            return f"<{node.type.value}>"
        below = [self.of(child) for child in children(node)]
        if isinstance(node, _ANY_ORDER):
            below.sort()
        return f"{type(node).__name__}{self._word(node)}({','.join(below)})"

    def _type(self, fact: Fact) -> str:
        register = self.facts.registers.get(fact.register)
        known = register.facts.get(fact.name) if register is not None else None
        return "link" if known is None else known.type.value

    def _word(self, node: Node) -> str:
        """Return what of a node is neither fact nor literal: its comparison, how a set is folded."""
        if isinstance(node, (Compare_, Arithmetic)):
            return node.op
        if isinstance(node, (Aggregate, OverRole, Match)):
            return f" {node.how}"
        if isinstance(node, (Shift, Cutoff)):
            return f" {node.unit}"
        return " row" if isinstance(node, Exists) else ""
