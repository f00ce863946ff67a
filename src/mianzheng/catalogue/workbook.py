"""Spreadsheets (xlsx) read with care: nothing large is unpacked, no part with a DTD is read, no formula is trusted."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import msgspec
from defusedxml import DefusedXmlException

from mianzheng.catalogue.xlsx import Budget, NoResult, TooMuch, sheets_of
from mianzheng.model.errors import WrongUse

__all__ = ["BadSheet", "Limits", "NoResult", "cell_text", "read_sheets"]
TOO_LARGE = "spreadsheet-too-large"
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack a chunk to any size at once


class BadSheet(WrongUse):
    """The file is no spreadsheet that can be read; `code` of one that can be, but not here, says why."""

    code = "bad-spreadsheet"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How large a file may be: packed, unpacked, its largest part, in bytes; and how many elements and cells it has.

    `hint`: what to do about a larger one.
    """

    packed: int
    unpacked: int
    part: int
    elements: int
    hint: str


def read_sheets(data: bytes, limits: Limits, *, first: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    """Return the cells of every sheet by its name, or of the `first`, row by row; a row ends at its last value.

    `NoResult` stands for a formula without a result. `BadSheet` for a file that is too large or is no spreadsheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _refuse_large(data, packed.infolist(), limits)
            return sheets_of(packed, Budget(limits.elements), first=first)
    except BadSheet:
        raise
    except TooMuch:
        raise BadSheet(
            "the file is too large: it has too many cells or styles", hint=limits.hint, code=TOO_LARGE
        ) from None
    except DefusedXmlException:
        raise BadSheet(
            "the file declares a document type (DTD), as no spreadsheet program writes",
            hint="open it in a spreadsheet program and save it anew as .xlsx",
        ) from None
    except zipfile.BadZipFile:
        raise BadSheet(
            "the file is not an xlsx file",
            hint="open it in a spreadsheet program and save it as .xlsx (not .xls, .csv or .et)",
        ) from None
    except Exception as error:  # what is no spreadsheet fails in many ways: of the archive, of XML, of a missing part
        raise BadSheet(f"the file cannot be read: {type(error).__name__}", hint="save it as .xlsx") from None


def _refuse_large(data: bytes, parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Raise `BadSheet` for a file that is large, or small and becomes large."""
    sizes = [one.file_size for one in parts]
    if len(data) > limits.packed or sum(sizes) > limits.unpacked or max(sizes, default=0) > limits.part:
        raise BadSheet("the file is too large", hint=limits.hint, code=TOO_LARGE)
    if any(one.compress_type not in _PACKINGS for one in parts):
        raise BadSheet("the file is packed as no spreadsheet program packs", hint="save it anew as .xlsx")


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
