"""On which law the questions of a plan rest, as it is read out: the same for the window as on the person's own phone.

Where a statute lays the asking down 告知 tells and asks for no consent; only where the basis is consent does the person
say a yes of their own, named apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mianzheng.model.item import Item, needs_consent
from mianzheng.model.plan import PlanLine
from mianzheng.model.text import Text


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """A law, or what is consented to, with the departments that are asked on it."""

    text: Text
    departments: tuple[str, ...]


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """Every law of a plan in the order in which it is asked on; `consents`: what the person must say yes to apart."""

    laws: tuple[Law, ...]
    consents: tuple[Law, ...]


def basis_of(item: Item, plan: Sequence[PlanLine]) -> Basis:
    """Return on what a plan rests. Another adult's own consent is that adult's to give, by their own signature."""
    laws: dict[Text, dict[str, None]] = {}
    own: dict[Text, dict[str, None]] = {}
    for line in plan:
        text = line.basis.words
        laws.setdefault(text, {})[line.department] = None
        if line.basis.duty is None and not needs_consent(item, line.role):
            own.setdefault(text, {})[line.department] = None
    return Basis(laws=_laws(laws), consents=_laws(own))


def _laws(found: dict[Text, dict[str, None]]) -> tuple[Law, ...]:
    return tuple(Law(text=text, departments=tuple(names)) for text, names in found.items())
