"""YAML as packs use it: plain values, and the place of each one.

Scalars mean only null, true, false, a whole number, or text: dates and decimals stay text, so
that nothing depends on a parser's guess (`mianzheng.model.scalar`). A quoted scalar is always
text, and so is every key. Anchors, aliases, tags, merge keys, duplicate keys and second
documents are refused: a pack must read the same to a lawyer as to a machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
import yaml

from mianzheng.catalogue.place import Mark, Span, Style, place_in
from mianzheng.model.text import Fault

Path = tuple[str | int, ...]
Value = object  # None | bool | int | str | dict[str, Value] | list[Value]

_STYLES: dict[str, Style] = {"": "plain", "'": "single", '"': "double", "|": "block", ">": "block"}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what libyaml counts as a line's end
_BEGIN_NUMBER = frozenset("-0123456789")
_LONGEST_NUMBER = 18
_DEEPEST = 24
_LONGEST_FILE = 1_000_000  # characters


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where values, keys and texts of a file stand (paths from the root)."""

    lines: tuple[str, ...]
    values: dict[Path, Mark]
    keys: dict[Path, Mark]
    spans: dict[Path, Span]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One file as read: its value, and its text, in which places are looked up once something is wrong."""

    file: str
    text: str
    value: Value

    @property
    def places(self) -> Places:
        """Where everything stands."""
        return _places(self.text, self.file)

    def mark(self, path: Path) -> Mark:
        """Return the place of the value at `path`, or of the nearest value around it."""
        values = self.places.values
        while path and path not in values:
            path = path[:-1]
        return values.get(path, Mark(1, 1))

    def key_mark(self, path: Path) -> Mark:
        """Return the place of the key that leads to `path`; of the value, in a list."""
        return self.places.keys.get(path) or self.mark(path)

    def inside(self, path: Path, *, line: int, column: int) -> Mark:
        """Return the place in the file of (`line`, `column`), from 1, of the text at `path`."""
        span = self.places.spans.get(path)
        return self.mark(path) if span is None else place_in(span, self.places.lines, line=line, column=column)


class _Refused(Exception):
    """The file cannot be read any further."""


class _Unusual(Exception):
    """Something stands in the file that needs a closer look."""


def read(text: str, file: str) -> tuple[Document | None, tuple[Fault, ...]]:
    """Return the document in `text` and every fault of its form; None when it cannot be read at all.

    Sound files, nearly all, are read for their values alone; one that is not is read again with every place noted.
    """
    try:
        return Document(file=file, text=text, value=_plain_document(text)), ()
    except (_Unusual, yaml.YAMLError):
        pass
    reader = _Reader(text, file)
    try:
        value = reader.document()
    except _Refused:
        return None, tuple(reader.faults)
    except yaml.YAMLError as error:
        return None, (*reader.faults, _syntax_fault(error, text, file))
    return Document(file=file, text=text, value=value), tuple(reader.faults)


@lru_cache(maxsize=4)
def _places(text: str, file: str) -> Places:
    """Return the places in a text that has been read; faults of one file are told one after another."""
    reader = _Reader(text, file)
    reader.document()
    lines = tuple(_LINE_END.split(text))
    return Places(lines=lines, values=reader.values, keys=reader.keys, spans=reader.spans)


def _plain_document(text: str) -> Value:
    """Return the value of a file in which nothing is to be refused; `_Unusual` for any other, `YAMLError`."""
    if len(text) > _LONGEST_FILE:
        raise _Unusual
    next_event = yaml.CSafeLoader(text).get_event
    next_event()  # the stream's start
    if type(next_event()) is not yaml.DocumentStartEvent:
        raise _Unusual
    value = _plain(next_event(), next_event, 0)
    next_event()  # the document's end
    if type(next_event()) is not yaml.StreamEndEvent:
        raise _Unusual
    return value


def _plain(event: Any, next_event: Callable[[], Any], depth: int) -> Value:
    kind = type(event)
    if depth > _DEEPEST or kind is yaml.AliasEvent or event.anchor or event.tag:
        raise _Unusual
    if kind is yaml.ScalarEvent:
        text = event.value
        if event.style:
            return text
        if len(text) > _LONGEST_NUMBER and _WHOLE.match(text):
            raise _Unusual
        return _resolve(text)
    inner = depth + 1
    if kind is yaml.SequenceStartEvent:
        items: list[Value] = []
        while type(event := next_event()) is not yaml.SequenceEndEvent:
            items.append(_plain(event, next_event, inner))
        return items
    table: dict[str, Value] = {}
    while type(event := next_event()) is not yaml.MappingEndEvent:
        if type(event) is not yaml.ScalarEvent or event.anchor or event.tag:
            raise _Unusual
        key = event.value
        if key == "<<" or key in table:
            raise _Unusual
        table[key] = _plain(next_event(), next_event, inner)
    return table


class _Reader:
    """Builds values from libyaml's events, so that anchors and tags are seen and can be refused."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        self.faults: list[Fault] = []
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.spans: dict[Path, Span] = {}
        self.events: Iterator[yaml.Event] = iter(())

    def document(self) -> Value:
        """Return the value of the one document."""
        if len(self.text) > _LONGEST_FILE:
            raise self._refuse("yaml-size", Mark(1, 1), "the file is too long", "split it")
        self.events = iter(yaml.parse(self.text, Loader=yaml.CSafeLoader))
        next(self.events)  # the stream's start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise self._refuse("yaml-empty", Mark(1, 1), "the file is empty", "delete it or write the pack")
        value = self._value(next(self.events), ())
        next(self.events)  # the document's end
        following = next(self.events)
        if isinstance(following, yaml.DocumentStartEvent):
            self._fault("yaml-documents", _mark(following), "a second document", "one file holds one thing")
        return value

    def _value(self, event: yaml.Event, path: Path) -> Value:
        mark = _mark(event)
        if len(path) > _DEEPEST:
            raise self._refuse("yaml-depth", mark, "nested too deeply", f"at most {_DEEPEST} levels")
        self.values[path] = mark
        self._refuse_features(event, mark)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path, mark)
        return None  # an alias: already a fault

    def _mapping(self, path: Path) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            mark = _mark(event)
            self._refuse_features(event, mark)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refuse("yaml-key", mark, "a key that is not a word", "write keys as plain words")
            key = str(event.value)
            if key == "<<":
                self._fault("yaml-merge", mark, "a merge key", "write the values out")
            if key in found:
                self._fault("yaml-duplicate", mark, f"the key {key} stands here a second time", "keep one of them")
            inner = (*path, key)
            self.keys[inner] = mark
            found[key] = self._value(next(self.events), inner)
        return found

    def _sequence(self, path: Path) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _scalar(self, event: yaml.ScalarEvent, path: Path, mark: Mark) -> Value:
        text = str(event.value)
        style = _STYLES[event.style or ""]
        self.spans[path] = Span(text=text, style=style, start=mark)
        if style != "plain":
            return text
        if _WHOLE.match(text) and len(text) > _LONGEST_NUMBER:
            self._fault("yaml-number", mark, "a number too long to be counted with", "put it in quotes if it is text")
            return text
        return _resolve(text)

    def _refuse_features(self, event: yaml.Event, mark: Mark) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._fault("yaml-alias", mark, f"an alias *{event.anchor}", "write the value out")
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            self._fault("yaml-anchor", mark, f"an anchor &{event.anchor}", "remove it")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
            self._fault("yaml-tag", mark, f"a tag {event.tag}", "remove it; quotes make a text")

    def _fault(self, code: str, mark: Mark, message: str, hint: str) -> None:
        self.faults.append(
            Fault(file=self.file, line=mark.line, column=mark.column, code=code, message=message, hint=hint)
        )

    def _refuse(self, code: str, mark: Mark, message: str, hint: str) -> _Refused:
        self._fault(code, mark, message, hint)
        return _Refused()


def _resolve(text: str) -> Value:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text[0] in _BEGIN_NUMBER and _WHOLE.match(text) else text


def _mark(event: yaml.Event) -> Mark:
    assert event.start_mark is not None  # libyaml marks every event
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _syntax_fault(error: yaml.YAMLError, text: str, file: str) -> Fault:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        message = ", ".join(part for part in (error.context, error.problem) if part)
    else:  # a character that may not stand in YAML; libyaml gives its place in bytes
        before = text.encode("utf-8", "replace")[: getattr(error, "position", 0)].decode("utf-8", "replace")
        parts = _LINE_END.split(before)
        line, column, message = len(parts), len(parts[-1]) + 1, getattr(error, "reason", str(error))
    return Fault(file=file, line=line, column=column, code="yaml-syntax", message=message, hint=_SYNTAX_HINT)


_SYNTAX_HINT = "texts that hold a colon, a # or begin with a sign need quotes"
