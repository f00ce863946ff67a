"""One world for all gateway tests: built once, each test makes its own case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("gateway-world"))
    yield made
    made.close()
