"""What a figure 参数 must hold besides its shape: dated values in order, each of its type."""

from __future__ import annotations

from itertools import pairwise

from mianzheng.catalogue.findings import Findings
from mianzheng.model.facts import Type
from mianzheng.model.item import ParamTable
from mianzheng.model.scalar import BadScalar, from_wire


def check_param(param: ParamTable, found: Findings) -> None:
    """Add every fault of a figure that its shape does not show."""
    if not param.values:
        found.at(("values",), "no-values", f"{param.param} has no value", "give one with its date of effect")
    if param.type is Type.REFERENCE:
        found.at(("type",), "param-type", "a notice fixes figures and words, not people", "another type")
        return
    for number, entry in enumerate(param.values):
        path = ("values", number)
        try:
            from_wire(param.type, entry.value)
        except BadScalar as error:
            found.at((*path, "value"), "bad-value", error.message, error.hint)
        if not entry.reference.text.strip():
            found.at(
                (*path, "reference", "text"),
                "no-reference",
                "a figure without its source",
                "name the notice it stands in",
            )
    for number, (before, after) in enumerate(pairwise(param.values), start=1):
        if before.effective >= after.effective:
            found.at(
                ("values", number, "effective"),
                "dates-order",
                "values stand in the order of their dates of effect",
                "oldest first",
            )
