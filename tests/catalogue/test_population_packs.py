"""`population/<register>.yaml`: what fits its register is kept, each other line is a fault at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mianzheng.catalogue.load import check
from tests.catalogue.small_packs import copy_of

SOUND = """\
population: elder_care
per_mille: 300
facts:
  {}
"""


def checked(folder: Path, text: str) -> tuple[list[str], dict[str, object]]:
    root = copy_of(folder)
    path = root / "civil-affairs" / "population" / "elder_care.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    found = check(root)
    return [fault.code for fault in found.faults], dict(found.catalogue.population)


def test_a_population_that_fits_its_register_is_kept(tmp_path: Path) -> None:
    faults, kept = checked(tmp_path, SOUND.format("care_level: {words: {完好: 80, 失能: 20}}"))
    assert faults == [] and list(kept) == ["elder_care"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("care_level: {words: {好: 80}}", "population"),
        ("care_level: {yes: 20}", "population"),
        ("care_level: {words: {完好: 1}, yes: 20}", "population"),
        ("care_level: {words: {完好: 0}}", "population"),
        ("abilities: {words: {完好: 1}}", "unknown-fact"),
    ],
)
def test_what_a_fact_cannot_be_is_a_fault(tmp_path: Path, line: str, code: str) -> None:
    assert checked(tmp_path, SOUND.format(line))[0] == [code]


def test_a_register_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    text = SOUND.format("care_level: {words: {完好: 1}}").replace("population: elder_care", "population: elder")
    assert "unknown-register" in checked(tmp_path, text)[0]
