"""Settings stop the start when they are wrong, and say what is wrong."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.web.auditor_config import AuditorConfig, read_auditor_config, write_auditor_config
from mianzheng.web.config import BadConfig, HubConfig, read_config, write_config

GOOD: dict[str, Any] = {"port": 8000, "database_url": "postgresql://x@/y", "gateways": {"civil": "http://localhost:1"}}


def test_what_was_written_is_read_with_absolute_paths(tmp_path: Path) -> None:
    write_config(tmp_path, HubConfig(**GOOD))
    found = read_config(tmp_path)
    assert found.keys == str(tmp_path / "keys") and found.keystore == str(tmp_path / "keystore")
    assert stat.S_IMODE((tmp_path / "hub.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"port": 0}, "port is 0"),
        ({"port": 70000}, "port is 70000"),
        ({"port": "x"}, "port"),
        ({"database_url": ""}, "database_url is empty"),
        ({"gateways": {}}, "gateways is empty"),
        ({"colour": "blue"}, "colour"),
        ({"log_level": "loud"}, "log_level is 'loud'"),
        ({"timings": {"witness_seconds": 0}}, "timings.witness_seconds is 0"),
        ({"timings": {"retry": 1}}, "retry"),
        ({"pool": -1}, "pool is -1"),
    ],
)
def test_a_wrong_or_unknown_value_stops_the_start(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    (tmp_path / "hub.json").write_bytes(msgspec.json.encode(GOOD | changes))
    with pytest.raises(BadConfig, match=message):
        read_config(tmp_path)


def test_missing_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"hub\.json"):
        read_config(tmp_path)
    with pytest.raises(BadConfig, match=r"auditor\.json"):
        read_auditor_config(tmp_path)


def test_the_auditors_settings_are_checked_alike(tmp_path: Path) -> None:
    write_auditor_config(tmp_path, AuditorConfig(port=1, hub_url="http://localhost:1", gateways={}))
    assert read_auditor_config(tmp_path).state == str(tmp_path / "audit.sqlite")
    for wrong in ({"port": 0}, {"poll_seconds": 0}, {"log_level": "loud"}, {"colour": 1}):
        given = {"port": 1, "hub_url": "x", "gateways": {}} | wrong
        (tmp_path / "auditor.json").write_bytes(msgspec.json.encode(given))
        with pytest.raises(BadConfig):
            read_auditor_config(tmp_path)
