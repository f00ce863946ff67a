"""Choosing one whom a link reaches by typing name or number, sealed to this gateway: no list is ever shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.refusals import Refused
from mianzheng.model.authorisation import LONGEST_CHOICE, Authorisation, FormValue, SealedChoice, form_digest

_DOTS = re.compile(r"\s*[·•‧・･∙⋅᛫.．]\s*")  # between the parts of a name 阿依古丽·买买提, however it was typed


def open_choice(gateway: Gateway, choices: Iterable[SealedChoice], role: str, authorisation: Authorisation) -> str:
    """Return the name or number typed for a role; `Refused` unless the very choice that was signed comes along."""
    found = [choice for choice in choices if choice.role == role]
    if len(found) != 1:
        raise Refused("choice-missing", f"who is meant by {role} did not come along, or twice")
    try:
        plain = jwe.open_sealed(found[0].sealed, key=gateway.seal, typ="mz-choice")
        value = msgspec.json.decode(plain, type=FormValue)
    except (BadToken, BadSeal, msgspec.DecodeError):
        raise Refused("choice-invalid", f"the choice of {role} does not open here") from None
    named = form_digest(value)
    if value.name != f"role.{role}" or named != found[0].digest or named not in authorisation.forms:
        raise Refused("choice-invalid", f"the choice of {role} is not the one that was signed")
    if not isinstance(value.value, str) or not 0 < len(value.value) <= LONGEST_CHOICE:
        raise Refused("choice-invalid", f"the choice of {role} is no name and no number")
    return value.value


def plain_name(text: str) -> str:
    """Return a name in the one form in which names are compared: NFC, full-width signs narrow, one kind of ·."""
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text.strip()))
    return _DOTS.sub("·", composed)
