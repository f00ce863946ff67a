"""A stated year held against the year of acceptance: how a rule writes it, and which years it lets be stated.

The language has no year of a day: `years_since(date '2000-01-01') between form.year - 2000 and form.year - 1999` counts
the years to the day of acceptance from a first of January, and so compares its year with the one that was stated.
"""

from __future__ import annotations

from datetime import date

from mianzheng.model.text import Text
from mianzheng.rules import expression as e

_NEAR = {
    -1: Text("受理之年的上一年", "the year before that of acceptance"),
    0: Text("受理之年", "the year of acceptance"),
    1: Text("受理之年的下一年", "the year after that of acceptance"),
}


def years_meant(node: e.Node) -> tuple[e.Form, Text] | None:
    """Return the form value that states a year, and in words which years a rule lets it be; None of any other rule."""
    if not isinstance(node, e.And) or len(node.parts) != 2:
        return None
    latest, earliest = _bound(node.parts[0], "<="), _bound(node.parts[1], ">")
    if latest is None or earliest is None or latest[0] != earliest[0]:
        return None
    years = range(earliest[1] + 1, latest[1] + 1)
    if not years or any(one not in _NEAR for one in years):
        return None
    said = [_NEAR[one] for one in reversed(years)]
    return latest[0], Text("或者".join(one.zh for one in said), " or ".join(one.en for one in said))


def _bound(node: e.Node, op: str) -> tuple[e.Form, int] | None:
    """Return the form value of `date '…-01-01' op today - N years`, and how many years after acceptance it lies.

    N is the form's year less a constant, plus another or none: at the bound it is so many years beyond the constant.
    """
    if not isinstance(node, e.Compare) or node.op != op or not isinstance(node.right, e.Cutoff):
        return None
    begun = node.left.value if isinstance(node.left, e.Literal_) else None
    found = _less(node.right.amount)
    if not isinstance(begun, date) or (begun.month, begun.day) != (1, 1) or found is None or node.right.unit != "years":
        return None
    return found[0], found[1] - begun.year


def _less(node: e.Node) -> tuple[e.Form, int] | None:
    """Return F and c of `F - c`, or of `F - a + b` with c = a - b."""
    if not isinstance(node, e.Arithmetic) or not isinstance(node.right, e.Literal_):
        return None
    if not isinstance(node.right.value, int):
        return None
    if node.op == "-" and isinstance(node.left, e.Form):
        return node.left, node.right.value
    inner = _less(node.left) if node.op == "+" else None
    return None if inner is None else (inner[0], inner[1] - node.right.value)
