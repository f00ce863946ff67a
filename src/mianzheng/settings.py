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
from typing import Literal

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
    port: int = 0  # of the hub's pages in a new city; 0: any free one
    residents: int = 20_000  # how many residents `up` and `demo` build a new city with
    seed: int = 42  # seed of that city
    witness_seconds: float = 3.0  # between two rounds of co-signatures
    clock_scale: float = 1.0  # registers' deadlines are multiplied by this; below 1 only in demo and tests
    days_ahead: int = 0  # a demo's processes run on the day so many days from now; refused elsewhere
    gateway_timeout: float = 3.0  # seconds a gateway has for one request
    web_processes: int = 1  # processes that serve the hub, on one port
    workers: int = 1  # worker processes
    grants_shown: Literal["told", "at-once"] = "told"  # when registers of a new city show what was granted
    window: str = "yes"  # whether `up` starts the demo's window beside the city: yes, no
    log_level: str = "info"  # debug, info, warning, error


_CHOICES = {
    "log_level": ("debug", "info", "warning", "error"),
    "window": ("yes", "no"),
    "grants_shown": ("told", "at-once"),
}
_MOST = {
    "port": 65_535,
    "residents": 5_000_000,
    "workers": 64,
    "web_processes": 64,
    "days_ahead": 366,
}  # more is a slip of the finger
_DATABASE = "postgresql+psycopg://"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment; `BadSetting` names every fault at once."""
    source = os.environ if environ is None else environ
    found = {
        name: value for name, value in source.items() if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
    }
    faults = [fault for name, value in sorted(found.items()) if (fault := _fault(name, value))]
    if faults:
        raise BadSetting("; ".join(faults), hint="docs/settings.md lists every setting")
    return msgspec.convert(
        {name[len(PREFIX) :].lower(): value for name, value in found.items()}, Settings, strict=False
    )


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


def _fault(variable: str, value: str) -> str:
    """Return what is wrong with a variable, "" when nothing is."""
    fields = {PREFIX + field.name.upper(): field for field in msgspec.structs.fields(Settings)}
    if variable not in fields:
        close = difflib.get_close_matches(variable.upper(), fields, n=1)
        return f"{variable} is not a setting" + (f"; did you mean {close[0]}?" if close else "")
    name, type_ = fields[variable].name, fields[variable].type
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"{variable} is {value!r}; it must be one of {', '.join(_CHOICES[name])}"
    if name == "database_url" and value and not value.startswith(_DATABASE):
        return f"{variable} does not begin with {_DATABASE}"  # the value is not repeated: it may hold a password
    try:
        number = msgspec.convert(value, type_, strict=False)
    except msgspec.ValidationError:
        return f"{variable} is {value!r}; it must be a {'whole ' if type_ is int else ''}number"
    most = _MOST.get(name, 10**9)
    if isinstance(number, (int, float)) and not 0 < number <= most:
        return f"{variable} is {value}; it must be greater than 0 and at most {most}"
    return ""
