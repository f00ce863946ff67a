"""`mianzheng presence`: what a clerk's machine does for a person who brings no key.

Called without answers it prints the authority's questions; called with them it hands them in, and keeps the
presence that passed in a file for `case run … --presence FILE`. A call rings a telephone first; a face needs no answer.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path

import msgspec

from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.typed_number import typed_number
from mianzheng.client.window import Method, Staff, Window
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.presence import PresenceAsked, PresenceFile
from mianzheng.model.text import Text
from mianzheng.settings import read_settings

FOLDER = "wallet/presences"


class PresenceEnded(MianzhengError):
    """The half hour within which a presence opens a case is over."""

    code = "presence-ended"


class PresenceView(msgspec.Struct, frozen=True, kw_only=True):
    """What `presence --json` prints: the questions while it is open, level and file once it passed."""

    passed: bool
    questions: tuple[Text, ...] = ()
    until: int = 0
    level: int = 0
    method: str = ""
    display: str = ""
    file: str = ""


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `presence`."""
    presence = subparsers.add_parser("presence", help="see a person who brings no key: window, call back, face")
    presence.add_argument(
        "--resident", type=typed_number, required=True, metavar="ID", help="the person's number, as they state it"
    )
    presence.add_argument("--clerk", required=True, metavar="FILE", help="the clerk's key, its certificate beside it")
    presence.add_argument(
        "--witness", metavar="FILE", help="key of the second: a village witness 村社协助员 or a clerk"
    )
    presence.add_argument("--method", choices=("window", "call", "face"), default="window", help="how (window)")
    presence.add_argument("--image", metavar="FILE", help="of a face: what the camera took")
    presence.add_argument(
        "--answer", action="append", default=[], metavar="TEXT", help="what the person says, in order"
    )
    presence.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(presence)
    presence.set_defaults(func=_presence)


def read_file(path: Path) -> PresenceFile:
    """Return a presence that passed; `WrongUse` when the file holds none, `PresenceEnded` when its time is over."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=PresenceFile)
    except (FileNotFoundError, msgspec.DecodeError):
        raise WrongUse(f"{path} holds no presence", hint="`mianzheng presence` writes one that passed") from None
    if found.until <= time.time():
        raise PresenceEnded("this presence has ended", hint="begin another: it opens one case within half an hour")
    return found


def _presence(args: argparse.Namespace) -> int:
    data = require_data(args.data, read_settings())
    clerk = Staff.read(Path(args.clerk))
    second = Staff.read(Path(args.witness)) if args.witness else None
    if (args.method == "window") != (second is not None) or (args.method == "face") != bool(args.image):
        raise WrongUse("a window needs --witness, a face --image, and nothing else takes one")
    if args.method == "face" and args.answer:
        raise WrongUse("a face takes no --answer: nothing is asked")

    async def session() -> PresenceView:
        async with open_city(data) as city:
            return await _run(city, args, clerk, second)

    view = asyncio.run(session())
    if args.json:
        print_json(view)
    else:
        _print(view)
    return 0


async def _run(city: CitySession, args: argparse.Namespace, clerk: Staff, second: Staff | None) -> PresenceView:
    window, method, answers = Window(clerk, hub=city.hub(), trust=city.trust), args.method, tuple(args.answer)
    pending = _pending(city.data, args.resident, method)
    asked = _asked_before(pending, answers) if answers else None
    if asked is None:
        image = Path(args.image).read_bytes() if args.image else b""
        asked = await window.start(args.resident, method=method, second=second, image=image)
    if not answers and method != "face":
        _write(pending, msgspec.json.encode(asked))
        return PresenceView(passed=False, questions=asked.questions, until=asked.until)
    if method != "call":
        pending.unlink(missing_ok=True)
    return _keep(city.data, await window.answer(args.resident, asked.presence, answers))


def _keep(data: Path, passed: PresenceFile) -> PresenceView:
    path = data / FOLDER / f"{hashlib.sha256(passed.presence.encode()).hexdigest()[:16]}.json"
    _write(path, msgspec.json.encode(passed))
    return PresenceView(
        passed=True,
        level=passed.level,
        method=passed.method,
        display=passed.display,
        until=passed.until,
        file=str(path),
    )


def _pending(data: Path, resident: str, method: Method) -> Path:
    name = hashlib.sha256(f"{resident} {method}".encode()).hexdigest()[:16]
    return data / FOLDER / f"{name}.asked.json"


def _asked_before(pending: Path, answers: tuple[str, ...]) -> PresenceAsked:
    """Return the questions these answers answer; `WrongUse` for none, or another number: a wrong try is the person's.

    What is sent and does not fit counts against the person, whom a few tries lock out; a slip of typing must not.
    """
    asked = _read_pending(pending)
    if asked is None:
        raise WrongUse(
            "no questions wait for these answers: none were asked, they were answered, or their time is over",
            hint="the same command without --answer asks them",
        )
    if len(answers) != len(asked.questions):
        raise WrongUse(
            f"{len(asked.questions)} questions were asked, and --answer is given {len(answers)} times",
            hint="--answer once for each question, in order; nothing was sent, no try is lost",
        )
    return asked


def _read_pending(path: Path) -> PresenceAsked | None:
    try:
        asked = msgspec.json.decode(path.read_bytes(), type=PresenceAsked)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return asked if asked.until > time.time() else None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    fresh.replace(path)


def _print(view: PresenceView) -> None:
    if view.passed:
        print(f"核验通过 passed: {view.display} · {view.method} · P{view.level}")
        print(f"半小时内可办一件 one case within half an hour: --presence {view.file}")
        return
    for number, question in enumerate(view.questions, start=1):
        print(f"{number}. {question.zh}\n   {question.en}")
    print("请逐一作答 answer in order: --answer … --answer …", file=sys.stderr)
