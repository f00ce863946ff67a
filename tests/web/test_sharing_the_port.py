"""Several web processes on one port, and one that finds its port taken."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mianzheng.cli.bring_up import process_specs
from mianzheng.cli.installation import PORTS
from mianzheng.cli.processes import free_port
from mianzheng.settings import Settings
from mianzheng.web.app import NotStarted, listen
from mianzheng.web.config import HubConfig


def config(port: int) -> HubConfig:
    return HubConfig(port=port, database_url="postgresql:///unused", gateways={"civil-affairs": "http://127.0.0.1:1"})


def test_processes_that_share_a_port_listen_side_by_side() -> None:
    wanted = config(free_port())
    with listen(wanted, share_port=True) as first, listen(wanted, share_port=True) as second:
        assert first.getsockname() == second.getsockname()


def test_a_port_that_is_taken_stops_the_start_and_is_named() -> None:
    wanted = config(free_port())
    with listen(wanted), pytest.raises(NotStarted, match=str(wanted.port)):
        listen(wanted)


def test_a_city_of_two_web_processes_starts_both_on_the_hubs_port(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / PORTS).write_bytes(msgspec.json.encode({"hub": 4711, "auditor": 4712}))
    alone = [spec for spec in process_specs(tmp_path, Settings()) if spec.port == 4711]
    both = [spec for spec in process_specs(tmp_path, Settings(web_processes=2)) if spec.port == 4711]
    assert [spec.name for spec in alone] == ["hub"]
    assert [spec.name for spec in both] == ["hub", "hub-2"]
    assert ["--share-port" in spec.arguments for spec in (*alone, *both)] == [False, True, True]
