"""What an item's procedure must say: declarations, what is supplied later, who approves, the notice, the fee."""

from __future__ import annotations

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Condition, Fallback, Item, Reference


def check_fallback(condition: Condition, path: Path, found: Findings) -> None:
    """Check that a declaration says what is declared, and 容缺受理 by when it is supplied: there, and only there."""
    declares = condition.fallback is Fallback.DECLARE
    incomplete = condition.fallback is Fallback.ACCEPT_INCOMPLETE
    if declares and condition.declaration is None:
        hint = "declaration: {text, check_within, claw_back, reference}"
        found.at((*path, "fallback"), "declaration", "nothing says what is declared and what follows", hint)
    if condition.declaration is not None:
        if not declares:
            found.at_key((*path, "declaration"), "declaration", "nothing is declared here", "fallback: declare")
        if condition.declaration.check_within < 1:
            message = "a declaration is checked within so many working days"
            found.at((*path, "declaration", "check_within"), "not-positive", message, "1 or more")
        check_reference((*path, "declaration", "reference"), condition.declaration.reference, found)
    if incomplete and condition.supply_within < 1:
        message = "nothing says within how many working days what is missing is supplied"
        found.at((*path, "fallback"), "supply-within", message, "supply_within: 20")
    if condition.supply_within and not incomplete:
        message = "nothing is accepted incomplete here"
        found.at_key((*path, "supply_within"), "supply-within", message, "fallback: accept_incomplete")


def check_procedure(item: Item, facts: FactCatalogue, found: Findings) -> None:
    """Check who signs beside the handling department, the notice and the fee."""
    together = item.approval == "departments"
    if together and not item.approvers:
        message = "no department is named that approves beside the handling one"
        found.at(("approval",), "approvers", message, "approvers: [...]")
    if item.approvers and not together:
        found.at_key(("approvers",), "approvers", "no department approves here", "approval: departments")
    for number, name in enumerate(item.approvers):
        path = ("approvers", number)
        if name not in facts.departments:
            found.at(path, "unknown-department", f"no department {name}", did_you_mean(name, facts.departments))
        elif name == item.department or name in item.approvers[:number]:
            found.at(path, "approvers", f"{name} approves already", "name each other department once")
    if item.public_notice_days < 0:
        found.at(("public_notice_days",), "days", "a notice hangs for some days, or for none", "0 or more")
    if item.fee is not None:
        if item.fee.param not in facts.figures:
            hint = did_you_mean(item.fee.param, facts.figures) if facts.figures else "write it under params/"
            found.at(("fee", "param"), "unknown-params", f"there is no params.{item.fee.param}", hint)
        check_reference(("fee", "reference"), item.fee.reference, found)


def check_reference(path: Path, reference: Reference, found: Findings) -> None:
    """Add a fault where no source of law is named."""
    if not reference.text.strip():
        found.at((*path, "text"), "no-reference", "no source of law", "name it; verified: false until it was read")
