"""What an item 事项 must hold besides its shape and its rules: law, dates, basis, ids, needs."""

from __future__ import annotations

import re
from datetime import date

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.procedure import check_fallback, check_procedure, check_reference
from mianzheng.catalogue.replaced import check_replaces
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.item import Basis, Item, Need, Role

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*\Z")
_ID = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*\Z")
_VALID = re.compile(r"([1-9][0-9]{0,3} (days?|months?|years?))?\Z")
_RESERVED = ("form", "params", "finding", "today")  # words that begin other things in a rule


def check_item(item: Item, facts: FactCatalogue, found: Findings) -> None:
    """Add every fault of an item that neither its shape nor its rules show."""
    _check_head(item, found)
    _check_dates(item, found)
    _check_basis(item, facts, found)
    _check_names(item, found)
    _check_conditions(item, found)
    _check_outcome(item, found)
    check_procedure(item, facts, found)
    for name, need in item.needs.items():
        _check_need(name, need, item, facts, found)


def _check_head(item: Item, found: Findings) -> None:
    if item.version < 1:
        found.at(("version",), "version", "versions count from 1", "version: 1")
    if not 0 <= item.promise_days <= item.legal_days:
        message = "the promise 承诺时限 lies between 0 and the legal limit 法定时限"
        found.at(("promise_days",), "days", message, f"0 to {item.legal_days}")
    if not item.who:
        found.at(("who",), "who", "nobody may apply", "name 自然人, 法人 or 个体工商户")
    check_replaces(item, found)
    check_reference(("reference",), item.reference, found)


def _check_dates(item: Item, found: Findings) -> None:
    check_span(item.effective, item.until, ("until",), found)
    for number, condition in enumerate(item.conditions):
        path = ("conditions", number)
        check_span(condition.effective or item.effective, condition.until, (*path, "until"), found)


def check_span(effective: date, until: date | None, path: Path, found: Findings) -> None:
    """Add a fault when what takes effect on one day ends on or before it."""
    if until is not None and until <= effective:
        found.at(path, "dates-order", f"it ends on {until}, before its effect on {effective}", "until is exclusive")


def _check_basis(item: Item, facts: FactCatalogue, found: Findings) -> None:
    _check_one_basis(item.basis, ("basis",), found)
    for register, basis in item.basis_by_register.items():
        path = ("basis_by_register", register)
        if register not in facts.registers:
            hint = did_you_mean(register, facts.registers)
            found.at_key(path, "unknown-register", f"no register {register}", hint)
        _check_one_basis(basis, path, found)


def _check_one_basis(basis: Basis, path: Path, found: Findings) -> None:
    if (basis.duty is None) == (basis.consent is None):
        message = "a basis is a duty laid down by law, or a separate consent 单独同意: one of the two"
        found.at_key(path, "basis", message, "duty: the statute and its article; consent: what the person agrees to")
    for name, text in (("duty", basis.duty), ("consent", basis.consent)):
        if text is not None and not text.strip():
            found.at((*path, name), "basis", f"the {name} is empty", "say which law, or to what the person agrees")


def _check_names(item: Item, found: Findings) -> None:
    if not item.roles:
        found.at(("roles",), "no-role", "nobody is asked about", "the applicant is a role")
    for name, role in item.roles.items():
        _check_word(name, ("roles", name), found)
        _check_role(name, role, item, found)
    for name, field in item.form.items():
        _check_word(name, ("form", name), found)
        if (field.type is Type.ENUM) != bool(field.values):
            message = f"form.{name}: type enum and values go together"
            found.at_key(("form", name), "enum-values", message, "add values to an enum, or leave them out")
        if field.english and set(field.english) != set(field.values):
            message = f"form.{name}: values and their English do not match"
            found.at(("form", name, "english"), "enum-values", message, "one English word for each value")
    for name in item.findings:
        _check_word(name, ("findings", name), found)


def _check_word(name: str, path: Path, found: Findings) -> None:
    if not _IDENTIFIER.match(name) or name in _RESERVED:
        found.at_key(path, "name", f"{name} cannot stand in a rule", "small letters, digits and _; not form, params")


def _check_role(name: str, role: Role, item: Item, found: Findings) -> None:
    path: Path = ("roles", name)
    if role.basis is not None:
        _check_one_basis(role.basis, (*path, "basis"), found)
    if role.deceased and role.kind != "person":
        found.at((*path, "deceased"), "role", f"{name} is a {role.kind}", "only people die")
    if role.link:
        _check_linked(name, role, path, found)
        return
    if name != item.acting_role:
        hint = "link: applicant.marriage.spouse, or one of applicant.kinship.children"
        found.at_key(path, "no-link", f"nothing says who {name} is", hint)
        return
    if role.basis is not None:
        hint = "the item's own basis is the applicant's"
        found.at_key((*path, "basis"), "basis", f"{name} is who applies and has no basis of their own", hint)
    kinds = {"person" if who == "自然人" else "enterprise" for who in item.who}
    if kinds and role.kind not in kinds:
        found.at(
            (*path, "kind"),
            "who",
            f"{name} is a {role.kind}, and only {'、'.join(item.who)} may apply",
            "mend who or kind",
        )


def _check_linked(name: str, role: Role, path: Path, found: Findings) -> None:
    """Check why asking about another one is lawful: a statute, or that this adult signs too."""
    if (role.view == "after_date") != bool(role.hidden_by.strip()):
        hint = "hidden_by: the statute; the auditor signs the version too"
        found.at_key(path, "hidden-by", "view after_date and the statute that allows it go together", hint)
    if role.kind != "person":
        if role.basis is not None and role.basis.consent is not None:
            found.at_key((*path, "basis"), "basis", f"{name} is a {role.kind} and cannot consent", "name the statute")
    elif role.basis is None and not _represented(role):
        hint = "basis: {duty: the statute that allows it}, or {consent: …}: this adult signs too"
        found.at_key(path, "basis", f"nothing says why asking about {name} is lawful", hint)
    elif role.deceased and role.basis is not None and role.basis.consent is not None:
        found.at_key((*path, "basis"), "basis", f"{name} is dead and cannot consent", "name the statute")


def _represented(role: Role) -> bool:
    return len(role.link.split(".")) == 3 and role.represented  # a malformed link has a fault of its own


def _check_conditions(item: Item, found: Findings) -> None:
    if not item.conditions:
        found.at(("conditions",), "no-conditions", "an item without conditions grants everything", "write one")
    seen: set[str] = set()
    for number, condition in enumerate(item.conditions):
        path = ("conditions", number)
        if not _ID.match(condition.id):
            found.at((*path, "id"), "name", f"{condition.id} cannot be an id", "small letters and digits, joined by -")
        if condition.id in seen:
            found.at((*path, "id"), "duplicate-id", f"a second condition {condition.id}", "each has its own id")
        seen.add(condition.id)
        check_reference((*path, "reference"), condition.reference, found)
        check_fallback(condition, path, found)


def _check_outcome(item: Item, found: Findings) -> None:
    outcome = item.outcome
    if not _ID.match(outcome.credential_type):
        found.at(("outcome", "credential_type"), "name", f"{outcome.credential_type} cannot be a type", "like a-b-c")
    if not _VALID.match(outcome.valid):
        found.at(
            ("outcome", "valid"), "valid", f"{outcome.valid} is no length of time", "like 12 months; empty: no end"
        )
    if outcome.pay is not None:
        check_reference(("outcome", "pay", "reference"), outcome.pay.reference, found)
        if outcome.pay.whose and outcome.pay.whose not in item.roles:
            message, hint = f"no role {outcome.pay.whose}", f"one of: {', '.join(item.roles)}"
            found.at(("outcome", "pay", "whose"), "unknown-role", message, hint)


def _check_need(name: str, need: Need, item: Item, facts: FactCatalogue, found: Findings) -> None:
    """Check what the compiler does not: whose fact it is, and that it is read as it stands."""
    path = ("needs", name, "fact")
    role, _, rest = need.fact.partition(".")
    register, _, fact = rest.partition(".")
    if role in item.roles and item.roles[role].link:
        message = f"{role} is not the applicant: only the applicant's own facts deliver"
        found.at(path, "need", message, "a need is a fact of a role without link")
    known = facts.registers.get(register)
    if known is not None and fact in known.facts and known.facts[fact].derive is not None:
        found.at(path, "need", f"{need.fact} is derived", "a need is a value read as it stands")
