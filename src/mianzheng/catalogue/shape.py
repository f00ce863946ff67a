"""Plain values fitted to a struct of the model, with every misfit named at once.

msgspec stops at its first misfit and does not name the key of a table in its path; a pack's
author wants all of them, each with its place. So the walk is ours and every leaf is msgspec's.
"""

from __future__ import annotations

import difflib
import enum
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal, TypeVar

import msgspec

from mianzheng.catalogue.place import Mark
from mianzheng.catalogue.yaml import Document, Path, Value
from mianzheng.model.text import Fault, Text

T = TypeVar("T", bound=msgspec.Struct)
_WORDS = {bool: "true or false", int: "a whole number", str: "a text", Decimal: "a decimal number", date: "a date"}
_COMMA = "a comma ends a text inside { }: put the text before it in quotes"
_GUIDE = "docs/packs.md shows what stands where"


def fit(document: Document, struct: type[T]) -> tuple[T | None, tuple[Fault, ...]]:
    """Return the document's value as `struct`, or None and every misfit."""
    try:
        fitted = msgspec.convert(document.value, struct, strict=True)
        if not _has_blank(document.value):
            return fitted, ()
    except msgspec.ValidationError:
        pass  # every misfit is named below
    fitting = _Fitting(document)
    fitting.walk(document.value, struct, ())
    if fitting.faults:
        return None, tuple(fitting.faults)
    return msgspec.convert(document.value, struct, strict=True), ()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest of the known words, or all of a few; never an empty one."""
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if len(words) > 12:
        return f"check the spelling: none of the {len(words)} known is near"
    return f"one of: {', '.join(words)}" if words else "leave it out: there is none"


def _has_blank(value: Value) -> bool:
    """Tell whether a text somewhere is blank, which a `Text` may not be."""
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, dict):
        return any(map(_has_blank, value.values()))
    return isinstance(value, list) and any(map(_has_blank, value))


class _Fitting:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []

    def walk(self, value: Value, type_: object, path: Path) -> None:
        """Add a fault for each part of `value` that does not fit `type_`."""
        origin, arguments = typing.get_origin(type_), typing.get_args(type_)
        if origin in (types.UnionType, typing.Union):
            self._union(value, arguments, path)
        elif isinstance(type_, type) and issubclass(type_, msgspec.Struct):
            self._struct(value, type_, path)
        elif origin is dict:
            self._table(value, arguments[1], path)
        elif origin is tuple:
            self._list(value, arguments[0], path)
        else:
            self._leaf(value, type_, path)

    def _union(self, value: Value, arguments: tuple[object, ...], path: Path) -> None:
        if value is None and type(None) in arguments:
            return
        others = [argument for argument in arguments if argument is not type(None)]
        if len(others) == 1:
            self.walk(value, others[0], path)
        elif not any(type(value) is other for other in others):
            words = ", ".join(_WORDS.get(other, str(other)) for other in others if isinstance(other, type))
            self._fault("shape-type", self.document.mark(path), f"{_shown(value)} where {words} belongs", _GUIDE)

    def _struct(self, value: Value, struct: type[msgspec.Struct], path: Path) -> None:
        fields = _fields(struct)
        if not isinstance(value, dict):
            keys = ", ".join(name for name, field in fields.items() if field.required)
            self._fault(
                "shape-type", self.document.mark(path), f"{_shown(value)} where a table belongs", keys or "key: value"
            )
            return
        misspelt: set[str] = set()
        for name in value:
            if name not in fields:
                missing = [known for known in fields if known not in value]
                misspelt.update(difflib.get_close_matches(name, missing, n=1))
                hint = _COMMA if " " in name else did_you_mean(name, missing)
                self._fault("unknown-key", self.document.key_mark((*path, name)), f"unknown key {name}", hint)
        for name, field in fields.items():
            if name in value:
                self.walk(value[name], field.type, (*path, name))
            elif field.required and name not in misspelt:
                self._fault("missing-key", self.document.key_mark(path), f"{name} is missing{_of(path)}", f"{name}: …")
        if struct is Text:
            self._text(value, path)

    def _text(self, value: dict[str, Value], path: Path) -> None:
        for language in ("zh", "en"):
            text = value.get(language)
            if isinstance(text, str) and not text.strip():
                message = f"the {language} text is empty"
                self._fault("empty-text", self.document.mark((*path, language)), message, "say it in both languages")

    def _table(self, value: Value, inner: object, path: Path) -> None:
        if not isinstance(value, dict):
            self._fault("shape-type", self.document.mark(path), f"{_shown(value)} where a table belongs", "key: value")
            return
        for name, entry in value.items():
            self.walk(entry, inner, (*path, name))

    def _list(self, value: Value, inner: object, path: Path) -> None:
        if not isinstance(value, list):
            self._fault(
                "shape-type", self.document.mark(path), f"{_shown(value)} where a list belongs", "[a, b] or - a"
            )
            return
        for number, entry in enumerate(value):
            self.walk(entry, inner, (*path, number))

    def _leaf(self, value: Value, type_: object, path: Path) -> None:
        try:
            msgspec.convert(value, type_, strict=True)
        except msgspec.ValidationError:
            message, hint = _misfit(value, type_)
            self._fault("shape-type", self.document.mark(path), message, hint)

    def _fault(self, code: str, mark: Mark, message: str, hint: str) -> None:
        self.faults.append(
            Fault(file=self.document.file, line=mark.line, column=mark.column, code=code, message=message, hint=hint)
        )


@cache
def _fields(struct: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Return a struct's fields by their key; looked up once, for it resolves every annotation anew."""
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


def _misfit(value: Value, type_: object) -> tuple[str, str]:
    """Return message and hint for a leaf that is not of its type."""
    if typing.get_origin(type_) is Literal:
        return _not_among(value, typing.get_args(type_))
    if isinstance(type_, type) and issubclass(type_, enum.Enum):
        return _not_among(value, tuple(member.value for member in type_))
    if type_ is str and isinstance(value, (bool, int)):
        return f"{_shown(value)} where a text belongs", f'put it in quotes: "{_shown(value)}"'
    if type_ is date:
        return f"{_shown(value)} is not a date", "write it like 2026-11-25"
    words = _WORDS.get(type_, str(type_)) if isinstance(type_, type) else str(type_)
    return f"{_shown(value)} where {words} belongs", _GUIDE


def _not_among(value: Value, choices: tuple[object, ...]) -> tuple[str, str]:
    shown = [str(choice) for choice in choices]
    if str(value) in shown:
        kind = "in quotes" if isinstance(value, int) else "without quotes"
        return f"{_shown(value)} is of the wrong type", f"write it {kind}"
    return f"{_shown(value)} is none of the words allowed here", did_you_mean(str(value), shown)


def _shown(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _of(path: Path) -> str:
    return f" in {'.'.join(str(part) for part in path)}" if path else ""
