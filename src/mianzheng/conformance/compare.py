"""What must come out and what came out, beside each other: every difference in words, with case, item and person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from mianzheng.conformance.play import Played, end_of
from mianzheng.conformance.wanted import Outcome, Wanted
from mianzheng.model.case import CaseView, Explanation, State

GRANTED_BEFORE = "granted-before"  # as `decision` calls it, of which nothing is imported here
_RESULTS = {"true": True, "false": False, "unknown": None}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must hold and does not: `what` names it, `resident` is a persona's number of the demo city."""

    case: str
    item: str
    resident: str
    what: str


def differences(played: Played) -> tuple[Difference, ...]:
    """Return every difference of one case; () when it came to what the truth says."""
    return tuple(_difference(played, what) for what in _all(played))


def completed(played: Played) -> bool:
    """Return whether a case ended granted or lawfully refused."""
    ended = not played.fault and played.last is not None and not noticed(played)
    return ended and played.last is not None and played.last.decision in ("granted", "refused")


def noticed(played: Played) -> bool:
    """Return whether a case is to be granted and under public notice: it ends by itself on the day it names."""
    return played.last is not None and played.last.state is State.PUBLIC_NOTICE


def _difference(played: Played, what: str) -> Difference:
    return Difference(case=played.case, item=played.wanted.item, resident=played.wanted.resident, what=what)


def _all(played: Played) -> Iterator[str]:
    if played.fault:
        yield f"did not end: {played.fault}"
    if played.dateless:
        yield "waited for a register and named no date"
    if played.hasty and not played.waited:
        yield "was left to a person and waited for no register, though all that is open hangs on those that were away"
    unsure = played.wanted.troubled or played.unsigned
    if played.first is not None:
        if not (unsure and played.first.decision == "undecided"):
            yield from _outcome(played.first, played.wanted.first, "the machine")
        yield from _reasons(played.first, played.wanted.before, _hidden(played.explained))
        if played.explained is not None:
            yield from _conditions(played.explained, played.wanted.before, unsure=unsure)
    if played.last is None or played.fault:
        return
    if not (played.wanted.again and _is_granted_before(played.last)):
        yield from _outcome(played.last, end_of(played.wanted), "in the end it")
    if noticed(played) and not played.last.still:
        yield "is under public notice and names no date"
    if not noticed(played) and not unsure:
        yield from _amount(played.last, played.wanted)
    if played.last.documents_carried:
        yield f"{played.last.documents_carried} documents were carried"


def _is_granted_before(view: CaseView) -> bool:
    """Tell whether a case was refused for no other reason than a grant of the same in another."""
    return view.decision == "refused" and {reason.condition for reason in view.reasons} == {GRANTED_BEFORE}


def _outcome(view: CaseView, wanted: Outcome, who: str) -> Iterator[str]:
    if view.decision != wanted:
        yield f"{who} came to {view.decision} ({view.state}), the truth says {wanted}"


def _hidden(explained: Explanation | None) -> frozenset[str]:
    """Return the conditions about another person of which who applied may not even know whether they were examined."""
    conditions = () if explained is None else explained.conditions
    return frozenset(one.condition for one in conditions if one.result == "withheld")


def _reasons(view: CaseView, truths: Mapping[str, bool | None], hidden: frozenset[str]) -> Iterator[str]:
    """Reasons are conditions that are false; a false one that is no reason was not examined, or is `hidden`."""
    if view.decision != "refused":
        return
    named = {reason.condition for reason in view.reasons if reason.condition}
    withheld = any(not reason.condition for reason in view.reasons)
    false = {name for name, truth in truths.items() if truth is False}
    for name in sorted(named - false):
        yield f"{name} is given as a reason, the truth says {_word(truths.get(name))}"
    if not withheld:
        for name in sorted(false - named - hidden - set(view.not_examined)):
            yield f"{name} is false and neither a reason nor named as not examined"


def _conditions(explained: Explanation, truths: Mapping[str, bool | None], *, unsure: bool) -> Iterator[str]:
    """Each condition is what the truth says; where the registers may not know it, unknown is no difference."""
    for one in explained.conditions:
        if unsure and one.result == "unknown":
            continue
        if one.result in _RESULTS and _RESULTS[one.result] != truths[one.condition]:
            yield f"condition {one.condition} came to {one.result}, the truth says {_word(truths[one.condition])}"


def _amount(view: CaseView, wanted: Wanted) -> Iterator[str]:
    if view.decision != "granted" or wanted.amount is None or not wanted.computed:
        return
    if view.amount != wanted.amount:
        yield f"{view.amount} yuan, the truth says {wanted.amount}"


def _word(truth: bool | None) -> str:
    return {True: "true", False: "false", None: "unknown"}[truth]
