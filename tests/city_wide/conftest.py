"""One running city serves every test of this folder that does not need one of its own."""

from collections.abc import Iterator

import pytest
from tests.city_wide.running_city import RunningCity, running_city


@pytest.fixture(scope="session")
def city() -> Iterator[RunningCity]:
    """Return a running city; tests leave it as they found it, but for cases."""
    with running_city() as running:
        yield running
