"""`mianzheng window serve`: the window's program on a clerk's machine; and the demo's one window made ready.

The demo's clerk sits at window 3 of the service centre, a village witness beside them, a chip reader and a camera on
the table. `window/cast.json` says who may come: personas with nothing in their hands, and what they remember. Both
seats have PINs, which a demo's window shows and opens by itself at its start.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import importlib
import secrets
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from mianzheng.authority.known_questions import read_rules
from mianzheng.catalogue.tree import PRESENCE
from mianzheng.city.truth import TRUTH
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.demo_cast import Played, old_people
from mianzheng.cli.demo_offered import AT_WINDOW, CAST, provided
from mianzheng.cli.device import SLOT, take_phone
from mianzheng.cli.keys import CALL_LINE, COMPARER, HUB, READER, WINDOW
from mianzheng.cli.played_memory import memory_of
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import ProcessSpec
from mianzheng.credentials.keys import write_secret
from mianzheng.credentials.pin_key import SUFFIX, check_pin, close_key
from mianzheng.credentials.staff_key import read_steward
from mianzheng.gateway.config import read_config as read_gateway
from mianzheng.model.errors import WrongUse
from mianzheng.model.text import Text
from mianzheng.settings import read_settings
from mianzheng.window.cast import Persona
from mianzheng.window.config import FILE, WindowConfig, read_config, write_config

FOLDER = AT_WINDOW
CAMERA = "devices/slot/face.img"
DEPARTMENT = "civil-affairs"  # whose clerk sits at the demo's window
OFFICE = Text("临海市政务服务中心", "Linhai service centre")
SEATS = ("clerk", "witness")
_PERSONAS = 3
_TELEPHONES = "1990000000"  # invented, and one digit more for each persona
_DEMO_IDLE_MINUTES = 60  # its visitor looks around elsewhere for a while
_HELD_SINCE = date(2020, 1, 1)


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `window serve` and `window lock`."""
    window = subparsers.add_parser("window", help="the window's program on a clerk's machine")
    commands = window.add_subparsers(metavar="COMMAND", required=True)
    serve = commands.add_parser("serve", help="serve /window to the browser of this machine, and to nobody else")
    add_data_argument(serve)
    serve.set_defaults(func=_serve)
    close = commands.add_parser("lock", help="close a member of staff's key by a PIN, typed twice")
    close.add_argument("key", metavar="KEYFILE", help="the open key file, its certificate beside it")
    close.add_argument(
        "--out", required=True, metavar="FILE", help="<role>.closed.json; the certificate goes beside it"
    )
    close.set_defaults(func=_close_key)


def window_url(ports: Mapping[str, int]) -> str:
    """Return where the hub's `/window` leads in the demo."""
    return f"http://localhost:{ports[WINDOW]}/window"


def window_specs(data: Path) -> tuple[ProcessSpec, ...]:
    """Return the processes of the demo's window: the program, reader, comparer, call line; none in an older city."""
    ports, where = ports_of(data), ("--data", str(data))
    if WINDOW not in ports or not (data / FOLDER / FILE).exists():
        return ()
    devices = ((READER, "reader"), (COMPARER, "comparer"), (CALL_LINE, "line"))
    return (
        ProcessSpec(name=WINDOW, arguments=("window", "serve", *where), port=ports[WINDOW]),
        *(
            ProcessSpec(name=party, arguments=("device", kind, *where), port=ports[party])
            for party, kind in devices
            if party in ports
        ),
    )


def install_window(data: Path) -> None:
    """Write the demo window's settings and its cast, unless this city has them already, or knows no window."""
    ports, folder = ports_of(data), data / FOLDER
    staff = data / "keys" / "staff" / DEPARTMENT
    if WINDOW not in ports or not (staff / "clerk.jwk.json").exists():
        return
    if (folder / FILE).exists() and (folder / "clerk.closed.json").exists():
        return
    (folder / CAST).unlink(missing_ok=True)  # of a start that was broken off
    (data / SLOT).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    people = cast(data)
    for one in people:
        take_phone(data, one.number, one.telephone, held_since=_HELD_SINCE)
    write_secret(folder / CAST, msgspec.json.encode(people))
    pins = {name: new_pin() for name in SEATS}
    for name, pin in pins.items():
        (folder / f"{name}{SUFFIX}").unlink(missing_ok=True)
        close_beside(staff / f"{name}.jwk.json", folder / f"{name}{SUFFIX}", pin)
    write_config(
        folder,
        WindowConfig(
            port=ports[WINDOW],
            hub_api=f"http://127.0.0.1:{ports[HUB]}/api",
            hub_pages=f"http://localhost:{ports[HUB]}",
            keys="../keys/public",
            clerk=f"clerk{SUFFIX}",
            witness=f"witness{SUFFIX}",
            demo_pins=pins,
            idle_minutes=_DEMO_IDLE_MINUTES,
            demo_line=f"http://127.0.0.1:{ports[CALL_LINE]}" if CALL_LINE in ports else "",
            reader=f"http://127.0.0.1:{ports[READER]}",
            camera=f"../{CAMERA}",
            cast=CAST,
            office_name=OFFICE,
            window="3",
        ),
    )


def new_pin() -> str:
    """Return six digits that nobody would try first."""
    while True:
        pin = f"{secrets.randbelow(10**6):06d}"
        with contextlib.suppress(WrongUse):
            check_pin(pin)
            return pin


def close_beside(key_file: Path, closed: Path, pin: str) -> None:
    """Close a member of staff's key by a PIN into a new file, with its certificate beside that."""
    holder = read_steward(key_file)
    close_key(holder.key, pin, closed)
    beside = closed.with_name(closed.name.removesuffix(SUFFIX) + ".certificate")
    beside.write_text(holder.certificate + "\n", encoding="ascii")


def cast(data: Path) -> tuple[Persona, ...]:
    """Return who may come to the demo's window, and what each remembers; nobody in a city without its truth.

    They are others than those whom the demo's provider vouches for: whoever plays both is granted at both places.
    """
    if not (data / TRUTH).is_file():
        return ()
    try:
        people = old_people(data, without=provided(data))
    except WrongUse:
        return ()
    return tuple(_persona(data, one, f"{_TELEPHONES}{place}") for place, one in enumerate(people[:_PERSONAS], start=1))


def _persona(data: Path, one: Played, telephone: str) -> Persona:
    config = read_gateway(data / "gateways" / "public-security")
    kinds = read_rules((Path(config.packs) / "public-security" / PRESENCE).read_bytes()).questions
    with memory_of(data, "public-security") as memory:
        said = memory.answers(one.number, [kind.text for kind in kinds])
    woman = Text("遗孀", "widow") if one.widowed else Text("老人", "old woman")
    who = Text("老人", "old man") if one.is_male else woman
    return Persona(
        number=one.number,
        name=one.name,
        about=Text(f"{one.age} 岁的{who.zh}，什么都没带", f"{who.en} of {one.age} with nothing"),
        telephone=telephone,
        memories={kind.text.zh: text for kind, text in zip(kinds, said, strict=True) if text},
    )


def _serve(args: argparse.Namespace) -> int:
    config = read_config(require_data(args.data, read_settings()) / FOLDER)
    importlib.import_module("mianzheng.window.app").serve(config)
    return 0


def _close_key(args: argparse.Namespace) -> int:
    out = Path(args.out)
    if not out.name.endswith(SUFFIX):
        raise WrongUse(f"--out {args.out!r} is no closed key", hint=f"name it <role>{SUFFIX}")
    pin = _typed("PIN: ")
    if pin != _typed("PIN, again: "):
        raise WrongUse("the two PINs differ", hint="nothing was written")
    close_beside(Path(args.key), out, pin)
    print(f"已用 PIN 锁好 closed: {out}", file=sys.stderr)
    print(f"请妥善销毁未加密的钥匙文件 remove the open key: {args.key}", file=sys.stderr)
    return 0


def _typed(prompt: str) -> str:
    """Return what is typed unseen at a terminal, else the next line of standard input."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
