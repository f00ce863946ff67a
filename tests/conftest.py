"""Cities that many files share, and what they mean for the order of the tests.

Tests that share a city stand together: one worker runs them (`-n 2 --dist loadfile`), and the city ends with the last
of them, for twenty processes cost a tenth of a processor though nobody asks them anything. A file whose tests ask for
`whole_city`, wherever it lies, is named in `SHARED`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.city_wide.running_city import RunningCity

HERE = Path(__file__).parent
SHARED = {  # by the fixture that holds the city: the files that share it
    "hostile_city": (
        "city_wide/test_curious_relative.py",
        "city_wide/test_dishonest_hub.py",
        "city_wide/test_dishonest_hub_decides.py",
        "city_wide/test_dump_search.py",
        "city_wide/test_gateway_fuzz.py",
        "city_wide/test_ledger_tampering.py",
    ),
    "whole_city": (
        "browser/test_city_walks.py",
        "city_wide/test_bodies.py",
        "city_wide/test_commands.py",
        "city_wide/test_every_item.py",
        "city_wide/test_people.py",
        "city_wide/test_window_whole_city.py",
    ),
    "small_city": (
        "city_wide/test_dishonest_agent.py",
        "city_wide/test_dishonest_clerk.py",
        "city_wide/test_fairness.py",
        "city_wide/test_hub_elsewhere.py",
        "city_wide/test_window.py",
    ),
}
GROUPS = {file: city for city, files in SHARED.items() for file in files}
LONGEST = (  # run first, so that both workers end at nearly the same time; every other file is a group of its own
    "hostile_city",
    "city_wide/test_kills.py",
    "whole_city",
    "city_wide/test_waiting.py",
    "small_city",
    "city_wide/test_demo.py",
    "city_wide/test_examples.py",
    "conformance/test_command.py",
    "conformance/test_own_city.py",
    "rules/test_oracle_split.py",
    "rules/test_sql_agrees.py",
    "rules/test_oracle_links.py",
    "test_first_day.py",
)
OPEN = pytest.StashKey[ExitStack]()


def group_of(file: str) -> str:
    """Return the city that a file, named by its path below this folder, shares with others, or else the file."""
    return GROUPS.get(file, file)


def _group(item: pytest.Item) -> str:
    return group_of(item.path.relative_to(HERE).as_posix())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each test beside those of its group, the longest groups first."""
    groups: dict[str, list[pytest.Item]] = {name: [] for name in LONGEST}
    for item in items:
        name = _group(item)
        if strange := {city for city in SHARED if city in getattr(item, "fixturenames", ())} - {name}:
            raise pytest.UsageError(f"{item.path} asks for {', '.join(strange)}: name it in SHARED of {__file__}")
        groups.setdefault(name, []).append(item)
    items[:] = [item for group in groups.values() for item in group]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, give files that share a city to one worker, and groups in our order."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByCity(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(super()._split_scope(nodeid).removeprefix(f"{HERE.name}/"))

    config.option.loadscopereorder = False
    return ByCity(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End what a group shared once its last test is done."""
    yield
    if nextitem is None or _group(nextitem) != _group(item):
        item.config.stash.get(OPEN, ExitStack()).close()


@pytest.fixture(scope="module", autouse=True)
def own_hub() -> Iterator[None]:
    """End the hub database that a file's tests shared: none leans on what another file left in it."""
    yield
    if (hub_world := sys.modules.get("tests.cases.hub_world")) is not None:  # which most files do without
        hub_world.leave()


@pytest.fixture(scope="session")
def while_shared(pytestconfig: pytest.Config) -> Iterator[ExitStack]:
    """Return what is closed when a shared city has been used for the last time."""
    with ExitStack() as stack:
        pytestconfig.stash[OPEN] = stack
        yield stack


@pytest.fixture(scope="session")
def whole_city(while_shared: ExitStack) -> RunningCity:
    """Return a running city of every department and item, with its personas; for reading, and for cases.

    A test leaves it as it found it but for cases and for people of its own. `.url` is the hub, `.people(item, expect,
    limit)` numbers of personas with keys, `.command(…)` runs a command at it, `.device(…)` a device beside it.
    """
    from tests.city_wide.running_city import running_city  # a second of imports that most tests do without

    return while_shared.enter_context(running_city())
