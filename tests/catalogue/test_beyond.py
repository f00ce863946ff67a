"""The share of conditions that no register answers is counted over the packs as they are."""

from __future__ import annotations

from mianzheng.catalogue.beyond import beyond_registers
from tests.core_packs import core_catalogue


def test_conditions_on_findings_visits_and_promises_are_counted() -> None:
    items = [
        one
        for one in core_catalogue().items
        if one.item.item in ("tobacco-retail-new", "ag-soil-subsidy", "ag-homestead")
    ]
    counted = beyond_registers(items)
    assert counted.conditions == sum(len(one.item.conditions) for one in items)
    assert 0 < counted.visited < counted.found < counted.conditions
    assert counted.visited + counted.inspected <= counted.found and counted.stated > 0
    assert counted.declared == 1 and f"of {counted.conditions} conditions" in str(counted)


def test_a_catalogue_of_nothing_rests_on_nothing() -> None:
    assert "0 (0 %)" in str(beyond_registers(()))
