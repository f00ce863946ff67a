"""What officers found and signed in a case: the item's own findings, conditions they settled, figures they entered."""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.cases.live import LiveCase
from mianzheng.credentials import jws
from mianzheng.model.officers import CONDITION, Seen
from mianzheng.model.scalar import Wire

COMPUTED = "computed:"


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
