"""What the names in a rule may stand for: roles, registers, facts, form fields, figures, findings."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Finding, FormField, Item, ParamTable, Role
from mianzheng.rules.faults import Where, did_you_mean, one_of
from mianzheng.rules.parse import Parsed, parse_rule


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the rules of one item may name; derivations are read once for all of them."""

    facts: FactCatalogue
    params: Mapping[str, ParamTable]
    roles: Mapping[str, Role] = {}
    form: Mapping[str, FormField] = {}
    findings: Mapping[str, Finding] = {}
    derivations: dict[tuple[str, str], Parsed] = {}

    @classmethod
    def of(cls, item: Item, facts: FactCatalogue, params: Mapping[str, ParamTable]) -> Vocabulary:
        """Return the vocabulary of an item."""
        return cls(facts=facts, params=params, roles=item.roles, form=item.form, findings=item.findings, derivations={})

    def of_registers(self) -> Vocabulary:
        """Return what a derived fact may name: facts and figures, nothing of the item."""
        return msgspec.structs.replace(self, form={}, findings={})

    def register(self, name: str) -> Register | None:
        """Return a register of the catalogue, or None."""
        return self.facts.registers.get(name)

    def derivation(self, register: str, name: str, expression: str) -> Parsed:
        """Return a derived fact's own rule, read; `RuleFaults` as the parser finds them."""
        key = (register, name)
        if key not in self.derivations:
            self.derivations[key] = parse_rule(expression, Where(f"{register}.{name}", 1, 1), within=register)
        return self.derivations[key]

    def hint_for_fact(self, register: str, name: str) -> str:
        """Return what the author may have meant by a register or fact that does not exist."""
        known = self.register(register)
        if known is None:
            return one_of(register, self.facts.registers)
        elsewhere = sorted(other for other, table in self.facts.registers.items() if name in table.facts)
        near = did_you_mean(name, known.facts, prefix=f"{register}.")
        if elsewhere and not near:
            return f"{name} is a fact of {elsewhere[0]}"
        return near or one_of(name, known.facts)
