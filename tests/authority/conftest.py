"""One world for all authority tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.gateway.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("authority-world"))
    yield made
    made.close()


LEFT = ("freezes", "locks", "mandate_parties", "mandate_papers", "mandate_cases", "mandate_uses", "mandates")


@pytest.fixture(scope="module", autouse=True)
def nothing_left(world: World) -> Iterator[None]:
    """Let no file's mandates, locks and changes of telephone stand in the next."""
    yield
    for name in ("public-security", "market-regulation"):
        world.gateways[name].state.commit(_forget)


def _forget(connection: sqlite3.Connection) -> None:
    for table in LEFT:
        connection.execute(f"DELETE FROM {table}")
