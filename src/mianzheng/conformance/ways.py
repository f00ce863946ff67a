"""How those who are played come to the hub: most with their own key, some by another 委托办, some with nothing in hand.

One person in twenty is acted for by an agent with a mandate, one in twenty stands at a window without a key; of each
item of bodies one case is opened by the legal representative whom the register names. What must come out is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import duckdb
import msgspec

from mianzheng.city.calendar import add_years
from mianzheng.city.truth import TROUBLES
from mianzheng.conformance.wanted import Wanted, Way
from mianzheng.model.item import Item

ONE_IN = 20
ADULT = 18
QUESTIONS_LEVEL = 2  # what two questions at a window come to; a face comes to three

# who may give and hold a mandate: grown up, of this city's register, nothing dirty about them, nobody's ward
_ABLE = f"""
    SELECT p.resident, min(p.name) FROM _people p JOIN hukou h ON h.subject = p.resident
    WHERE p.kind = 'person' AND h.status = '正常' AND h.birth_date <= $born
      AND p.resident NOT IN (SELECT subject FROM {TROUBLES})
    GROUP BY p.resident ORDER BY md5(p.resident || $salt)
"""
_WARDS = "SELECT subject FROM kinship WHERE relation = '监护人'"
_REPRESENTED = """
    SELECT subject, min(legal_representative) FROM enterprise
    GROUP BY subject HAVING count(DISTINCT legal_representative) = 1 AND count(*) = count(legal_representative)
"""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """Who may act for others: `able` number -> name of grown-up people, `represented` body -> its representative."""

    able: Mapping[str, str]
    represented: Mapping[str, str]


def company(connection: duckdb.DuckDBPyConnection, as_of: date, *, salt: str) -> Company:
    """Return who may act for others in the city of this truth; `salt` puts them in an order."""
    kept = {name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    if "hukou" not in kept:
        return Company(able={}, represented={})
    wards = {number for (number,) in connection.execute(_WARDS).fetchall()} if "kinship" in kept else set()
    found = connection.execute(_ABLE, {"born": add_years(as_of, -ADULT), "salt": salt}).fetchall()
    able = {number: name for number, name in found if number not in wards}
    bodies = connection.execute(_REPRESENTED).fetchall() if "enterprise" in kept else []
    return Company(able=able, represented={body: person for body, person in bodies if person in able})


def with_ways(
    people: Sequence[Wanted], items: Mapping[str, Item], company: Company, *, faces: bool
) -> tuple[Wanted, ...]:
    """Return the same people in the same order, each with the way they come; `faces`: a face comparer runs."""
    chosen: dict[int, Wanted] = _represented(people, items, company)
    agents = iter(company.able)
    share = len(people) // ONE_IN
    for place in _spread(people, [at for at in _able(people, company) if _mandated(items[people[at].item])], share):
        one = people[place]
        agent = next(number for number in agents if number != one.resident)
        chosen[place] = _through(one, "mandate", agent, company.able[agent])
    at_windows = [at for at in _able(people, company) if at not in chosen]
    levels = {at: items[people[at].item].presence for at in at_windows}
    for place in _spread(people, [at for at in at_windows if faces or levels[at] <= QUESTIONS_LEVEL], share):
        way: Way = "window" if levels[place] <= QUESTIONS_LEVEL else "face"
        chosen[place] = _through(people[place], way)
    return tuple(chosen.get(place, one) for place, one in enumerate(people))


def _represented(people: Sequence[Wanted], items: Mapping[str, Item], company: Company) -> dict[int, Wanted]:
    """Return of each item of bodies one case whose body has a representative who may act, granted if there is one."""
    found: dict[str, int] = {}
    for place, one in sorted(enumerate(people), key=lambda found: found[1].expect != "granted"):
        item = items[one.item]
        named = one.resident in company.represented and not one.troubled
        if item.roles[item.acting_role].kind == "enterprise" and named:
            found.setdefault(one.item, place)
    speaks = company.represented
    return {
        place: _through(one, "representative", speaks[one.resident], company.able[speaks[one.resident]])
        for place in found.values()
        for one in (people[place],)
    }


def _able(people: Sequence[Wanted], company: Company) -> Iterable[int]:
    return (place for place, one in enumerate(people) if one.resident in company.able)


def _mandated(item: Item) -> bool:
    return not (item.in_person or item.agent_not_beneficiary)


def _spread(people: Sequence[Wanted], places: Iterable[int], count: int) -> Sequence[int]:
    """Return so many of these places, of each outcome alike and at equal distances; all where there are fewer."""
    alike: dict[str, list[int]] = {}
    for place in places:
        alike.setdefault(people[place].expect, []).append(place)
    each = -(-count // len(alike)) if alike else 0  # rounded up
    piles = [same[:: max(1, len(same) // each)][:each] for same in alike.values()] if each else []
    return [pile[turn] for turn in range(each) for pile in piles if turn < len(pile)][:count]


def _through(one: Wanted, way: Way, number: str = "", name: str = "") -> Wanted:
    return msgspec.structs.replace(one, way=way, through=number, through_name=name)
