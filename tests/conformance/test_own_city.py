"""A run over a city of its own: built, started, once more started on a later day, and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.city_wide.few_departments import ITEM, PACKS, copy_packs
from tests.city_wide.typed import Done, typed

pytestmark = pytest.mark.process
DAYS = 7


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The old-age allowance with a public notice of seven days, over 400 residents."""
    packs = copy_packs(tmp_path_factory.mktemp("packs"))
    kinship = "public-security/registers/kinship.yaml"  # avoidance 回避 asks it before an officer takes a case
    shutil.copy(PACKS / kinship, packs / kinship)
    noticed = packs / "civil-affairs" / "items" / f"{ITEM}.yaml"
    noticed.write_text(f"{noticed.read_text('utf-8')}public_notice_days: {DAYS}\n", "utf-8")
    environ = {"MIANZHENG_PACKS": str(packs), "MIANZHENG_WITNESS_SECONDS": "1"}
    return typed("conformance", "--residents", "400", "--json", environ=environ)


def test_cases_under_public_notice_are_delivered_by_the_hub_on_a_later_day(done: Done) -> None:
    assert done.status == 0, done.err
    totals: Any = done.json()["totals"]
    assert totals["cases"] == totals["as_expected"] == totals["completed"] >= 6
    assert totals["automatic"] > 0 and f"{DAYS + 1} days later" in done.err


def test_the_days_of_a_notice_are_in_no_duration(done: Done) -> None:
    assert done.json()["totals"]["milliseconds_p50"] < 86_400_000


def test_nothing_of_the_city_is_left(done: Done) -> None:
    made = next(line for line in done.err.splitlines() if "building a city" in line).rpartition(" in ")[2]
    assert Path(made).parent == Path(tempfile.gettempdir()) and not Path(made).exists()
