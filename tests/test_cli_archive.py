"""Case files on disk: written once, read as they were, and never outside the folder."""

from pathlib import Path

import pytest

from mianzheng.cli.archive import MANIFEST, read_folder, write_folder
from mianzheng.model.archive import CaseFile
from mianzheng.model.errors import WrongUse

FILE = CaseFile(manifest="a.b.c", files={"plan.json": "[]", "sheets/x.sdjwt": "d.e.f~"})


def test_a_case_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "file", FILE)
    assert read_folder(tmp_path / "file") == FILE


def test_its_files_are_their_owners_only(tmp_path: Path) -> None:
    write_folder(tmp_path / "file", FILE)
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "file").rglob("*")}
    assert modes == {0}


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("mine")
    with pytest.raises(WrongUse):
        write_folder(tmp_path, FILE)
    assert (tmp_path / MANIFEST).read_text() == "mine"


@pytest.mark.parametrize("name", ["../outside", "sheets/../../outside", "/outside", "", "x\0y"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse):
        write_folder(tmp_path / "file", CaseFile(manifest="a.b.c", files={name: "x"}))
    assert not (tmp_path / "outside").exists()


def test_a_folder_without_a_manifest_holds_no_case_file(tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        read_folder(tmp_path)
