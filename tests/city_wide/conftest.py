"""Running cities for the tests of this folder: an honest one, one whose hub is not, a small one with a window.

Each is shared by every test that asks for it; `tests/conftest.py` keeps those together and says when the last is done.
"""

from contextlib import ExitStack

import pytest

from tests.city_wide.few_departments import ITEM, copy_parts
from tests.city_wide.running_city import RunningCity, running_city
from tests.city_wide.trap import Trap
from tests.city_wide.window_city import WindowCity


@pytest.fixture(scope="session")
def city(whole_city: RunningCity) -> RunningCity:
    """Return the whole city; tests leave it as they found it, but for cases."""
    return whole_city


@pytest.fixture(scope="session")
def hostile_city(while_shared: ExitStack) -> RunningCity:
    """Return a running city in which tests may leave what reconcile finds for ever."""
    return while_shared.enter_context(running_city())


@pytest.fixture(scope="session")
def trap(hostile_city: RunningCity, while_shared: ExitStack) -> Trap:
    """Return the hostile city with the dishonest hub in it."""
    made = Trap(hostile_city)
    while_shared.callback(made.close)
    return made


@pytest.fixture(scope="session")
def small_city(while_shared: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> RunningCity:
    """Return a running city of three departments: registers that a window asks from, and items that no agent does.

    Its hub's database is named by URL, as a city that has a server of its own names it.
    """
    registers = {
        "civil-affairs": ("elder_care", "social_assistance"),
        "human-resources": ("social_insurance",),
        "public-security": ("hukou", "id_card", "household", "kinship", "criminal_record", "residence_permit"),
    }
    items = {
        "civil-affairs": (ITEM, "elder-service-subsidy"),
        "public-security": ("id-card-renew", "no-criminal-record"),
    }
    packs = copy_parts(tmp_path_factory.mktemp("packs"), registers, items)
    return while_shared.enter_context(running_city(residents=2_000, packs=str(packs), elsewhere=True))


@pytest.fixture(scope="session")
def window(small_city: RunningCity, while_shared: ExitStack) -> WindowCity:
    """Return the window of the small city; nobody comes to it twice (`someone`, `keyless`, `widow`)."""
    made = WindowCity(small_city)
    while_shared.callback(made.close)
    return made
