"""Case files on disk: written once, read as they were, and never outside the folder."""

from pathlib import Path

import pytest

from mianzheng.cli.archive import MANIFEST, read_folder, write_folder
from mianzheng.cli.main import main
from mianzheng.model.archive import CaseFile
from mianzheng.model.errors import WrongUse

FILE = CaseFile(manifest="a.b.c", files={"plan.json": "[]", "sheets/x.sdjwt": "d.e.f~"})


def test_a_case_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "file", FILE)
    assert read_folder(tmp_path / "file") == (FILE, ())


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


def test_a_stray_file_that_is_no_text_is_named_and_hides_nothing_else(tmp_path: Path) -> None:
    write_folder(tmp_path / "file", FILE)
    (tmp_path / "file" / "sheets" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    assert read_folder(tmp_path / "file") == (FILE, ("sheets/photo.jpg",))


def test_a_manifest_beneath_the_manifest_is_a_stray_file(tmp_path: Path) -> None:
    write_folder(tmp_path / "file", FILE)
    (tmp_path / "file" / "sheets" / MANIFEST).write_text("another")
    assert f"sheets/{MANIFEST}" in read_folder(tmp_path / "file")[0].files


def test_a_trust_list_that_is_not_there_is_named_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path / "file", FILE)
    missing = tmp_path / "nowhere" / "list.json"
    assert main(["archive", "verify", str(tmp_path / "file"), "--trust", str(missing)]) == 2
    said = capsys.readouterr().err
    assert str(missing) in said and "roots.json" not in said
