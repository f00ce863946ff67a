"""What officers found and signed in a case: the item's own findings, conditions they settled, figures they entered."""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.cases.change import Change
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also
from mianzheng.cases.staff import BadAct
from mianzheng.credentials import jws
from mianzheng.model.officers import CONDITION, OBJECTION, Seen
from mianzheng.model.scalar import Wire

COMPUTED = "computed:"


def count(live: LiveCase, seen: Seen, change: Change) -> None:
    """Write in the finding's own step what the person had to do for it: be there, or bring a paper.

    `BadAct` where neither the item nor the officer says how it was found: nobody could tell what it cost the person.
    """
    of_item = live.version.item.findings.get(seen.name)
    if not seen.how and of_item is None and seen.name != OBJECTION:
        raise BadAct(f"{seen.name}: how was it found?", hint="`how`: record, paper or visit")
    if seen.how == "visit" or (of_item is not None and of_item.visit):
        also(change, visits=(seen.name,))
    if seen.how == "paper":
        also(change, documents=(seen.name,))


def seen_of(live: LiveCase) -> Iterator[Seen]:
    """Yield every finding of a case; each was verified when it came."""
    for certified in live.procedure.findings.values():
        yield jws.payload_as(jws.unverified_payload(certified.token), type=Seen)


def of_item(live: LiveCase) -> dict[str, Wire]:
    """Return the findings that the item's own rules ask for."""
    return {seen.name: seen.value for seen in seen_of(live) if seen.name in live.version.item.findings}


def settled(live: LiveCase) -> dict[str, bool]:
    """Return the conditions that an officer settled."""
    found = ((seen.name, seen.value) for seen in seen_of(live) if seen.name.startswith(CONDITION))
    return {name.removeprefix(CONDITION): value is True for name, value in found}


def computed(live: LiveCase) -> dict[str, Wire]:
    """Return the figures that an officer entered where they could not be computed."""
    found = ((seen.name, seen.value) for seen in seen_of(live) if seen.name.startswith(COMPUTED))
    return {name.removeprefix(COMPUTED): value for name, value in found}
