"""Homes and other property: who owned what since when, so that registers of homes and of aid agree."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from mianzheng.city.calendar import YEAR, add_years, day_between
from mianzheng.city.inhabitants import Home, Household, Person
from mianzheng.city.places import CITY, TOWN_NAMES, TOWNS

_OWNS = 0.62  # households of the city with a registered home
_OWNS_MIGRANT = 0.13
_SECOND = 0.14
_SOLD = 0.1
_OTHER_USE = 0.07  # a shop, a garage
_TOGETHER = 0.62  # couples who own as joint owners 共同共有


def give_homes(rng: Random, households: list[Household], today: date) -> list[Home]:
    """Return the property of all households of a block."""
    homes: list[Home] = []
    for household in households:
        owns = _OWNS_MIGRANT if household.origin else _OWNS * (0.4 if household.poor else 1)
        count = 1 + (rng.random() < _SECOND) if rng.random() < owns else 0
        uses = ["住宅"] * count + (["车位车库" if rng.random() < 0.6 else "商业"] if rng.random() < _OTHER_USE else [])
        homes += [_home(rng, household, use, today) for use in uses]
        if rng.random() < _SOLD:
            homes.append(_sell(rng, _home(rng, household, "住宅", today), today))
    return homes


def _home(rng: Random, household: Household, use: str, today: date) -> Home:
    head = household.head
    spouse = head.spouse
    owners = [head, spouse] if spouse is not None and rng.random() < _TOGETHER else [head]
    since = day_between(rng, _earliest(owners), today)
    town = TOWNS[household.town][0]
    parcel = f"{rng.randrange(100, 999)}{rng.randrange(100, 999)}GB{rng.randrange(10**5):05d}"
    door = f"{rng.randrange(1, 200)}幢{rng.randrange(1, 4)}单元{rng.randrange(1, 28)}{rng.randrange(1, 5):02d}室"
    return Home(
        unit_no=f"{CITY}{parcel}F{rng.randrange(10**8):08d}",
        address=f"临海市{TOWN_NAMES[town]}{door}",
        owners=owners,
        use=use,
        registered_on=since,
        area_hundredths=_area(rng, use),
        mortgaged=rng.random() < 0.22 and (today - since).days < 20 * YEAR,
        sealed=rng.random() < 0.012,
    )


def _earliest(owners: list[Person]) -> date:
    grown = max(add_years(owner.birth, 20) for owner in owners)
    if len(owners) > 1 and owners[0].marriages:
        grown = max(grown, owners[0].marriages[-1].registered_on)
    return max(grown, date(1996, 1, 1))


def _area(rng: Random, use: str) -> int:
    if use == "车位车库":
        return rng.randrange(1100, 2600)
    return int(min(max(rng.gauss(10500, 3200), 3000), 32000))


def _sell(rng: Random, home: Home, today: date) -> Home:
    home.disposed_on = day_between(rng, home.registered_on + timedelta(days=90), today)
    if home.disposed_on > today:
        home.disposed_on = None
    home.mortgaged = home.sealed = False
    return home
