"""Settings: environment variables `MIANZHENG_…`, read once, refused when unknown or wrong.

No setting holds a secret and none has an unsafe default; keys are made by `mianzheng keys ceremony`.
`docs/settings.md` lists them; a test keeps list and code equal. Names that begin with
`MIANZHENG_TEST_` belong to the tests.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mianzheng.model.errors import WrongUse

PREFIX = "MIANZHENG_"
TEST_PREFIX = "MIANZHENG_TEST_"


class BadSetting(WrongUse):
    """A setting is unknown or malformed; the start stops."""

    code = "bad-setting"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; the field `data` is the variable `MIANZHENG_DATA`, and so on."""

    data: str = ""  # folder of the running city the commands talk to
    home: str = ""  # where demo cities live; default: the user's data home
    packs: str = ""  # folder of packs; default: ./packs, else those of the checkout
    database_url: str = ""  # hub's PostgreSQL; default: the embedded server in the data folder
    residents: int = 20_000  # how many residents `up` and `demo` build a new city with
    seed: int = 42  # seed of that city
    witness_seconds: float = 3.0  # between two rounds of co-signatures
    clock_scale: float = 1.0  # registers' deadlines are multiplied by this; below 1 only in demo and tests
    gateway_timeout: float = 3.0  # seconds a gateway has for one request
    web_processes: int = 1  # processes that serve the hub, on one port
    workers: int = 1  # worker processes
    log_level: str = "info"  # debug, info, warning, error


_CHOICES = {"log_level": ("debug", "info", "warning", "error")}


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment; `BadSetting` names every fault at once."""
    source = os.environ if environ is None else environ
    found = {
        name[len(PREFIX) :].lower(): value
        for name, value in source.items()
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
    }
    faults = [fault for name, value in sorted(found.items()) if (fault := _fault(name, value))]
    if faults:
        raise BadSetting("; ".join(faults), hint="docs/settings.md lists every setting")
    return msgspec.convert(found, Settings, strict=False)


def data_home(settings: Settings) -> Path:
    """Return the folder in which demo cities live (XDG data home unless set)."""
    if settings.home:
        return Path(settings.home)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "mianzheng"


def packs_folder(settings: Settings) -> Path:
    """Return the folder of packs: as set, else ./packs, else those beside the checkout's sources."""
    if settings.packs:
        folder = Path(settings.packs)
        if not folder.is_dir():
            raise BadSetting(f"MIANZHENG_PACKS: no folder {folder}", hint="name the folder that holds the departments")
        return folder
    here = Path("packs")
    return here if here.is_dir() else Path(__file__).resolve().parents[2] / "packs"


def _fault(name: str, value: str) -> str:
    field = {f.name: f for f in msgspec.structs.fields(Settings)}.get(name)
    shown = PREFIX + name.upper()
    if field is None:
        close = difflib.get_close_matches(name, [f.name for f in msgspec.structs.fields(Settings)], n=1)
        return f"{shown} is not a setting" + (f"; did you mean {PREFIX}{close[0].upper()}?" if close else "")
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"{shown} is {value!r}; it must be one of {', '.join(_CHOICES[name])}"
    try:
        number = msgspec.convert(value, field.type, strict=False)
    except msgspec.ValidationError:
        return f"{shown} is {value!r}; it must be a number"
    if isinstance(number, (int, float)) and not 0 < number < 1e9:
        return f"{shown} is {value}; it must be greater than 0"
    return ""
