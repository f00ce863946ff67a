"""The settings of one window: `window.json`; a wrong or unknown value stops the start and is named."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.model.errors import WrongUse
from mianzheng.model.text import Text

FILE = "window.json"


class WindowConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one window. Paths in the file are relative to its folder; once read, absolute.

    `clerk`: their key, closed by a PIN. `witness`: that of the second seat, a village witness 村社协助员 or a
    colleague. `reader`: address of the chip reader's program. `camera`: the file that the camera's program writes what
    it took to. `cast`: of a demo, who may come; `demo_pins`: its PINs, `clerk` and `witness`; `demo_line`: where one
    hears what its people's telephones are told. "" for what is not there.
    """

    port: int
    hub_api: str  # http://…/api
    hub_pages: str  # where people read: http://localhost:…
    keys: str  # folder with trust.json and roots.json
    clerk: str  # closed key file, its certificate beside it
    witness: str = ""
    reader: str = ""
    camera: str = ""
    cast: str = ""
    demo_pins: dict[str, str] = {}
    demo_line: str = ""  # address of the call line's program
    idle_minutes: int = 10  # without anything done, until the seats close by themselves
    office: str = "centre"
    office_name: Text = Text("政务服务中心", "Service centre")
    window: str = "1"
    log_level: str = "info"


def read_config(folder: Path) -> WindowConfig:
    """Return the settings in `folder`/window.json with absolute paths; `WrongUse` names what is wrong."""
    path = folder / FILE
    try:
        config = msgspec.json.decode(path.read_bytes(), type=WindowConfig)
    except FileNotFoundError:
        raise WrongUse(f"no settings at {path}", code="bad-config", hint="`mianzheng up` writes the demo's") from None
    except msgspec.DecodeError as error:
        raise WrongUse(f"{path}: {error}", code="bad-config", hint="docs/window.md lists every setting") from None
    base = folder.resolve()
    given = {name: getattr(config, name) for name in ("keys", "clerk", "witness", "camera", "cast")}
    return msgspec.structs.replace(config, **{name: str(base / path) for name, path in given.items() if path})


def write_config(folder: Path, config: WindowConfig) -> None:
    """Write window.json."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2))
    fresh.replace(folder / FILE)
