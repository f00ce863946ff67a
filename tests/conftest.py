"""Two workers share the tests by package, so that a city or a database server is started once.

Run with `-n 2 --dist loadgroup` (what `make test` does) or without: the groups then mean nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
OF_THEIR_OWN = {"test_kills.py", "test_examples.py"}  # each brings up a city of its own


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each package's tests into one group of pytest-xdist; the longest packages begin first."""
    for item in items:
        place = item.path.relative_to(TESTS)
        item.add_marker(pytest.mark.xdist_group(place.name if place.name in OF_THEIR_OWN else place.parts[0]))
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in ("city_wide", "rules"))
