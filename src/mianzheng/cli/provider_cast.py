"""The ten people whom the demo's provider vouches for, found in the city's truth; fewer where the city is too small.

One part more than ten is known, so that a city without one of them still has ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from mianzheng.city.people import Expect, find_people
from mianzheng.city.truth import PEOPLE, TROUBLES, TRUTH
from mianzheng.cli.demo_cast import ITEM, old_people, parent_and_child
from mianzheng.cli.provider_story import told
from mianzheng.model.errors import MianzhengError
from mianzheng.model.text import Text
from mianzheng.provider.people import DemoPerson

MOST = 10
_OTHERS: tuple[tuple[str, str, Expect, str, str], ...] = (
    ("parent", "childcare-subsidy", "granted", "家里添了宝宝，申领育儿补贴", "Has a small child: childcare subsidy"),
    ("refused", ITEM, "refused", "条件不符，会被告知为什么", "Will be refused, and told why"),
    (
        "waiting",
        ITEM,
        "undecided",
        "有一项登记答不上来，要等或由人来看",
        "A register has no answer: it waits, or a person looks",
    ),
    ("disabled", "dp-nursing-subsidy", "granted", "重度残疾，申领护理补贴", "Severely disabled: nursing subsidy"),
    ("veteran", "vt-rural-60", "granted", "满 60 岁的农村老兵，申领生活补助", "A veteran of 60: living allowance"),
    ("student", "senior-grant", "granted", "高中学生，申领助学金", "A student at senior school: grant"),
)
_FIRM = f"""
SELECT head.resident, head.name, firm.name FROM enterprise AS firm
JOIN {PEOPLE} AS head ON head.resident = firm.legal_representative AND head.kind = 'person'
JOIN {PEOPLE} AS body ON body.resident = firm.subject
WHERE NOT list_contains($without, head.resident)
ORDER BY firm.status = '存续' DESC, contains(firm.scope, '餐饮') DESC, contains(firm.kind, '公司') DESC,
  md5(firm.subject) LIMIT 1
"""
_AGENT = f"""
SELECT resident, name FROM {PEOPLE}
WHERE kind = 'person' AND resident[7:10]::INTEGER BETWEEN $earliest AND $latest
AND NOT list_contains($without, resident)
AND resident NOT IN (SELECT subject FROM {TROUBLES}) ORDER BY md5(resident) LIMIT 1
"""


def cast(data: Path) -> tuple[DemoPerson, ...]:
    """Return the people of the demo's provider, each in the part they play."""
    found: list[DemoPerson] = []

    def taken() -> list[str]:
        return [one.number for one in found]

    for part in (_old_and_child, _firm, *(_of(*one) for one in _OTHERS)):
        found.extend(_tried(lambda part=part: part(data, taken())))  # type: ignore[misc]
    return told(data, tuple(found[:MOST])) if found else ()


def _tried(part: Callable[[], Iterator[DemoPerson]]) -> list[DemoPerson]:
    """Return whom a part finds; nobody where the city has none such, or no such item."""
    try:
        return list(part())
    except (MianzhengError, duckdb.Error):
        return []


def _old_and_child(data: Path, without: list[str]) -> Iterator[DemoPerson]:
    widow = old_people(data, without=without)[0]
    story = Text(zh=f"{widow.age} 岁，申领高龄津贴", en=f"{widow.age} years old: old-age allowance")
    yield DemoPerson(id="elder", number=widow.number, name=widow.name, story=story)
    parent, child = parent_and_child(data, without=[*without, widow.number])
    told = Text(zh=f"{parent.age} 岁，儿女替他办", en=f"{parent.age} years old; a child acts for them")
    yield DemoPerson(id="father", number=parent.number, name=parent.name, story=told)
    acts = Text(
        zh=f"{parent.name}的{'儿子' if child.is_male else '女儿'}，在外地替家里老人办事",
        en="Their child, who acts from afar",
    )
    yield DemoPerson(id="child", number=child.number, name=child.name, story=acts)


def _firm(data: Path, without: list[str]) -> Iterator[DemoPerson]:
    with duckdb.connect(str(data / TRUTH), read_only=True) as connection:
        head = connection.execute(_FIRM, {"without": without}).fetchone()
        if head is None:
            return
        story = Text(zh=f"{head[2]}的法定代表人", en="Legal representative of a firm")
        yield DemoPerson(id="representative", number=head[0], name=head[1], story=story)
        bound = {"without": [*without, head[0]], "earliest": 1985, "latest": 1998}
        agent = connection.execute(_AGENT, bound).fetchone()
        if agent is not None:
            told = Text(zh="这家企业的经办人", en="Who handles that firm's affairs")
            yield DemoPerson(id="agent", number=agent[0], name=agent[1], story=told)


def _of(part: str, item: str, expect: Expect, zh: str, en: str) -> Callable[[Path, list[str]], Iterator[DemoPerson]]:
    def find(data: Path, without: list[str]) -> Iterator[DemoPerson]:
        for one in find_people(data, item, expect, limit=20):
            if one.resident not in without and int(one.resident[6:10]) <= 2010:
                yield DemoPerson(id=part, number=one.resident, name=one.name, story=Text(zh=zh, en=en))
                return

    return find
