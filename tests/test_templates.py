"""Each site finds its own templates before those that all share: a name of both would be shown in the other's place."""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "mianzheng"
SHARED = SOURCE / "look" / "templates"
MEANT = {("site", "layout.html")}  # the catalogue as a folder of pages has a layout of its own


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}


def test_no_template_of_a_site_hides_one_that_all_share() -> None:
    own = {folder: _names(folder) for folder in SOURCE.rglob("templates") if folder != SHARED}
    hidden = {(folder.parent.name, name) for folder, names in own.items() for name in names & _names(SHARED)}
    assert len(own) >= 4
    assert hidden == MEANT
