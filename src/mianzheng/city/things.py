"""Numbers of what is neither a person, a body nor a home: vehicles, vessels, parcels, projects, equipment."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from mianzheng.city.places import CITY

_VIN = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"  # GB 16735: no I, O, Q
HOMES = ("homes", "home", "unit", "property", "premises")  # links by these names lead to a unit of real estate


def _vehicle(rng: Random) -> str:
    return "L" + "".join(rng.choices(_VIN, k=9)) + f"{rng.randrange(10**7):07d}"


def _project(rng: Random) -> str:
    year, trade, kind = rng.randrange(2016, 2026), rng.randrange(1, 90), rng.randrange(1, 5)
    return f"{year}-{CITY}-{trade:02d}-{kind:02d}-{rng.randrange(10**6):06d}"


def _parcel(rng: Random) -> str:
    return f"{CITY}{rng.randrange(10**6):06d}GB{rng.randrange(10**5):05d}"


def _vessel(rng: Random) -> str:
    return f"浙临渔{rng.randrange(10**5):05d}"


def _equipment(rng: Random) -> str:
    return f"{rng.choice((1000, 2000, 3100, 4000, 5100))}{CITY}{rng.randrange(10**10):010d}"


_KINDS: dict[str, Callable[[Random], str]] = {
    "vehicle": _vehicle,
    "project": _project,
    "parcel": _parcel,
    "land": _parcel,
    "vessel": _vessel,
    "ship": _vessel,
    "equipment": _equipment,
}


def thing_number(rng: Random, register: str, link: str) -> str:
    """Return a number as things of this kind have, told by the name of the link that leads there, else its register."""
    for name in (link, register):
        for word, make in _KINDS.items():
            if word in name:
                return make(rng)
    return f"{CITY}{register[:2].upper()}{rng.randrange(10**12):012d}"
