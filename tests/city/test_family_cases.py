"""Each case of a family has its people in the city, and the registers lead to whom the law means."""

from __future__ import annotations

import duckdb
import pytest

from mianzheng.city.truth import TRUTH
from tests.city.conftest import City

LIVES = "SELECT subject FROM hukou WHERE status = '正常'"
CASES = {
    "a marriage that ended leads to nobody": """
        SELECT subject FROM marriage WHERE status = '离婚' AND divorced_on IS NOT NULL AND spouse IS NOT NULL""",
    "one who married again": "SELECT subject FROM marriage WHERE status = '再婚' AND marriages_count = 2",
    "a widow or widower": f"""
        SELECT m.subject FROM marriage m JOIN hukou h ON h.subject = m.spouse
        WHERE m.status = '丧偶' AND h.status = '死亡注销' AND m.subject IN ({LIVES})""",
    "a child of an earlier marriage": """
        SELECT k.subject FROM kinship k JOIN marriage m ON m.subject = k.parents AND m.status = '再婚'
        WHERE k.relation = '父母' AND k.status = '有效'
        AND NOT EXISTS (FROM kinship o WHERE o.subject = k.subject AND o.relation = '父母' AND o.parents = m.spouse)""",
    "an adopted child, whose adoptive parents are the parents": """
        SELECT a.subject FROM adoption a JOIN kinship k ON k.subject = a.subject AND k.parents = a.adoptive_mother
        WHERE a.status = '成立' AND k.relation = '父母' AND k.status = '有效' AND k.rests_on = '收养登记'""",
    "a guardian by court": """
        SELECT k.subject FROM kinship k JOIN kinship g ON g.subject = k.relatives AND g.relatives = k.subject
        WHERE k.relation = '监护人' AND g.relation = '被监护人' AND k.rests_on = '法院裁判'""",
    "a spouse whom only another city's registers know": """
        SELECT subject FROM marriage m
        WHERE status = '初婚' AND NOT EXISTS (FROM hukou h WHERE h.subject = m.spouse)""",
    "a child under fourteen with a parent here": f"""
        SELECT h.subject FROM hukou h JOIN kinship k ON k.subject = h.subject AND k.relation = '父母'
        WHERE h.birth_date > DATE '2012-11-25' AND k.parents IN ({LIVES})""",
    "a home of husband and wife": """
        SELECT a.subject FROM title a JOIN title b ON a.subject = b.subject AND a.owners < b.owners
        JOIN marriage m ON m.subject = a.owners AND m.spouse = b.owners""",
    "a body and who acts for it by law": f"""
        SELECT subject FROM enterprise WHERE status = '存续' AND legal_representative IN ({LIVES})""",
    "somebody dead whose death only one register knows": """
        SELECT d.subject FROM hukou d WHERE d.status = '死亡注销'
        AND NOT EXISTS (FROM death x WHERE x.subject = d.subject)""",
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_of_a_family_has_its_people(city: City, case: str) -> None:
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as truth:
        assert truth.execute(CASES[case]).fetchall()


def test_an_old_widow_stands_in_the_registers_without_card_or_key(city: City) -> None:
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as truth:
        widows = truth.execute(
            """SELECT h.subject FROM _troubles t JOIN hukou h ON h.subject = t.subject
            WHERE t.trap = 'no_key' AND h.sex = '女性' AND date_diff('year', h.birth_date, DATE '2026-11-25') >= 82
            AND NOT EXISTS (FROM id_card c WHERE c.subject = h.subject)
            AND NOT EXISTS (FROM _people p WHERE p.resident = h.subject)"""
        ).fetchall()
    assert widows


def test_the_dead_are_nobody_who_can_apply(city: City) -> None:
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as truth:
        assert not truth.execute(
            "SELECT p.resident FROM _people p JOIN death d ON d.subject = p.resident WHERE d.status = '有效'"
        ).fetchall()
