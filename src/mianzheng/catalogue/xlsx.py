"""The parts of a spreadsheet (xlsx, ECMA-376 part 1, §18) that say what its cells show, each read once.

No general library reads a file that somebody sent: what such a library takes apart besides (styles, number formats,
formulas) can cost seconds for a few kilobytes. Here each part is fed to the parser whole and costs a time that grows
with its length alone; elements and cells are counted against a budget, and no formula is read, only that there is one.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from defusedxml.ElementTree import XMLParser
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel, from_ISO8601

MOST_SHEET_ROWS, MOST_SHEET_COLUMNS = 1_048_576, 16_384  # Excel's own
# A class that leaves out "[" makes each "[" that nothing closes end at the next one: time grows with the length alone.
_UNSHOWN = re.compile(r'"[^"]*"|\[(?!hh?\]|mm?\]|ss?\])[^\[\]]*\]|[\\_*].', re.IGNORECASE | re.DOTALL)
_DURATION = re.compile(r"\[(?:hh?|mm?|ss?)\]", re.IGNORECASE)
_DATED = re.compile(r"[dmhys]", re.IGNORECASE)
CHINESE_DATES = dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-m-d")  # zh-cn's own (§18.8.30): not in the file
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


class NoResult:
    """A cell that holds a formula which nobody has calculated."""


class TooMuch(Exception):
    """There are more elements or cells than a file may have."""


class Budget:
    """How many elements and cells are still read of a file."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, count: int) -> None:
        """Take some; `TooMuch` when none is left."""
        self.left -= count
        if self.left < 0:
            raise TooMuch


class _Part:
    """Hears the elements of a part by their local names; text is kept between `listen` and `heard`."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._budget.spend(1)
        self.begin(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self.finish(tag.rpartition("}")[2])

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def listen(self) -> None:
        self._text = []

    def heard(self) -> str:
        found, self._text = "".join(self._text or ()), None
        return found

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def finish(self, name: str) -> None:
        """Take its end."""


P = TypeVar("P", bound=_Part)


class _Relations(_Part):
    """What a part leads to: type and target by id."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.found: dict[str, tuple[str, str]] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            kind = attributes["Type"].rpartition("/")[2]
            self.found[attributes["Id"]] = (kind, attributes["Target"])


class _Workbook(_Part):
    """The sheets by name with the id of their relation, and where days are counted from."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.sheets: dict[str, str] = {}
        self.epoch: datetime = CALENDAR_WINDOWS_1900

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets[attributes["name"]] = next(v for k, v in attributes.items() if k.endswith("}id"))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904


class _Texts(_Part):
    """Texts that cells share, in order; how a word is read aloud (`rPh`) is no part of it."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.found: list[str] = []
        self._runs: list[str] = []
        self._aloud = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "rPh":
            self._aloud = True
        elif name == "t" and not self._aloud:
            self.listen()

    def finish(self, name: str) -> None:
        if name == "rPh":
            self._aloud = False
        elif name == "t" and not self._aloud:
            self._runs.append(self.heard())
        elif name in ("si", "is"):
            self.found.append("".join(self._runs).replace("x005F_", ""))
            self._runs = []


class _Styles(_Part):
    """The number format of each style that a cell can have."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self._formats: dict[int, str] = BUILTIN_FORMATS | CHINESE_DATES
        self._styles: list[int] = []
        self._within = ""
        self._known: dict[int, str] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("numFmts", "cellXfs"):
            self._within = name
        elif name == "numFmt" and self._within == "numFmts":
            self._formats[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "xf" and self._within == "cellXfs":
            self._styles.append(int(attributes.get("numFmtId", "0")))

    def finish(self, name: str) -> None:
        if name == self._within:
            self._within = ""

    def shows(self, style: int) -> str:
        """Return what a number of this style is shown as: "number", "date", "duration"."""
        number = self._styles[style] if 0 <= style < len(self._styles) else 0
        if number not in self._known:
            self._known[number] = shown_as(self._formats.get(number, ""))
        return self._known[number]


def shown_as(code: str) -> str:
    """Return what a number format makes of a number: "number", "date", "duration"; its first section decides."""
    shown = _UNSHOWN.sub("", code.partition(";")[0])
    if _DURATION.search(shown):
        return "duration"
    return "date" if _DATED.search(shown) else "number"


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells of every sheet point to."""

    texts: list[str]
    styles: _Styles
    epoch: datetime


class _Cells(_Texts):
    """The rows of a sheet; texts that a cell holds itself are heard as shared ones are."""

    def __init__(self, budget: Budget, context: Context) -> None:
        super().__init__(budget)
        self._context = context
        self.rows: list[list[Any]] = []
        self._attributes: dict[str, str] = {}
        self._value: str | None = None
        self._formula = self._in_cell = False
        self._column = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row(int(attributes.get("r", len(self.rows) + 1)))
        elif name == "c":
            self._attributes, self._value, self._formula, self._in_cell = attributes, None, False, True
        elif not self._in_cell:
            return
        elif name == "v":
            self.listen()
        elif name == "f":
            self._formula = True
        else:
            super().begin(name, attributes)

    def finish(self, name: str) -> None:
        if name == "c":
            self._in_cell = False
            self._put(self._read())
        elif not self._in_cell:
            return
        elif name == "v":
            self._value = self.heard()
        else:
            super().finish(name)

    def _row(self, number: int) -> None:
        if not len(self.rows) < number <= MOST_SHEET_ROWS:
            raise ValueError(f"no row {number} can stand here")
        self._budget.spend(number - len(self.rows))
        self.rows += [[] for _ in range(number - len(self.rows))]
        self._column = 0

    def _put(self, value: Any) -> None:
        """Place a value; a cell that shows nothing makes its row no longer."""
        self._column += 1
        if place := self._attributes.get("r"):
            read = _PLACE.fullmatch(place)
            if read is None:
                raise ValueError(f"no cell is at {place[:20]!r}")
            self._column = column_index_from_string(read[1])
        if value is None:
            return
        row = self.rows[-1]
        if not len(row) < self._column <= MOST_SHEET_COLUMNS:
            raise ValueError(f"no cell can stand at column {self._column}")
        self._budget.spend(self._column - len(row))
        row += [None] * (self._column - len(row))
        row[-1] = value

    def _read(self) -> Any:
        kind = self._attributes.get("t", "n")
        inline, self.found = "".join(self.found), []
        if kind == "inlineStr":
            return inline or None
        if not self._value:
            return NoResult() if self._formula else None
        if kind == "s":
            return self._context.texts[int(self._value)] or None
        if kind in ("str", "e"):
            return self._value
        if kind == "b":
            return bool(int(self._value))
        if kind == "d":
            return from_ISO8601(self._value)
        if kind == "n":
            return self._number(self._value)
        raise ValueError(f"no cell is of type {kind[:20]!r}")

    def _number(self, text: str) -> Any:
        number = float(text) if any(sign in text for sign in ".eE") else int(text)
        shows = self._context.styles.shows(int(self._attributes.get("s", "0")))
        if shows == "number":
            return number
        try:
            return from_excel(number, self._context.epoch, timedelta=shows == "duration")
        except (OverflowError, ValueError):
            return "#VALUE!"  # as a spreadsheet program shows a number that is no day


def sheets_of(packed: zipfile.ZipFile, budget: Budget, *, first: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    """Return the cells of every sheet by its name, row by row, or of the `first` alone; a row ends at its last value.

    Raises `TooMuch`, and errors of many families for what is no spreadsheet.
    """
    root = _hear(packed, "_rels/.rels", _Relations(budget)).found
    book = next(_inside("", target) for kind, target in root.values() if kind == "officeDocument")
    folder, name = posixpath.split(book)
    relations = _hear(packed, f"{folder}/_rels/{name}.rels".lstrip("/"), _Relations(budget)).found
    leads = {key: (kind, _inside(folder, target)) for key, (kind, target) in relations.items()}
    workbook = _hear(packed, book, _Workbook(budget))
    others = {kind: path for kind, path in leads.values() if kind in ("sharedStrings", "styles")}
    texts, styles = _Texts(budget), _Styles(budget)
    for kind, part in (("sharedStrings", texts), ("styles", styles)):
        if kind in others:
            _hear(packed, others[kind], part)
    context = Context(texts=texts.found, styles=styles, epoch=workbook.epoch)
    found: dict[str, list[tuple[Any, ...]]] = {}
    for title, key in workbook.sheets.items():
        kind, path = leads[key]
        if kind == "worksheet" and not (first and found):
            found[title] = [tuple(row) for row in _hear(packed, path, _Cells(budget, context)).rows]
    return found


def _hear(packed: zipfile.ZipFile, name: str, part: P) -> P:
    """Let a part hear what a file holds; a DTD ends it (`DefusedXmlException`)."""
    parser = XMLParser(target=part, forbid_dtd=True)
    parser.feed(packed.read(name))  # whole: in pieces, expat before 2.6 reads a long token again with each
    parser.close()
    return part


def _inside(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
