"""Spreadsheets (xlsx) read with care: nothing large is unpacked, no part with a DTD is read, no formula is trusted."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import IO, Any

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl import load_workbook

from mianzheng.model.errors import WrongUse


class BadSheet(WrongUse):
    """The file is no spreadsheet that can be read."""

    code = "bad-spreadsheet"


class NoResult:
    """A cell that holds a formula which nobody has calculated."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How large a file may be: packed, unpacked, its largest part; in bytes. `hint`: what to do about a larger one."""

    packed: int
    unpacked: int
    part: int
    hint: str


def refuse_bombs(data: bytes, limits: Limits) -> None:
    """Raise `BadSheet` for a file that is small and becomes large: by packing, by entities, by default attributes."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sizes = [one.file_size for one in packed.infolist()]
        if len(data) > limits.packed or sum(sizes) > limits.unpacked or max(sizes, default=0) > limits.part:
            raise BadSheet("the file is too large", hint=limits.hint)
        for one in packed.infolist():
            with packed.open(one) as part:
                _refuse_dtd(part, xml=one.filename.endswith((".xml", ".rels")))


def _refuse_dtd(part: IO[bytes], *, xml: bool) -> None:
    """Raise `BadSheet` when a part declares a document type; it stands before the first element, and no more is read.

    `defusedxml`, by which openpyxl reads too, refuses entities alone: a DTD can multiply by default attributes as well.
    """
    try:
        next(iter(iterparse(part, events=("start",), forbid_dtd=True)), None)
    except DefusedXmlException:
        raise BadSheet(
            "the file declares a document type (DTD), as no spreadsheet program writes",
            hint="open it in a spreadsheet program and save it anew as .xlsx",
        ) from None
    except (ParseError, ValueError, LookupError):
        if xml:  # another parser may make something of it; an image is none and is not read
            raise


def read_sheets(data: bytes, limits: Limits) -> dict[str, list[tuple[Any, ...]]]:
    """Return the cells of every sheet by its name, row by row; `NoResult` stands for a formula without a result."""
    try:
        refuse_bombs(data, limits)
        results, formulas = _cells(data, results=True), _cells(data, results=False)
    except BadSheet:
        raise
    except Exception as error:  # openpyxl raises errors of many families for what is no spreadsheet
        raise BadSheet(f"the file cannot be read: {type(error).__name__}", hint="save it as .xlsx") from None
    return {
        name: [tuple(map(shown, *pair)) for pair in zip(rows, formulas[name], strict=True)]
        for name, rows in results.items()
    }


def _cells(data: bytes, *, results: bool) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=results)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def shown(result: Any, formula: Any) -> Any:
    """Return what a cell shows, given its result and its formula."""
    return NoResult() if result is None and formula is not None else result


def cell_text(cell: Any) -> str:
    """Return a cell as a person would have typed it; blanks stay. "" for an empty cell or one without a result."""
    if cell is None or isinstance(cell, NoResult):
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
