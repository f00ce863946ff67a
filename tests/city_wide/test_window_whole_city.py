"""In the whole city, with every register of public security: whoever is asked can answer."""

from __future__ import annotations

import pytest

from mianzheng.model.case import State
from tests.city_wide.few_departments import ITEM
from tests.city_wide.running_city import RunningCity
from tests.city_wide.window_city import WindowCity

pytestmark = pytest.mark.process
PEOPLE = 6


def test_old_people_of_the_whole_city_pass_by_what_their_own_registers_hold(city: RunningCity) -> None:
    window = WindowCity(city)
    try:
        levels = [window.passed(window.someone())["level"] for _ in range(PEOPLE)]
    finally:
        window.close()
    assert levels == [2] * PEOPLE


def test_one_of_them_is_served_under_the_clerks_key(city: RunningCity) -> None:
    window = WindowCity(city)
    try:
        passed = window.passed(window.someone())
    finally:
        window.close()
    run = city.json("case", "run", ITEM, "--presence", passed["file"], "--clerk", window.key("clerk"))
    view = city.settled(run["case"])  # they have a key of their own too: the case is theirs, however it was opened
    assert (view.state, view.decision) == (State.DELIVERED, "granted")
