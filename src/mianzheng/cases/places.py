"""Where a page of a list of cases ends, as the link to the next page says it: a time and the id of a case."""

from __future__ import annotations

from datetime import datetime

from mianzheng.model.errors import WrongUse
from mianzheng.store.listing import Place


def written(at: datetime, case: str) -> str:
    """Return the place of a line, to stand in a link."""
    return f"{at.isoformat()}~{case}"


def read(after: str, *, first: Place) -> Place:
    """Return the place that `written` wrote; `first` for "", the list's begin; `WrongUse` for anything else."""
    if not after:
        return first
    text, _, case = after.partition("~")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise WrongUse("no such page of the list", hint="begin at the first page")
    return at, case
