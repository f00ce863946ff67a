"""The dated texts of the papers: read once from `templates.toml`; the newest in force is used."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import Literal, TypeVar

import msgspec

from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Reference
from mianzheng.model.papers import PaperKind
from mianzheng.model.text import Text

T = TypeVar("T")
ListName = Literal["", "reasons", "rules", "corrections", "remedies", "delivery", "items"]


class TemplateSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a template; with `when` only if that fact is there."""

    heading: Text | None = None
    text: tuple[Text, ...] = ()
    list: ListName = ""
    when: str = ""


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The text of one kind of paper from one day on, with the law that asks for it."""

    kind: PaperKind
    effective: date
    title: Text
    law: tuple[Reference, ...]
    section: tuple[TemplateSection, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    template: tuple[Template, ...]


def template_on(kind: PaperKind, day: date) -> Template:
    """Return the template of a kind in force on a day; `WrongUse` when there is none yet."""
    in_force = [one for one in templates() if one.kind is kind and one.effective <= day]
    if not in_force:
        raise WrongUse(f"no template of {kind} in force on {day}", hint="papers/templates.toml")
    return max(in_force, key=lambda one: one.effective)


@cache
def templates() -> tuple[Template, ...]:
    """Return every template of this release."""
    return shipped("templates.toml", _File).template


def shipped(name: str, type_: type[T]) -> T:
    """Return what a data file of this package holds."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=type_)
