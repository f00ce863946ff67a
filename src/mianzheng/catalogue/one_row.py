"""What the filters of two sets say of a row: whether one row could meet both, and whether the one holds the other.

What is not understood here counts as *it could*, and as *it does not hold it*: a person looks at it then.
"""

from __future__ import annotations

from mianzheng.model.scalar import Scalar
from mianzheng.rules.expression import Aggregate, And, Compare, In, Literal_, Node, Not, Or

Filters = frozenset[Node]
_NARROWER = {"<=": ("<=", "<", "="), ">=": (">=", ">", "="), "<": ("<",), ">": (">",)}


def filters_of(one: Aggregate) -> Filters:
    """Return what each row of a set must be, part by part."""
    if one.where is None:
        return frozenset()
    return frozenset(one.where.parts if isinstance(one.where, And) else (one.where,))


def hold(filters: Filters, other: Filters) -> bool:
    """Tell whether each row that meets `filters` meets `other` too."""
    return all(any(_leads_to(part, wanted) for part in filters) for wanted in other)


def exclude(filters: Filters, other: Filters) -> bool:
    """Tell whether no row can meet both: they fix a fact to values that have none in common."""
    mine, theirs = _fixed(filters), _fixed(other)
    return any(mine[fact].isdisjoint(theirs[fact]) for fact in mine.keys() & theirs.keys())


def _leads_to(part: Node, wanted: Node) -> bool:
    if part == wanted:
        return True
    if isinstance(wanted, Or):
        return any(_leads_to(part, branch) for branch in wanted.parts)
    if isinstance(wanted, Not):
        return exclude(frozenset({part}), frozenset({wanted.part}))
    options, others = _options(part), _options(wanted)
    if options is not None and others is not None:
        return options[0] == others[0] and options[1] <= others[1]
    if not (isinstance(part, Compare) and isinstance(wanted, Compare)) or part.left != wanted.left:
        return False
    return part.op in _NARROWER.get(wanted.op, ()) and (part.right == wanted.right or _within(part.right, wanted))


def _within(bound: Node, wanted: Compare) -> bool:
    """Tell whether a literal bound lies within another comparison's."""
    limit = wanted.right
    if not (isinstance(bound, Literal_) and isinstance(limit, Literal_)) or bound.type is not limit.type:
        return False
    low, high = (bound.value, limit.value) if wanted.op in ("<", "<=") else (limit.value, bound.value)
    return bool(low < high)  # type: ignore[operator]  # of one type


def _options(part: Node) -> tuple[Node, frozenset[Scalar]] | None:
    """Return which values a part allows a fact; None for any other part."""
    if isinstance(part, Compare) and part.op == "=" and isinstance(part.right, Literal_):
        return part.left, frozenset({part.right.value})
    if isinstance(part, In) and all(isinstance(option, Literal_) for option in part.options):
        return part.value, frozenset(option.value for option in part.options if isinstance(option, Literal_))
    return None


def _fixed(filters: Filters) -> dict[Node, frozenset[Scalar]]:
    found: dict[Node, frozenset[Scalar]] = {}
    for fact, values in filter(None, map(_options, filters)):
        found[fact] = found.get(fact, values) & values
    return found
