"""`mianzheng gateway`: serve, sign, approve, retire, check and mark, as a department's own people do."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn
from rich.console import Console
from rich.table import Table

from mianzheng.app import create_department
from mianzheng.catalogue.load import load
from mianzheng.cli import payments
from mianzheng.cli.connecting import add_connect
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.days import typed_day
from mianzheng.cli.documents import print_json
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.staff_key import Steward, read_steward
from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.approving import approve, check_servable, load_items, load_params, retire, sign_item, sign_params
from mianzheng.gateway.checking import CheckLine, check_gateway, not_opened
from mianzheng.gateway.config import FILE, GatewayConfig, read_config
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.hiding import countersign, hidden_roles
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.marking import Marked, mark_register
from mianzheng.gateway.oplog import set_up_log
from mianzheng.gateway.serving import KEEP_ALIVE_SECONDS
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.item import Item
from mianzheng.model.publishing import Certified
from mianzheng.settings import packs_folder, read_settings

SIGNED = "signed"  # DIR/signed/items, DIR/signed/params: what stewards signed, for all gateways and the hub


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `gateway` and its commands."""
    gateway = subparsers.add_parser("gateway", help="serve, approve, check a department's gateway 网关")
    commands = gateway.add_subparsers(metavar="COMMAND", required=True)
    add_connect(commands)
    _command(commands, "serve", "answer, decide and sign for one department", _serve)
    sign = _command(commands, "sign", "sign the department's own item versions and figures", _sign)
    sign.add_argument("--steward", required=True, metavar="KEYFILE", help="the steward's key, certificate beside it")
    approving = _command(commands, "approve", "read sentence and SQL of each question, and sign", _approve)
    approving.add_argument(
        "--steward", required=True, metavar="KEYFILE", help="the steward's key, certificate beside it"
    )
    which = approving.add_mutually_exclusive_group(required=True)
    which.add_argument("--item", metavar="FILE", help="a signed item version")
    which.add_argument("--all", action="store_true", help="every signed item version in DIR/signed")
    approving.add_argument("--yes", action="store_true", help="approve without asking (stewards of the demo)")
    approving.add_argument("--json", action="store_true", help="print the signed approvals, for the hub")
    second = commands.add_parser("countersign", help="the auditor signs what an item version hides for a time")
    second.add_argument("--item", required=True, metavar="FILE", help="a signed item version")
    second.add_argument("--auditor", required=True, metavar="KEYFILE", help="the auditor's key for signing")
    second.set_defaults(func=_countersign)
    retiring = _command(commands, "retire", "take no new cases of an item version", _retire)
    retiring.add_argument("--steward", required=True, metavar="KEYFILE", help="the steward's key")
    retiring.add_argument("--item", required=True, metavar="ID", help="the item")
    retiring.add_argument("--version", required=True, type=int, metavar="N", help="which of its versions")
    retiring.add_argument("--last", type=typed_day, metavar="DATE", help="last date of a case (default: today)")
    checking = _command(commands, "check", "connection, mapping, collation, keys, marks; changes nothing", _check)
    checking.add_argument("--json", action="store_true", help="one JSON document on standard output")
    marking = _command(commands, "mark", "sign a completeness mark after a load", _mark)
    marking.add_argument("--register", action="append", default=[], help="which registers; default: all of them")
    marking.add_argument("--canary", action="append", default=[], help="a number known to be in the register")
    marking.add_argument("--may-be-empty", action="store_true", help="no rows are right for this register")
    marking.add_argument("--json", action="store_true", help="one JSON document on standard output")
    payments.add_arguments(_command(commands, "payments", "what is to be paid, until the register shows it", _payments))


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text)
    every = name in ("check", "mark")
    where = "default: every gateway of the city" if every else "whose gateway"
    parser.add_argument("--department", required=not every, metavar="ID", help=where)
    add_data_argument(parser)
    parser.set_defaults(func=run)
    return parser


def _serve(args: argparse.Namespace) -> int:
    config = _config(args, args.department)
    set_up_log(config.party, config.log_level)
    uvicorn.run(
        create_department(config, days_ahead=read_settings().days_ahead),
        host=config.host,
        port=config.port,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
    )
    return 0


def _sign(args: argparse.Namespace) -> int:
    data, steward = _data(args), read_steward(Path(args.steward))
    catalogue = load(packs_folder(read_settings()))
    items = [compiled.item for compiled in catalogue.items if compiled.item.department == args.department]
    tables = [table for table in catalogue.params.values() if table.owner == args.department]
    for item in items:
        _write(data / SIGNED / "items" / f"{item.item}.v{item.version}.json", sign_item(item, steward))
    for table in tables:
        _write(data / SIGNED / "params" / f"{table.param}.json", sign_params(table, steward))
    print(f"signed {len(items)} item versions and {len(tables)} figures of {args.department}", file=sys.stderr)
    return 0


def _approve(args: argparse.Namespace) -> int:
    data, steward = _data(args), read_steward(Path(args.steward))
    files = sorted((data / SIGNED / "items").glob("*.json")) if args.all else [Path(args.item)]
    with _open(args, args.department) as gateway:
        load_params(gateway, [_read(path) for path in sorted((data / SIGNED / "params").glob("*.json"))])
        loaded = load_items(gateway, [_read(path) for path in files])
        approvals = [one for item in loaded for one in _approve_item(gateway, item, steward, yes=args.yes)]
    if args.json:
        print_json(approvals)
    print(f"{args.department}: {len(approvals)} approvals for {len(loaded)} item versions", file=sys.stderr)
    return 0


def _countersign(args: argparse.Namespace) -> int:
    path = Path(args.item)
    signed = countersign(_read(path), key=PrivateKey.from_file(Path(args.auditor)), at=int(time.time()))
    _write(path, signed)
    hidden = hidden_roles(jws.payload_as(jws.unverified_payload(signed.token), type=Item))
    for role, statute in hidden.items():
        print(f"hidden for half a year from {role}: {statute}", file=sys.stderr)
    return 0


def _retire(args: argparse.Namespace) -> int:
    steward = read_steward(Path(args.steward))
    with _open(args, args.department) as gateway:
        retire(gateway, args.item, args.version, steward, last=args.last or gateway.today())
    return 0


def _approve_item(gateway: Gateway, loaded: LoadedItem, steward: Steward, *, yes: bool) -> tuple[Certified, ...]:
    check_servable(gateway, loaded)
    questions = gateway.compiler.questions(loaded)
    chosen = questions if yes else tuple(own for own in questions if _agrees(loaded, own))
    return approve(gateway, loaded, chosen, steward)


def _agrees(loaded: LoadedItem, own: OwnQuestion) -> bool:
    basis = own.basis.duty or own.basis.consent
    print(f"\n{loaded.item.name.zh} ({loaded.item.item} v{loaded.item.version}), {own.placed.role}", file=sys.stderr)
    print(f"  {own.sentence.zh}\n  {own.sentence.en}\n  {basis}\n", file=sys.stderr)
    print("\n".join(f"    {line}" for line in own.query.sql.splitlines()), file=sys.stderr)
    print("approve 同意? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "同意")


def _check(args: argparse.Namespace) -> int:
    lines = [line for department in _departments(args) for line in _check_one(args, department)]
    if args.json:
        print_json(lines)
    else:
        _print_check(lines)
    return 0 if all(line.ok for line in lines) else 1


def _check_one(args: argparse.Namespace, department: str) -> tuple[CheckLine, ...]:
    try:
        with _open(args, department) as gateway:
            return check_gateway(gateway)
    except MianzhengError as error:
        return (not_opened(department, error),)


def _mark(args: argparse.Namespace) -> int:
    marks = [marked for department in _departments(args) for marked in _mark_one(args, department)]
    if args.json:
        print_json(marks)
    for marked in marks:
        mark = marked.mark
        state = "sound" if mark.sound else f"NOT SOUND: {mark.reason}"
        print(f"{mark.register}: {mark.rows} rows, {mark.canaries} canaries, {state}", file=sys.stderr)
    return 0 if all(marked.mark.sound for marked in marks) else 1


def _mark_one(args: argparse.Namespace, department: str) -> list[Marked]:
    with _open(args, department) as gateway:
        names = args.register or list(gateway.config.registers)
        if unknown := sorted(set(names).difference(gateway.registers)):
            raise WrongUse(f"{department} serves no register {', '.join(unknown)}")
        canaries = tuple(args.canary)
        return [mark_register(gateway, name, canaries=canaries, may_be_empty=args.may_be_empty) for name in names]


def _payments(args: argparse.Namespace) -> int:
    with _open(args, args.department) as gateway:
        return payments.show_payments(gateway, args)


def _departments(args: argparse.Namespace) -> list[str]:
    """Return the department named, or every one that has a gateway in the city."""
    data = _data(args)
    found = sorted(path.parent.name for path in (data / "gateways").glob(f"*/{FILE}"))
    if not found:
        raise WrongUse(f"no gateway in {data}", hint="`mianzheng up` makes them")
    if args.department and args.department not in found:
        raise WrongUse(f"no gateway of {args.department} in {data}", hint=f"one of: {', '.join(found)}")
    return [args.department] if args.department else found


def _data(args: argparse.Namespace) -> Path:
    found = require_data(args.data, read_settings())
    args.data = str(found)  # looked for, and told, once
    return found


def _config(args: argparse.Namespace, department: str) -> GatewayConfig:
    return read_config(_data(args) / "gateways" / department)


@contextmanager
def _open(args: argparse.Namespace, department: str) -> Iterator[Gateway]:
    gateway = open_gateway(_config(args, department))
    try:
        yield gateway
    finally:
        gateway.close()


def _read(path: Path) -> Certified:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Certified)
    except FileNotFoundError:
        raise WrongUse(f"no signed item version at {path}", hint="`mianzheng gateway sign` writes them") from None
    except msgspec.DecodeError as error:
        raise WrongUse(f"{path} holds nothing signed by a steward: {error}") from None


def _write(path: Path, certified: Certified) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(certified))
    fresh.replace(path)
    sys.stdout.flush()


def _print_check(lines: list[CheckLine]) -> None:
    findings = [line for line in lines if not line.ok]
    table = Table(title="findings")
    for title in ("department", "check", "register", "found", "what to do"):
        table.add_column(title)
    for line in findings:
        where = f"{line.register}.{line.fact}" if line.fact else line.register
        table.add_row(line.department, line.check, where, line.message, line.hint)
    console = Console()
    if findings:
        console.print(table)
    departments = len({line.department for line in lines})
    console.print(f"{departments} gateways: {len(lines) - len(findings)} checks hold, {len(findings)} do not")
