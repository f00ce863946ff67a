"""What is wrong in a spreadsheet, by its cell, and what of it is not read."""

from __future__ import annotations

import msgspec

from mianzheng.model.text import Text


class SheetFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a cell, and what to do; `row` counts from 1, `column` is its heading."""

    sheet: str
    row: int
    column: str
    what: Text
    do: Text


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What is not read, and so not in the drafts: a sheet, or a column of one."""

    sheet: str
    column: str = ""
