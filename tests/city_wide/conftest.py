"""Running cities for the tests of this folder: an honest one, and one whose hub is not."""

from collections.abc import Iterator

import pytest

from tests.city_wide.running_city import RunningCity, running_city
from tests.city_wide.trap import Trap


@pytest.fixture(scope="session")
def city() -> Iterator[RunningCity]:
    """Return a running city; tests leave it as they found it, but for cases."""
    with running_city() as running:
        yield running


@pytest.fixture(scope="package")
def hostile_city() -> Iterator[RunningCity]:
    """Return a running city in which tests may leave what reconcile finds for ever."""
    with running_city() as running:
        yield running


@pytest.fixture(scope="package")
def trap(hostile_city: RunningCity) -> Iterator[Trap]:
    """Return the hostile city with the dishonest hub in it."""
    made = Trap(hostile_city)
    yield made
    made.close()
