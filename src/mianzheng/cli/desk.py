"""`mianzheng case take|sign|finding|…`: what a department's staff do, each act signed by their own key."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from mianzheng.city.calendar import shanghai_today
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.words import STATES
from mianzheng.client.staff import Desk
from mianzheng.model.errors import WrongUse
from mianzheng.model.officers import (
    Act,
    AnswerContest,
    AskCorrection,
    Assign,
    Book,
    DeskView,
    Explain,
    Extend,
    NotAccept,
    Pay,
    Reopen,
    Resume,
    Revoke,
    Suspend,
    Take,
)
from mianzheng.model.scalar import Wire
from mianzheng.settings import read_settings

T = TypeVar("T")
Do = Callable[[Desk, argparse.Namespace], Awaitable[DeskView]]


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of staff to those of `case`."""
    desk = commands.add_parser("desk", help="what a member of staff has to do")
    add_staff(desk)
    desk.set_defaults(func=_desk)
    sign = _command(commands, "sign", "sign the recommended decision, or approve it for another department", _sign)
    sign.add_argument("--outcome", default="", choices=("granted", "refused"), help="refuse to sign anything else")
    finding = _command(commands, "finding", "enter what was seen 核查所见; the case runs on with it", _find)
    finding.add_argument("--name", required=True, help="of the item, or condition:ID, declaration:ID, objection")
    finding.add_argument("--value", required=True, help="true, false, a number or a text")
    finding.add_argument("--how", default="", choices=_HOW, help="how it was found, where the item does not say it")
    finding.add_argument("--note", default="", help="why; needed where a condition is settled")
    finding.add_argument("--seen-on", type=day_of, default=None, metavar="DATE", help="when it was seen (today)")
    for name, text, make in _ACTS:
        _command(commands, name, text, _acts(make))
    _add_arguments(commands)


def _add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add to each act's command what the act holds."""
    of = commands.choices
    of["visit"].add_argument("--finding", required=True, help="the item's finding, or objection: a hearing")
    of["visit"].add_argument("--on", required=True, type=day_of, metavar="DATE", help="the day")
    of["visit"].add_argument("--place", required=True, help="where")
    of["suspend"].add_argument("--kind", required=True, choices=_KINDS, help="what the clock stands still for")
    of["suspend"].add_argument("--until", required=True, type=day_of, metavar="DATE", help="the last day left out")
    of["suspend"].add_argument("--reference", default="", help="the law, where article 45 does not name it")
    of["resume"].add_argument("--last", type=day_of, default=None, metavar="DATE", help="the last day left out (today)")
    of["correct"].add_argument("--what", default=[], action="append", help="what to correct; everything, at once")
    of["correct"].add_argument("--paper", default=[], action="append", help="a paper to bring; it counts as carried")
    of["correct"].add_argument("--within", type=int, default=10, help="working days (10)")
    of["extend"].add_argument("--days", required=True, type=int, help="working days")
    of["answer"].add_argument("--question", required=True, help="the contested question")
    of["answer"].add_argument("--role", default="applicant", help="whom it is about (applicant)")
    of["answer"].add_argument("--outcome", required=True, choices=("corrected", "upheld"), help="how it ends")
    of["pay"].add_argument("--amount", required=True, help="in yuan")
    of["pay"].add_argument("--receipt", required=True, help="the receipt's number")
    of["publish"].add_argument("--what", required=True, choices=_LIMITS, help="which limit ran out")
    for name in ("suspend", "decline", "extend", "reopen", "assign", "revoke", "answer", "publish"):
        of[name].add_argument("--reason", required=True, help="why; the person reads it")


_HOW = ("record", "paper", "visit")
_KINDS = ("hearing", "test", "expert_review", "site_visit")
_LIMITS = ("promise", "legal", "signature", "contest", "check")
_ACTS: tuple[tuple[str, str, Callable[[argparse.Namespace], Act]], ...] = (
    ("take", "take a case of the desk: nobody else sees it then", lambda _: Take()),
    ("visit", "book a day for a finding", lambda a: Book(finding=a.finding, on=a.on, place=a.place)),
    (
        "suspend",
        "let the law's clock stand still, told in writing",
        lambda a: Suspend(kind=a.kind, until=a.until, reason=a.reason, reference=a.reference),
    ),
    ("resume", "let the law's clock run again", lambda a: Resume(last=a.last or shanghai_today())),
    (
        "correct",
        "ask for a correction 补正, once",
        lambda a: AskCorrection(what=tuple(a.what), within=a.within, papers=tuple(a.paper)),
    ),
    ("decline", "do not accept the application 不予受理", lambda a: NotAccept(reason=a.reason)),
    ("extend", "extend the legal limit once, as the head 负责人", lambda a: Extend(days=a.days, reason=a.reason)),
    ("reopen", "let a refused case run again", lambda a: Reopen(reason=a.reason)),
    ("assign", "give an escalated case 办不成事 a handler, as the head", lambda a: Assign(reason=a.reason)),
    ("revoke", "take back what was granted", lambda a: Revoke(reason=a.reason)),
    (
        "answer",
        "answer a contest 存疑, as the department whose answer it is",
        lambda a: AnswerContest(question=a.question, role=a.role, outcome=a.outcome, reason=a.reason),
    ),
    ("pay", "hand in the cashier's receipt of a fee", lambda a: Pay(amount=a.amount, receipt=a.receipt)),
    ("publish", "publish why a limit ran out", lambda a: Explain(what=a.what, reason=a.reason)),
)


def _acts(make: Callable[[argparse.Namespace], Act]) -> Do:
    async def do(desk: Desk, args: argparse.Namespace) -> DeskView:
        return await desk.act(args.case, make(args))

    return do


async def _sign(desk: Desk, args: argparse.Namespace) -> DeskView:
    return await desk.sign(args.case, args.outcome)


async def _find(desk: Desk, args: argparse.Namespace) -> DeskView:
    seen_on = args.seen_on or shanghai_today()
    value = _value(args.value)
    return await desk.find(args.case, args.name, value, seen_on=seen_on, note=args.note, how=args.how)


def _desk(args: argparse.Namespace) -> int:
    async def work(city: CitySession) -> object:
        return await desk_of(city, args).lines()

    lines = in_city(args, work)
    if args.json:
        print_json(lines)
    else:
        out = Console()
        for line in lines if isinstance(lines, list) else ():
            out.print(f"{line.case} {line.item} {STATES[line.state]} · {line.why} · {line.since}", highlight=False)
    return 0


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, do: Do
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("case")
    add_staff(parser)
    parser.set_defaults(func=lambda args: _run(args, do))
    return parser


def _run(args: argparse.Namespace, do: Do) -> int:
    async def work(city: CitySession) -> object:
        return await do(desk_of(city, args), args)

    view = in_city(args, work)
    if args.json:
        print_json(view)
    elif isinstance(view, DeskView):
        _draw(view)
    return 0


def in_city(args: argparse.Namespace, work: Callable[[CitySession], Awaitable[T]]) -> T:
    """Do something in the city that the options name."""

    async def session() -> T:
        async with open_city(require_data(args.data, read_settings())) as city:
            return await work(city)

    return asyncio.run(session())


def desk_of(city: CitySession, args: argparse.Namespace) -> Desk:
    """Return the desk of whoever's key `--officer` names."""
    return Desk(Path(args.officer), url=city.url, http=city.http, hub=city.trust.with_role("hub")[0].party)


def add_staff(parser: argparse.ArgumentParser) -> None:
    """Add who of the staff does it, in which city, and whether JSON is printed."""
    parser.add_argument("--officer", required=True, metavar="KEYFILE", help="staff key, certificate beside it")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(parser)


def _draw(view: DeskView) -> None:
    out = Console()
    out.print(f"[bold]{view.name.zh} {view.item}[/] · 办件 {view.case} · {STATES[view.state]}", highlight=False)
    out.print(f"承诺 promised {view.promised_on} · 法定 legal {view.legal_on}", highlight=False)
    for tick in view.ticks:
        out.print(f"  {tick.condition}: {tick.result} {tick.by}", highlight=False)
    for one in view.open:
        names = ", ".join((one.finding, *one.findings))
        out.print(f"  未决 open {one.condition}: {one.recommended} ({names})", highlight=False)
    if view.recommendation is not None:
        out.print(f"建议 recommended: {view.recommendation.outcome}", highlight=False)
    out.print(f"可做 may: {', '.join(view.acts)}", highlight=False)


def _value(text: str) -> Wire:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def day_of(text: str) -> date:
    """Return a day as somebody typed it; `WrongUse` for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{text!r} is no day", hint="write 2026-12-01") from None
