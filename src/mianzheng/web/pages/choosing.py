"""Whom a person means, sealed in their browser to the gateway that may know it: the field, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.cases.choosing import gateway_of
from mianzheng.cases.hub import Hub
from mianzheng.cases.stating import Stated, stated
from mianzheng.model.authorisation import SealedChoice
from mianzheng.model.identity import Jwk
from mianzheng.model.item import Item
from mianzheng.model.text import Text

CHOICE = "choice."
_UNSEALED = Text(zh="请写明是谁；先密封，再交出去", en="Say who is meant; it is sealed before it is sent")


class ChoiceField(msgspec.Struct, frozen=True, kw_only=True):
    """One role that the person chooses. `sealed` is what they sealed before, when the form came back."""

    role: str
    label: Text
    kind: str
    department: Text
    key: str  # JWK of the gateway's seal key
    kid: str
    sealed: str = ""


def choice_field(hub: Hub, item: Item, role: str, already: str = "") -> ChoiceField:
    """Return the field of a chosen role, with the key that it is sealed to."""
    one, facts = item.roles[role], hub.library.facts
    register = facts.registers[one.link_path[1]]
    key = hub.trust.current(gateway_of(hub, item, role), "seal", hub.seconds)
    jwk: Jwk = key.jwk
    return ChoiceField(
        role=role,
        label=one.label,
        kind=one.kind,
        department=facts.departments[register.department].name,
        key=msgspec.json.encode(jwk).decode(),
        kid=key.kid,
        sealed=already if sealed_choice(role, already) is not None else "",
    )


def sealed_choice(role: str, typed: str) -> SealedChoice | None:
    """Return what a browser sealed for a role, None for anything else."""
    try:
        found = msgspec.json.decode(typed.encode(), type=SealedChoice)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return found if found.role == role else None


def read_form(item: Item, typed: Mapping[str, str]) -> tuple[Stated, tuple[SealedChoice, ...], dict[str, Text]]:
    """Return what was stated, whom the person means (sealed), and what is wrong by field."""
    found, choices = stated(item, typed), []
    faults = dict(found.faults)
    for role in item.chosen_roles:
        sealed = sealed_choice(role, typed.get(f"{CHOICE}{role}", ""))
        if sealed is None:
            faults[f"{CHOICE}{role}"] = _UNSEALED
        else:
            choices.append(sealed)
    return found, tuple(choices), faults
