"""`mianzheng mandate`: grant, show and end a mandate 委托; papers come back, a body's new head confirms."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock
from pathlib import Path
from typing import Literal

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from mianzheng.cli import acting
from mianzheng.cli.acting import MandateFile, Terms, mandate_of
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.mandate_checks import check_items, check_target, check_uses, write_owned
from mianzheng.cli.mandate_status import WORDS, Standing, standing_of
from mianzheng.cli.presence import read_file
from mianzheng.cli.typed_number import typed_number
from mianzheng.client.window import Staff, check_clerk
from mianzheng.mandates.token import digest_of
from mianzheng.model.errors import WrongUse
from mianzheng.model.mandate import Mandate
from mianzheng.settings import read_settings

DAY = 86_400
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
Work = Callable[[CitySession, argparse.Namespace], Awaitable[object]]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What `mandate grant|show --json` prints."""

    file: str
    mandate: str  # digest, "" of a paper that has not come back
    paper: str
    kind: str = ""
    items: tuple[str, ...] = ()
    purpose: str = ""
    uses: int = 0
    valid_from: str = ""
    until: str = ""
    method: str = ""
    level: int = 0
    sub_delegation: bool = False
    limit: str = ""
    status: Standing | Literal[""] = ""  # "" of a paper that has not come back


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `mandate` and its commands."""
    mandate = subparsers.add_parser("mandate", help="grant, show, revoke a mandate 委托")
    commands = mandate.add_subparsers(metavar="COMMAND", required=True)
    _grant(_command(commands, "grant", "let another act: named items, so often, until then", grant))
    _file(_command(commands, "show", "what a mandate allows", show))
    revoke = _file(_command(commands, "revoke", "end it, as principal or agent", change))
    _who(revoke)
    confirm = _file(_command(commands, "confirm", "as a body's new legal representative, let it go on", change))
    confirm.add_argument(
        "--resident", type=typed_number, required=True, metavar="ID", help="the new legal representative"
    )
    confirm.set_defaults(confirm=True, presence="", clerk="")
    back = _file(_command(commands, "return", "hand in the code of a paper that came back", give_back))
    back.add_argument("--code", required=True, help="the code on the paper")
    back.add_argument("--clerk", required=True, metavar="KEYFILE", help="the clerk's key")


def _grant(parser: argparse.ArgumentParser) -> None:
    _who(parser)
    parser.add_argument(
        "--agent", type=typed_number, required=True, metavar="ID", help="number of the person who will act"
    )
    parser.add_argument("--named", default="", metavar="NAME", help="the agent's name (of a body's: not needed)")
    parser.add_argument(
        "--body", type=typed_number, default="", metavar="USCC", help="the body; --resident is its legal representative"
    )
    parser.add_argument("--item", action="append", required=True, metavar="ITEM", help="an item; once for each")
    parser.add_argument("--purpose", default="代办", help="for what")
    parser.add_argument("--uses", type=int, default=1, help="for how many cases, 1 to 1000 (1 unless told)")
    parser.add_argument("--until", default="", metavar="DATE", help="its last day (30 days on unless told)")
    parser.add_argument("--sum", dest="limit", default="", metavar="YUAN", help="of a body's: no outcome above this")
    parser.add_argument("--sub-delegation", action="store_true", help="the agent may pass it on")
    parser.add_argument("--passes-on", default="", metavar="FILE", help="the mandate that is passed on")
    parser.add_argument("--result-to-agent", action="store_true", help="the credential is sealed to the agent's key")
    parser.add_argument("--out", required=True, metavar="FILE", help="the mandate, to be given to the agent")


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resident", type=typed_number, default="", metavar="ID", help="who signs with their own key")
    parser.add_argument("--presence", default="", metavar="FILE", help="instead of a key: a presence that passed")
    parser.add_argument("--clerk", default="", metavar="KEYFILE", help="the clerk beside it; alone: a paper goes out")
    parser.set_defaults(confirm=False)


def _file(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("file", help="the mandate's file")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, work: Work
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(parser)
    parser.set_defaults(func=lambda args: _do(args, work))
    return parser


def _do(args: argparse.Namespace, work: Work) -> int:
    async def session() -> object:
        async with open_city(require_data(args.data, read_settings())) as city:
            return await work(city, args)

    made = asyncio.run(session())
    if args.json:
        print_json(made)
    else:
        _draw(made)
    return 0


async def grant(city: CitySession, args: argparse.Namespace) -> Shown:
    """Grant by the own key, beside a presence, or by a paper; write the file."""
    check_target(Path(args.out))
    check_uses(args.uses)
    await check_items(city.hub(), tuple(args.item))
    terms = _terms(args, narrow=not args.resident or bool(args.clerk))
    if args.clerk:
        clerk = Staff.read(Path(args.clerk))
        presence = read_file(Path(args.presence)) if args.presence else None
        if presence is not None:
            check_clerk(presence, clerk)
        principal = presence.resident if presence else args.resident
        if not principal:
            raise WrongUse("whose mandate?", hint="--presence FILE, or --resident ID for a paper")
        file = await acting.grant_beside(
            city,
            clerk,
            terms,
            principal=principal,
            agent=args.agent,
            agent_name=args.named,
            presence=presence.presence if presence else "",
        )
    else:
        if not args.resident:
            raise WrongUse("who grants?", hint="--resident ID, or --presence FILE with --clerk KEYFILE")
        passed = MandateFile.load(Path(args.passes_on)).mandate if args.passes_on else ""
        file = await acting.grant(
            city,
            city.known(args.resident),
            terms,
            agent=args.agent,
            agent_name=args.named,
            body=args.body,
            passes_on=digest_of(passed) if passed else "",
        )
    return _keep(city, Path(args.out), file)


async def show(city: CitySession, args: argparse.Namespace) -> Shown:
    """Read a mandate's file, check whose word it is, and ask whether it was ended."""
    file = MandateFile.load(Path(args.file))
    shown = _shown(city, args.file, file)
    if not file.mandate:
        return shown
    status = await standing_of(file.mandate, trust=city.trust, now=int(time.time()), http=city.http)
    return msgspec.structs.replace(shown, status=status)


async def change(city: CitySession, args: argparse.Namespace) -> object:
    """End a mandate, or confirm a body's."""
    file = MandateFile.load(Path(args.file))
    if args.presence:
        if not args.clerk:
            raise WrongUse("a presence needs --clerk: that clerk's key signs")
        presence, clerk = read_file(Path(args.presence)), Staff.read(Path(args.clerk))
        check_clerk(presence, clerk)
        return await acting.change_beside(city, clerk, file, principal=presence.resident, presence=presence.presence)
    if not args.resident:
        raise WrongUse("who ends it?", hint="--resident ID of principal or agent, or --presence FILE with --clerk")
    return await acting.change(city, city.known(args.resident), file, confirm=args.confirm)


async def give_back(city: CitySession, args: argparse.Namespace) -> Shown:
    """Hand in the code of a paper; the file then holds the mandate."""
    file = MandateFile.load(Path(args.file))
    check_target(Path(args.file))
    return _keep(city, Path(args.file), await acting.give_back(city, Staff.read(Path(args.clerk)), file, args.code))


def _terms(args: argparse.Namespace, *, narrow: bool) -> Terms:
    now = int(time.time())
    begins = now + DAY + 60 if narrow else now
    return Terms(
        items=tuple(args.item),
        purpose=args.purpose,
        uses=args.uses,
        valid_from=begins,
        until=_end(args.until) if args.until else begins + 30 * DAY,
        sub_delegation=args.sub_delegation,
        limit=args.limit,
        result_to_agent=args.result_to_agent or bool(args.body),
    )


def _end(text: str) -> int:
    try:
        last = date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--until {text!r} is no date", hint="for example --until 2026-12-31") from None
    return int(datetime.combine(last + timedelta(days=1), clock.min, CHINA).timestamp())


def _keep(city: CitySession, path: Path, file: MandateFile) -> Shown:
    write_owned(path, msgspec.json.encode(file))
    return _shown(city, str(path), file)


def _shown(city: CitySession, path: str, file: MandateFile) -> Shown:
    if not file.mandate:
        return Shown(file=path, mandate="", paper=file.paper)
    found: Mandate = mandate_of(city, file)
    return Shown(
        file=path,
        mandate=found.digest,
        paper="",
        kind=found.kind,
        items=found.items,
        purpose=found.purpose,
        uses=found.uses,
        valid_from=_moment(found.valid_from),
        until=_moment(found.until),
        method=found.granted.method,
        level=found.granted.level,
        sub_delegation=found.sub_delegation,
        limit=found.limit,
        status="valid",  # the authority has just signed it; `show` asks for the list
    )


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(CHINA).isoformat(timespec="minutes")


def _draw(made: object) -> None:
    console = Console()
    if not isinstance(made, Shown):
        console.print("已办理 done")
        return
    if made.paper:
        console.print(f"委托书已寄出，交回回执码后次日生效 the paper is on its way: {made.file}")
        return
    table = Table(box=box.SIMPLE, show_header=False)
    limit = f"，不超过 {made.limit} 元" if made.limit else ""
    for name, value in (
        ("事项 items", "、".join(made.items)),
        ("用途 purpose", made.purpose + limit),
        ("次数 uses", str(made.uses)),
        ("期限 term", f"{made.valid_from} — {made.until}"),
        ("状态 status", WORDS[made.status] if made.status else ""),
        ("授予方式 granted", f"{made.method} (P{made.level})"),
        ("文件 file", made.file),
    ):
        table.add_row(name, value)
    console.print(table)
