"""A department's own rows of one person, in the words of the facts, for its own authority."""

from __future__ import annotations

from mianzheng.gateway.person_rows import PersonRows
from tests.gateway.world import OLD, World


def rows(world: World, department: str = "public-security") -> PersonRows:
    gateway = world.gateways[department]
    return PersonRows(gateway.facts, gateway.registers)


def test_a_fact_is_read_through_the_registers_own_mapping(world: World) -> None:
    found = rows(world)
    assert found.values("hukou", "birth_date", OLD) == ("1936-03-02",)
    assert found.values("hukou", "status", OLD) == ("正常",)


def test_a_number_that_nobody_has_holds_nothing(world: World) -> None:
    assert rows(world).values("hukou", "status", "331082197001010019") == ()


def test_another_departments_register_a_hidden_one_and_an_unknown_fact_are_not_read(world: World) -> None:
    found = rows(world)
    assert found.values("elder_care", "allowance_status", OLD) is None
    assert found.values("offence", "kind", OLD) is None
    assert found.values("hukou", "nothing", OLD) is None
    assert found.values("hukou", "link:nobody", OLD) is None
