"""A window's settings: documented, read with absolute paths, a wrong one is named."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from mianzheng.model.errors import WrongUse
from mianzheng.window.config import FILE, WindowConfig, read_config, write_config

DOCUMENT = Path(__file__).parents[2] / "docs" / "window.md"


def settings() -> WindowConfig:
    return WindowConfig(port=1, hub_api="http://h/api", hub_pages="http://h", keys="../keys", clerk="clerk.jwk.json")


def test_every_setting_is_documented_and_no_other_is() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").partition("## Settings")[2]
    named = {
        word
        for line in table.splitlines()
        if line.startswith("| `")
        for word in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == set(WindowConfig.__struct_fields__)


def test_every_key_of_a_page_stands_in_the_document() -> None:
    templates = Path(__file__).parents[2] / "src" / "mianzheng" / "window" / "templates"
    pages = "".join(path.read_text(encoding="utf-8") for path in templates.rglob("*.html"))
    keys = set(re.findall(r'(?:data-key=|key=)"([^"{}]+)"', pages)) - {"/"}
    text = DOCUMENT.read_text(encoding="utf-8")
    assert not {key for key in keys if key.replace("+", " ") not in text}


def test_paths_are_relative_to_the_settings_folder(tmp_path: Path) -> None:
    write_config(tmp_path / "window", settings())
    read = read_config(tmp_path / "window")
    assert read.keys == str((tmp_path / "window").resolve() / "../keys")
    assert read.witness == ""


@pytest.mark.parametrize("change", [{"port": "x"}, {"colour": "red"}, {"clerk": None}])
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    document = msgspec.to_builtins(settings()) | change
    (tmp_path / FILE).write_bytes(msgspec.json.encode(document))
    with pytest.raises(WrongUse, match=next(iter(change))):
        read_config(tmp_path)


def test_a_window_without_settings_says_who_writes_them(tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as raised:
        read_config(tmp_path)
    assert "up" in raised.value.hint
