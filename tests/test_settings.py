"""Settings: what is wrong stops the start and is named; what is right is read in its type."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mianzheng.cli.main import main
from mianzheng.settings import BadSetting, Settings, data_home, packs_folder, read_settings

WRONG = [
    ({"MIANZHENG_DATTA": "x"}, "MIANZHENG_DATTA is not a setting; did you mean MIANZHENG_DATA?"),
    ({"MIANZHENG_FROBNICATE": "1"}, "MIANZHENG_FROBNICATE is not a setting"),
    ({"MIANZHENG_data": "x"}, "MIANZHENG_data is not a setting; did you mean MIANZHENG_DATA?"),
    ({"MIANZHENG_": "x"}, "MIANZHENG_ is not a setting"),
    ({"MIANZHENG_RESIDENTS": "many"}, "MIANZHENG_RESIDENTS is 'many'; it must be a whole number"),
    ({"MIANZHENG_RESIDENTS": "1.5"}, "MIANZHENG_RESIDENTS is '1.5'; it must be a whole number"),
    ({"MIANZHENG_RESIDENTS": ""}, "MIANZHENG_RESIDENTS is ''; it must be a whole number"),
    ({"MIANZHENG_RESIDENTS": "0"}, "MIANZHENG_RESIDENTS is 0; it must be greater than 0"),
    ({"MIANZHENG_RESIDENTS": "20000000000"}, "at most 5000000"),
    ({"MIANZHENG_SEED": "-1"}, "MIANZHENG_SEED is -1; it must be greater than 0"),
    ({"MIANZHENG_WORKERS": "1000"}, "MIANZHENG_WORKERS is 1000; it must be greater than 0 and at most 64"),
    ({"MIANZHENG_WEB_PROCESSES": "0"}, "MIANZHENG_WEB_PROCESSES is 0"),
    ({"MIANZHENG_WITNESS_SECONDS": "soon"}, "MIANZHENG_WITNESS_SECONDS is 'soon'; it must be a number"),
    ({"MIANZHENG_CLOCK_SCALE": "nan"}, "MIANZHENG_CLOCK_SCALE is nan"),
    ({"MIANZHENG_GATEWAY_TIMEOUT": "inf"}, "MIANZHENG_GATEWAY_TIMEOUT is inf"),
    ({"MIANZHENG_LOG_LEVEL": "loud"}, "MIANZHENG_LOG_LEVEL is 'loud'; it must be one of debug, info, warning, error"),
    (
        {"MIANZHENG_DATABASE_URL": "mysql://u:secret@h/d"},
        "MIANZHENG_DATABASE_URL does not begin with postgresql+psycopg://",
    ),
]


@pytest.mark.parametrize(
    ("environ", "said"), WRONG, ids=[next(iter(environ)) + "=" + str(*environ.values()) for environ, _ in WRONG]
)
def test_a_wrong_setting_is_named_with_what_is_wrong(environ: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings(environ)
    assert said in caught.value.message
    assert "secret" not in str(caught.value)
    assert caught.value.hint


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings({"MIANZHENG_WORKERS": "x", "MIANZHENG_SEED": "y", "MIANZHENG_ODD": "z"})
    assert all(name in caught.value.message for name in ("MIANZHENG_WORKERS", "MIANZHENG_SEED", "MIANZHENG_ODD"))


def test_without_any_the_defaults_hold() -> None:
    assert read_settings({"HOME": "/root", "PATH": "/bin"}) == Settings()


def test_values_are_read_in_their_types() -> None:
    read = read_settings({"MIANZHENG_RESIDENTS": "50", "MIANZHENG_CLOCK_SCALE": "0.5", "MIANZHENG_LOG_LEVEL": "debug"})
    assert (read.residents, read.clock_scale, read.log_level) == (50, 0.5, "debug")


def test_names_of_the_tests_are_none_of_ours() -> None:
    assert read_settings({"MIANZHENG_TEST_KILLS": "20"}) == Settings()


def test_packs_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="MIANZHENG_PACKS: no folder"):
        packs_folder(Settings(packs=str(tmp_path / "none")))
    assert packs_folder(Settings(packs=str(tmp_path))) == tmp_path


def test_demo_cities_live_in_the_users_data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_home(Settings()) == tmp_path / "mianzheng"
    assert data_home(Settings(home="/elsewhere")) == Path("/elsewhere")


@pytest.mark.parametrize(
    "words", [["city", "people"], ["up"], ["catalogue", "check"], ["case", "show", "c1"], ["hub", "serve"], ["city"]]
)
def test_a_wrong_setting_stops_every_command(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIANZHENG_WORKERS", "several")
    assert main(words) == 2
    printed = capsys.readouterr()
    assert "MIANZHENG_WORKERS is 'several'" in printed.err and printed.out == ""


def test_a_wrong_setting_stops_a_real_process_without_a_traceback() -> None:
    environ = os.environ | {"MIANZHENG_HOUSE": "x"}
    done = subprocess.run([sys.executable, "-m", "mianzheng", "up"], env=environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "mianzheng: MIANZHENG_HOUSE is not a setting; did you mean MIANZHENG_HOME? "
        "(docs/settings.md lists every setting) [bad-setting]\n"
    )
