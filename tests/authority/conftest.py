"""One world for all authority tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("authority-world"))
    yield made
    made.close()
