"""The template of an item is an item: whoever copies it begins with something that is sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mianzheng.catalogue.load import Checked, check
from mianzheng.catalogue.mutating import mutate
from mianzheng.cli.packs import REASONING
from tests.core_packs import core_packs

TEMPLATE = Path(__file__).parents[2] / "docs" / "item-template.yaml"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The real packs and the template among them, of which only that is checked."""
    tree = tmp_path_factory.mktemp("with-template") / "packs"
    shutil.copytree(core_packs(), tree)
    item = tree / "civil-affairs" / "items" / "item-template.yaml"
    shutil.copy(TEMPLATE, item)
    return check(tree, reasoning=REASONING, within=item)


def test_the_template_has_no_fault_beside_the_real_packs(template: Checked) -> None:
    assert template.faults == ()


def test_its_examples_notice_each_change_of_each_condition(template: Checked) -> None:
    tried = mutate(template.catalogue.items, template.catalogue, REASONING)
    assert tried.items == 1 and tried.changes > 6
    assert tried.unnoticed == ()
