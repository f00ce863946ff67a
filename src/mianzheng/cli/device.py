"""`mianzheng device`: the chip reader, the face comparer and the call line as processes; and the enrolment office.

Each device has its own key folder and listens on the port that was chosen when the city was made ready. Nothing
of it runs unless it is started: a city does without.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import msgspec

from mianzheng.authority import calls
from mianzheng.authority.telephones import masked_phone
from mianzheng.city.personas import ENROLMENT
from mianzheng.cli import office_phones
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.days import typed_day
from mianzheng.cli.keys import CALL_LINE, COMPARER, PROVIDER, READER
from mianzheng.cli.ports import ports_of
from mianzheng.cli.provider import serve_provider
from mianzheng.cli.typed_number import typed_number
from mianzheng.credentials.trust import TrustStore
from mianzheng.devices.comparer import Comparer
from mianzheng.devices.line import CallLine
from mianzheng.devices.reader import ChipReader
from mianzheng.devices.serving import Device
from mianzheng.model.devices import Card
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.settings import read_settings

SLOT = "devices/slot/card.json"
TEMPLATES = "devices/templates"
_TABLES = (
    *office_phones.TABLES,
    "CREATE TABLE IF NOT EXISTS faces (number TEXT PRIMARY KEY, template TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS protected (number TEXT PRIMARY KEY, until TEXT NOT NULL)",
)

_BARE = "UPDATE enrolled SET thumbprint = '', kind = 'none', level = 0 WHERE number = ?"


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `device` and its commands."""
    device = subparsers.add_parser("device", help="start a reader, a comparer, a call line; enrol at the counter")
    commands = device.add_subparsers(metavar="COMMAND", required=True)
    reader = commands.add_parser("reader", help="the chip reader: reads the card in its slot and signs")
    reader.add_argument("--slot", metavar="FILE", help=f"where a card is put in ({SLOT} of the city unless told)")
    reader.set_defaults(func=_reader)
    comparer = commands.add_parser("comparer", help="the face comparer: answers above or below, signed")
    comparer.set_defaults(func=_comparer)
    line = commands.add_parser("line", help="the call line: says the authority's codes to telephones")
    line.set_defaults(func=_line)
    provider = commands.add_parser("provider", help="the demo's OpenID Connect provider: invented people, one click")
    provider.set_defaults(func=_provider)
    enrol = commands.add_parser(
        "enrol", help="the enrolment office: telephone, face, card, protection order, or a key taken away"
    )
    enrol.add_argument("--resident", type=typed_number, required=True, metavar="ID", help="who stands at the counter")
    enrol.add_argument("--no-key", action="store_true", help="they have no key any more: a name is all that is left")
    enrol.add_argument("--phone", metavar="N", help="a telephone to call back, in place of the one on record")
    enrol.add_argument(
        "--held-since", type=typed_day, metavar="DATE", help="since when they hold it (today); it counts after 30 days"
    )
    enrol.add_argument("--face", metavar="FILE", help="an image, kept as template at the comparer")
    enrol.add_argument("--card", metavar="FILE", help="write the card simulator's file of their card")
    enrol.add_argument("--issued-on", metavar="DATE", default="", help="date of issue on that card")
    enrol.add_argument(
        "--protected-until", type=typed_day, metavar="DATE", help="last day of a protection order that was handed in"
    )
    enrol.set_defaults(func=_enrol)
    for parser in (reader, comparer, line, provider, enrol):
        add_data_argument(parser)


def _reader(args: argparse.Namespace) -> int:
    data = _data(args)
    slot = Path(args.slot).resolve() if args.slot else data / SLOT
    return _serve(ChipReader(READER, data / "keys" / READER, slot).device(_port(data, READER)))


def _comparer(args: argparse.Namespace) -> int:
    data = _data(args)
    return _serve(Comparer(COMPARER, data / "keys" / COMPARER, data / TEMPLATES).device(_port(data, COMPARER)))


def _line(args: argparse.Namespace) -> int:
    data = _data(args)
    return _serve(CallLine(CALL_LINE, data / "keys" / CALL_LINE).device(_port(data, CALL_LINE)))


def _provider(args: argparse.Namespace) -> int:
    data = _data(args)
    serve_provider(data, _port(data, PROVIDER))
    return 0


def _serve(device: Device) -> int:
    print(f"listening on {device.url}", flush=True)
    with device:
        device.serve_forever()
    return 0


def _enrol(args: argparse.Namespace) -> int:
    data, number = _data(args), args.resident
    with closing(sqlite3.connect(_office(data))) as enrolment, enrolment:
        if enrolment.execute("SELECT 1 FROM enrolled WHERE number = ?", (number,)).fetchone() is None:
            raise NotFound("nobody of that number is enrolled", hint="`mianzheng city people` lists residents")
        done = _write_enrolment(enrolment, data, args)
    if args.card:
        _write_private(Path(args.card), msgspec.json.encode(Card(number=number, issued_on=args.issued_on)))
        done.append(f"身份证已写入 card written: {args.card}")
    for line in done:
        print(line)
    return 0


def take_key_away(data: Path, number: str) -> None:
    """Let the enrolment office note that a persona of the city in `data` has no key any more."""
    with closing(sqlite3.connect(_office(data))) as enrolment, enrolment:
        enrolment.execute(_BARE, (number,))


def take_phone(data: Path, number: str, phone: str, *, held_since: date) -> None:
    """Let the enrolment office note the telephone of a persona of the city in `data`."""
    with closing(sqlite3.connect(_office(data))) as enrolment, enrolment:
        for statement in _TABLES:
            enrolment.execute(statement)
        office_phones.enter(enrolment, number, phone, held_since=held_since, at=_now())


def take_face(data: Path, number: str, image: bytes) -> None:
    """Let the enrolment office keep the face of a persona of the city in `data`, as the comparer's template."""
    with closing(sqlite3.connect(_office(data))) as enrolment, enrolment:
        for statement in _TABLES:
            enrolment.execute(statement)
        _keep_face(enrolment, data, number, image)


def _office(data: Path) -> Path:
    public = data / "keys" / "public"
    trust = TrustStore.load(public / "trust.json", public / "roots.json")
    return data / ENROLMENT / f"{trust.with_role('authority:person')[0].department}.sqlite"


def _write_enrolment(enrolment: sqlite3.Connection, data: Path, args: argparse.Namespace) -> list[str]:
    """Write what was asked for; return a line for each."""
    done: list[str] = []
    for statement in _TABLES:
        enrolment.execute(statement)
    if args.no_key:
        enrolment.execute(_BARE, (args.resident,))
        done.append("钥匙已注销，只留姓名 key taken away, the name is left")
    if args.phone:
        done.append(_enter_phone(enrolment, args.resident, args.phone, args.held_since))
    if args.face:
        _keep_face(enrolment, data, args.resident, Path(args.face).read_bytes())
        done.append("人脸已登记 face enrolled")
    if args.protected_until:
        row = (args.resident, args.protected_until.isoformat())
        enrolment.execute("INSERT OR REPLACE INTO protected VALUES (?, ?)", row)
        done.append(f"人身安全保护令至 protection order until {args.protected_until}")
    return done


def _enter_phone(enrolment: sqlite3.Connection, number: str, phone: str, held_since: date | None) -> str:
    at = _now()
    since = held_since or calls.day_of(at)
    old = office_phones.enter(enrolment, number, phone, held_since=since, at=at)
    counts = since + timedelta(days=calls.HELD_DAYS)
    line = f"电话已登记 telephone enrolled: {phone} · 持有自 held since {since} · 起用 counts from {counts}"
    return f"{line} · 原号码会收到通知 in place of {masked_phone(old)}, which is told" if old else line


def _now() -> int:
    """Return the city's time in seconds: a demo city may be started on a later day."""
    return int(time.time()) + read_settings().days_ahead * 86_400


def _keep_face(enrolment: sqlite3.Connection, data: Path, number: str, image: bytes) -> None:
    reference = os.urandom(12).hex()
    enrolment.execute("INSERT OR REPLACE INTO faces VALUES (?, ?)", (number, reference))
    _write_private(data / TEMPLATES / reference, image)


def _write_private(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def _port(data: Path, party: str) -> int:
    ports = ports_of(data)
    if party not in ports:
        raise WrongUse(f"the city in {data} knows no {party}", hint="it was made before there were devices")
    return ports[party]


def _data(args: argparse.Namespace) -> Path:
    return require_data(args.data, read_settings())
