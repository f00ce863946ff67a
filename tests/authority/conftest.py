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


@pytest.fixture(scope="module", autouse=True)
def nothing_left(world: World) -> Iterator[None]:
    """Let no file's mandates, locks and changes of telephone stand in the next."""
    yield
    world.forget_acting()
