"""What a register must hold besides its shape: facts, source columns and absence that agree."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.links import check_links
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import Absence, Column, Derivation, Fact, FactCatalogue, Register, Type
from mianzheng.model.item import ParamTable
from mianzheng.rules.check import check_value
from mianzheng.rules.checker import fits
from mianzheng.rules.faults import RuleFaults, Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.vocabulary import Vocabulary

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*\Z")
_KEY = "subject"  # the column by which the truth of a city holds whom a row is about
_CLOSED = (Absence.CLOSED_NATIONWIDE, Absence.CLOSED_HERE)
_NUMBERS = (Type.INTEGER, Type.DECIMAL)


def check_register(register: Register, found: Findings) -> None:
    """Add every fault of a register that its shape does not show."""
    if register.mark_hours <= 0:
        found.at(("mark_hours",), "not-positive", "a completeness mark must live for some hours", "1 or more")
    if register.deadline_hours <= 0:
        message = "a case must wait for some hours before its fall-back"
        found.at(("deadline_hours",), "not-positive", message, "1 or more")
    for name, fact in register.facts.items():
        _check_fact(name, fact, register, found)
    for name, column in register.source.columns.items():
        _check_column(name, column, register, found)
    _check_english(register, found)
    check_links(register, found)
    if not register.source.key.column.strip():
        found.at(
            ("source", "key", "column"),
            "empty-text",
            "the key column has no name",
            "name the column of the subject's number",
        )


def check_rules(register: Register, facts: FactCatalogue, params: Mapping[str, ParamTable], found: Findings) -> None:
    """Add every fault of the rules a register holds: its derivations, and which of its rows are visible."""
    vocabulary = Vocabulary(facts=facts, params=params)
    for name, fact in register.facts.items():
        text = fact.derive.expression if fact.derive is not None else None
        if text is not None:
            path = ("facts", name, "derive", "expression")
            type_ = _rule_type(text, path, register, vocabulary, found)
            if type_ is not None and not fits(type_, fact.type):
                message = f"{name} is declared {fact.type.value} and follows as {type_.value}"
                found.at(path, "bad-derivation", message, f"type: {type_.value}")
    for name, link in register.links.items():
        if link.where:
            _check_row_rule(link.where, ("links", name, "where"), register, facts, found)
    if register.source.visible_when:
        _check_row_rule(register.source.visible_when, ("source", "visible_when"), register, facts, found)


def _check_row_rule(text: str, path: Path, register: Register, facts: FactCatalogue, found: Findings) -> None:
    """Check a rule that says which rows are there, or lead on: whatever figures say."""
    type_ = _rule_type(text, path, register, Vocabulary(facts=facts, params={}), found)
    if type_ not in (Type.BOOLEAN, None):
        found.at(path, "type", f"{path[-1]} is {type_.value}, not yes or no", "compare it with something")


def _rule_type(text: str, path: Path, register: Register, vocabulary: Vocabulary, found: Findings) -> Type | None:
    try:
        parsed = parse_rule(text, Where("", 1, 1), within=register.register)
    except RuleFaults as error:
        found.inside(path, error.faults)
        return None
    checked = check_value(parsed, vocabulary, row_of=register.register)
    found.inside(path, checked.faults)
    return None if checked.faults else checked.type


def _check_fact(name: str, fact: Fact, register: Register, found: Findings) -> None:
    path = ("facts", name)
    if not _IDENTIFIER.match(name):
        found.at_key(path, "fact-name", f"{name} cannot stand in a rule", "small letters, digits and _")
        return
    if name == _KEY:
        found.at_key(path, "fact-name", f"{name} is the key of every register", "call the fact something else")
    if fact.type is Type.ENUM and not fact.values:
        found.at_key(path, "enum-values", f"{name} is an enum without values", "list the standard's words in values")
    if fact.type is not Type.ENUM and fact.values:
        found.at((*path, "values"), "enum-values", f"{name} is a {fact.type.value} and has values", "use type enum")
    if len(set(fact.values)) < len(fact.values):
        found.at((*path, "values"), "enum-values", f"{name} lists a value twice", "once is enough")
    if unknown := sorted(set(fact.english) - set(fact.values)):
        found.at(
            (*path, "english"),
            "enum-values",
            f"{name} has no value {unknown[0]}",
            did_you_mean(unknown[0], fact.values),
        )
    if (fact.type is Type.REFERENCE) != (fact.refers_to is not None):
        message = f"{name}: type reference and refers_to go together"
        found.at_key(path, "refers-to", message, "add what it refers to, or change the type")
    if fact.derive is None and name not in register.source.columns:
        found.at_key(path, "no-column", f"{name} has neither a source column nor a derivation", "add one of them")
    if fact.derive is not None:
        _check_derivation(name, fact, fact.derive, register, found)
    if fact.when_absent is not None:
        _check_when_absent(name, fact, register, found)


def _check_english(register: Register, found: Findings) -> None:
    """A sentence says a word of the register without saying of which fact: in English too it means one thing."""
    said: dict[str, str] = {}
    for name, fact in register.facts.items():
        for word, en in fact.english.items():
            if said.setdefault(word, en) != en:
                message = f"{word} is called {said[word]!r} and {en!r} in one register"
                found.at(("facts", name, "english"), "enum-values", message, "one English word for one word")


def _check_when_absent(name: str, fact: Fact, register: Register, found: Findings) -> None:
    path = ("facts", name, "when_absent")
    if register.absence not in _CLOSED:
        message = f"{register.register} is {register.absence.value}: a missing row says nothing of {name}"
        found.at(path, "when-absent-open", message, "only closed registers may declare it")
        return
    value = fact.when_absent
    fits = value is False if fact.type is Type.BOOLEAN else type(value) is int and value == 0
    if not fits or fact.type not in (Type.BOOLEAN, *_NUMBERS):
        message = f"{name}: an absent row means false for yes/no, 0 for counts and sums"
        found.at(path, "when-absent-value", message, "false, 0, or leave it out")


def _check_derivation(name: str, fact: Fact, derive: Derivation, register: Register, found: Findings) -> None:
    path = ("facts", name, "derive")
    set_fields = {field: text for field in derive.__struct_fields__ if (text := getattr(derive, field)) is not None}
    if len(set_fields) != 1:
        found.at(path, "derivation", f"{name} is derived in {len(set_fields)} ways", "exactly one is set")
    if name in register.source.columns:
        message = f"{name} is derived and has a source column"
        found.at_key(("source", "columns", name), "derived-column", message, "leave one of them out")
    for field, text in set_fields.items():
        if field != "expression":
            _check_elapsed(name, fact, field, text, register, found)


def _check_elapsed(name: str, fact: Fact, field: str, base: str, register: Register, found: Findings) -> None:
    path = ("facts", name, "derive", field)
    source = register.facts.get(base)
    if source is None:
        found.at(path, "unknown-fact", f"{register.register} has no fact {base}", did_you_mean(base, register.facts))
    elif source.type is not Type.DATE or source.derive is not None:
        found.at(path, "derivation", f"{base} is no date read from a column", f"{field} needs one")
    if fact.type is not Type.INTEGER:
        found.at(("facts", name, "type"), "derivation", f"{name} counts whole units", "type: integer")


def bases(derive: Derivation, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts of its own row that a derivation names."""
    named = derive.age_of or derive.months_since or derive.years_since
    if named is not None:
        return (named,) if named in facts else ()
    without_text = re.sub(r"'[^']*'", "", derive.expression or "")
    words = re.findall(r"[a-z_][a-z0-9_]*", without_text)
    return tuple(dict.fromkeys(word for word in words if word in facts))


def _check_column(name: str, column: Column, register: Register, found: Findings) -> None:
    path = ("source", "columns", name)
    fact = register.facts.get(name)
    if fact is None:
        hint = did_you_mean(name, register.facts)
        found.at_key(path, "unknown-fact", f"{register.register} has no fact {name}", hint)
        return
    if not column.column.strip():
        found.at((*path, "column"), "empty-text", f"the column of {name} has no name", "as the database calls it")
    _check_codes(name, column, fact, found)
    if column.form != "native" and fact.type is not Type.DATE:
        found.at((*path, "form"), "column-form", f"{name} is no date", "form is for dates")
    if column.scale != 1 and (fact.type not in _NUMBERS or column.scale < 1):
        message = f"{name}: scale is a whole number from 1 on, for numbers only"
        found.at((*path, "scale"), "column-scale", message, "100 for fen; else leave it out")
    if column.encoding != "utf-8" and fact.type not in (Type.STRING, Type.ENUM, Type.REFERENCE):
        found.at((*path, "encoding"), "column-encoding", f"{name} is no text", "encoding is for texts")


def _check_codes(name: str, column: Column, fact: Fact, found: Findings) -> None:
    path = ("source", "columns", name, "codes")
    if column.codes and fact.type not in (Type.ENUM, Type.BOOLEAN):
        found.at(path, "codes", f"{name} is a {fact.type.value}", "codes are for enum and boolean facts")
        return
    for code, word in column.codes.items():
        if fact.type is Type.BOOLEAN and not isinstance(word, bool):
            found.at((*path, code), "codes", f"code {code} of {name} means {word}", "true or false")
        if fact.type is Type.ENUM and word not in fact.values:
            hint = did_you_mean(str(word), fact.values)
            found.at((*path, code), "codes", f"code {code}: {word} is no value of {name}", hint)
        if column.code_type == "integer" and not re.fullmatch(r"-?[0-9]+", code):
            found.at_key((*path, code), "codes", f"code {code} of {name} is no number", "code_type: string")
