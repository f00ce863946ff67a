"""Each edge of the state graph has a test that takes it, by `edges.txt`; here it is seen whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases import archiving
from mianzheng.cases.change import Change
from mianzheng.cases.live import LiveCase
from mianzheng.model.case import State
from mianzheng.store.edges import Edge, move

Taken = tuple[State, State]


@cache
def edge_tests() -> dict[Taken, str]:
    """Return for each edge the test that takes it, as `file::test`."""
    lines = (Path(__file__).parent / "edges.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" ", 2) for line in lines if not line.startswith("#")]
    return {(State(source), State(target)): test for source, target, test in rows}


@pytest.fixture(autouse=True)
def _edges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that does not take the edges it is named for; what counts was committed."""
    taken: set[Taken] = set()
    follow = LiveCase._moved

    def moved(live: LiveCase, target: State, change: Change, clock_at: datetime | None) -> None:
        taken.add((live.state, target))
        follow(live, target, change, clock_at)

    async def archived(connection: AsyncConnection, edge: Edge) -> bool:
        won = await move(connection, edge)
        taken.add((edge.source, edge.target))
        return won

    monkeypatch.setattr(LiveCase, "_moved", moved)
    monkeypatch.setattr(archiving, "move", archived)
    yield
    name = f"{request.path.name}::{request.node.name}"
    missing = {edge for edge, test in edge_tests().items() if test == name} - taken
    assert not missing, f"edges.txt says that {name} takes {missing}"
