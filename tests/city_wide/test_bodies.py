"""Enterprise items, keyed by a unified social credit code: a body applies with its own key, in the item's own role."""

from __future__ import annotations

import pytest

from tests.city_wide.running_city import RunningCity

pytestmark = pytest.mark.process


def test_a_body_applies_in_the_role_its_item_names(city: RunningCity) -> None:
    found = city.json("city", "people", "--item", "mr-suspension", "--expect", "granted", "--limit", "1")
    form = [
        word
        for name, value in found["form"].items()
        for word in ("--form", f"{name}={str(value).lower() if isinstance(value, bool) else value}")
    ]
    view = city.json("case", "run", "mr-suspension", "--resident", found["people"][0]["resident"], *form)
    assert (view["state"], view["decision"], view["decided_by"]) == ("delivered", "granted", "machine")
    assert {answer["role"] for answer in view["answers"]} == {"enterprise"}
