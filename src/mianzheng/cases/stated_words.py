"""What a person typed into an item's form, in words for themself: they sign it, so they read it."""

from __future__ import annotations

from mianzheng.cases.parts import Opening
from mianzheng.model.authorisation import FormValue
from mianzheng.model.case import StatedView
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField, Item
from mianzheng.model.scalar import from_wire
from mianzheng.model.text import Text
from mianzheng.rules.phrases import scalar

_SEALED = Text("已密封", "sealed")
_LEFT_OUT = Text("没有填", "left out")


def stated_of(item: Item, opening: Opening) -> tuple[StatedView, ...]:
    """Return what was stated, in the order of the form, then whom the person named: sealed, the hub cannot read it."""
    typed = {one.name: one for one in opening.forms}
    fields = [_field(name, field, typed[name]) for name, field in item.form.items() if name in typed]
    named = {one.role for one in opening.choices}
    roles = [
        StatedView(name=role, label=one.label, value=_SEALED, sealed=True)
        for role, one in item.roles.items()
        if role in named
    ]
    return (*fields, *roles)


def stated_in(item: Item, opening: Opening, names: frozenset[str]) -> tuple[StatedView, ...]:
    """Return some fields with what was stated in them; one that was left out says so."""
    typed = {one.name: one for one in opening.forms}
    return tuple(_field(name, field, typed.get(name)) for name, field in item.form.items() if name in names)


def telling_apart(item: Item, opening: Opening) -> tuple[StatedView, ...]:
    """Return what tells a case from others of its item."""
    return stated_in(item, opening, frozenset(name for name, field in item.form.items() if field.tells_apart))


def _field(name: str, field: FormField, typed: FormValue | None) -> StatedView:
    return StatedView(name=name, label=field.label, value=_LEFT_OUT if typed is None else _words(field, typed))


def _words(field: FormField, typed: FormValue) -> Text:
    said = scalar(from_wire(field.type, typed.value))
    return Text(said.zh, field.english.get(said.zh, said.en)) if field.type is Type.ENUM or field.values else said
