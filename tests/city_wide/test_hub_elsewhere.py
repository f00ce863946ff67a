"""What a city in production has otherwise than the demo: a database by URL, each party's keys on its own machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import psycopg
import pytest

from mianzheng.cli.keys import HUB, gateway_party
from mianzheng.cli.processes import free_ports
from mianzheng.gateway.config import FILE, GatewayConfig, read_config, write_config
from mianzheng.settings import read_settings
from mianzheng.web.config import read_config as read_hub
from tests.city_wide.few_departments import ITEM
from tests.city_wide.running_city import ELSEWHERE, RunningCity, wait_until_it_answers


def plain(url: str) -> str:
    """The URL without SQLAlchemy's driver, as libpq reads it."""
    return url.replace("postgresql+psycopg", "postgresql")


def test_a_hub_keeps_its_cases_in_the_database_that_a_url_names(small_city: RunningCity) -> None:
    url = read_hub(small_city.data / HUB).database_url
    assert ELSEWHERE in url and url == small_city.settings.database_url
    assert read_settings({"MIANZHENG_DATABASE_URL": url}).database_url == url
    assert not (small_city.data / HUB / "postgres").exists()  # and no server of its own was started
    (resident,) = small_city.people(ITEM, "granted", 1)
    case = small_city.json("case", "run", ITEM, "--resident", resident)
    assert case["decision"] == "granted"
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute("SELECT state FROM cases WHERE id = %s", (case["case"],)).fetchone()
    assert row == (case["state"],)


def test_its_worker_serves_the_queue_there(small_city: RunningCity) -> None:
    found = (0,)
    with psycopg.connect(plain(small_city.settings.database_url), autocommit=True) as connection:
        for _ in range(300):
            found = connection.execute("SELECT count(*) FROM jobs.procrastinate_workers").fetchone() or (0,)
            if found[0]:
                break
            time.sleep(0.1)
    assert found[0] == small_city.settings.workers


@pytest.mark.parametrize("department", ["civil-affairs", "public-security"])
def test_a_gateway_starts_with_its_own_keys_and_no_others_in_reach(
    small_city: RunningCity, tmp_path: Path, department: str
) -> None:
    """The authority too: a copy of its own folder, its own keys, and of what it enrolled, is all there is."""
    own, party = Path("gateways") / department, gateway_party(department)
    for folder in (own, Path("keys") / party, Path("enrolment"), Path("provider")):
        shutil.copytree(small_city.data / folder, tmp_path / folder)
    config = msgspec.json.decode((tmp_path / own / FILE).read_bytes(), type=GatewayConfig)
    (port,) = free_ports(1)
    write_config(tmp_path / own, msgspec.structs.replace(config, port=port))
    assert [folder.name for folder in (tmp_path / "keys").iterdir()] == [party]
    assert Path(read_config(tmp_path / own).keys).is_relative_to(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "mianzheng", "gateway", "serve", "--department", department, "--data", str(tmp_path)],
        env={name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/witness", timeout=5) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        process.wait(timeout=20)
