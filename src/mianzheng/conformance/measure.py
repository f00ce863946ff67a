"""What a run comes to, counted: a line for each item, the totals, and what must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

import msgspec

from mianzheng.conformance.compare import Difference, completed
from mianzheng.conformance.play import Played


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One case with what was found in it: `differences` from the truth, questions that could not have mattered."""

    played: Played
    differences: tuple[Difference, ...]
    superfluous: tuple[Difference, ...]
    strictly: int = 0  # how many would be superfluous if a condition that answers leave unknown were an end
    answers: int  # to conditions and outcome
    unneeded: int  # of these: those that afterwards did not matter


class _Counts(msgspec.Struct, frozen=True, kw_only=True):
    cases: int
    as_expected: int
    completed: int
    automatic: int  # decided by the machine, from start to end
    signed: int  # by an officer
    waited: int  # for a register, with a date
    visits: int
    documents_replaced: int
    documents_carried: int
    questions: int
    superfluous: int
    unneeded_afterwards: float  # share of the answers
    milliseconds_p50: float


class ItemLine(_Counts, frozen=True, kw_only=True):
    """One item."""

    item: str
    department: str


class DepartmentLine(_Counts, frozen=True, kw_only=True):
    """All items of one department."""

    department: str
    items: int


class Totals(_Counts, frozen=True, kw_only=True):
    """All of them."""

    items: int
    departments: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `conformance --json` prints."""

    items: tuple[ItemLine, ...]
    departments: tuple[DepartmentLine, ...]
    totals: Totals


def report(measured: Sequence[Measured]) -> Report:
    """Return the report of a run, items and departments by name."""
    by_item = _grouped(measured, lambda one: one.played.wanted.item)
    by_department = _grouped(measured, lambda one: one.played.wanted.department)
    lines = [
        msgspec.convert({"item": item, "department": own[0].played.wanted.department} | _counts(own), ItemLine)
        for item, own in by_item.items()
    ]
    items = Counter(line.department for line in lines)
    departments = [
        msgspec.convert({"department": name, "items": items[name]} | _counts(own), DepartmentLine)
        for name, own in by_department.items()
    ]
    sizes = {"items": len(lines), "departments": len(departments)}
    totals = msgspec.convert(sizes | _counts(measured), Totals)
    return Report(items=tuple(lines), departments=tuple(departments), totals=totals)


def _grouped(measured: Iterable[Measured], key: Callable[[Measured], str]) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {}
    for one in sorted(measured, key=key):
        found.setdefault(key(one), []).append(one)
    return found


def faults(measured: Iterable[Measured]) -> tuple[Difference, ...]:
    """Return everything that must hold and does not."""
    return tuple(found for one in measured for found in (*one.differences, *one.superfluous))


class Supposed(msgspec.Struct, frozen=True, kw_only=True):
    """What in a run's ends no truth stands behind: how many cases, and (item, condition or sum) -> how many of them."""

    cases: int
    found: Counter[tuple[str, str]]


def by_parity(measured: Iterable[Measured]) -> Supposed:
    """Return which cases ended by what an officer found where the truth holds nothing: every other person meets it."""
    return _supposed((one.played.wanted.item, one.played.supposed) for one in measured)


def from_packs(measured: Iterable[Measured]) -> Supposed:
    """Return which cases ended with a sum or word that an officer took from the packs, because nothing computes it."""
    return _supposed((one.played.wanted.item, one.played.from_packs) for one in measured)


def _supposed(found: Iterable[tuple[str, frozenset[str]]]) -> Supposed:
    cases = [(item, names) for item, names in found if names]
    return Supposed(cases=len(cases), found=Counter((item, name) for item, names in cases for name in names))


def read_strictly(measured: Iterable[Measured]) -> Counter[str]:
    """Return how many questions of each item only the other reading of *superfluous* counts (docs/conformance.md)."""
    found = Counter[str]()
    for one in measured:
        found[one.played.wanted.item] += one.strictly - len(one.superfluous)
    return +found


def _counts(measured: Sequence[Measured]) -> dict[str, Any]:
    views = [one.played.last for one in measured if one.played.last is not None]
    ended = [one for one in measured if completed(one.played)]
    spans = [one.played.before_notice or one.played.last.milliseconds for one in measured if one.played.last]
    times = [span for span in spans if span > 0]
    answers = sum(one.answers for one in measured)
    return {
        "cases": len(measured),
        "as_expected": sum(1 for one in measured if not one.differences),
        "completed": len(ended),
        "automatic": sum(1 for one in ended if not one.played.signed),
        "signed": sum(1 for one in ended if one.played.signed),
        "waited": sum(1 for one in measured if one.played.waited),
        "visits": sum(view.visits for view in views),
        "documents_replaced": sum(view.documents_replaced for view in views),
        "documents_carried": sum(view.documents_carried for view in views),
        "questions": sum(view.questions_asked for view in views),
        "superfluous": sum(len(one.superfluous) for one in measured),
        "unneeded_afterwards": round(sum(one.unneeded for one in measured) / answers, 3) if answers else 0.0,
        "milliseconds_p50": round(median(times), 1) if times else 0.0,
    }
