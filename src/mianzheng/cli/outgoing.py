"""`mianzheng case outgoing|papers|handed|posted|arrived`: 出件, papers that leave a department by hand or by post."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console

from mianzheng.city.calendar import shanghai_today
from mianzheng.cli.city_session import CitySession
from mianzheng.cli.desk import add_staff, day_of, desk_of, in_city
from mianzheng.cli.documents import print_json
from mianzheng.model.paper_acts import Arrived, DeliveryAct, HandedOver, Posted
from mianzheng.model.papers import OutgoingPaper, PaperView

_STATES = {
    "due": "可以出具 due",
    "made": "已盖章 sealed",
    "sent": "邮寄中 in the post",
    "delivered": "已送达 delivered",
}
_WAYS = {"": "", "screen": "电子 on screen", "window": "窗口 at the window", "post": "邮寄 by post"}
_ACTS: tuple[tuple[str, str, Callable[[argparse.Namespace], DeliveryAct]], ...] = (
    (
        "handed",
        "sign that a paper was handed over at the window",
        lambda a: HandedOver(paper=a.paper, on=a.on or shanghai_today()),
    ),
    (
        "posted",
        "sign that a paper went by tracked post",
        lambda a: Posted(paper=a.paper, tracking=a.tracking, on=a.on or shanghai_today()),
    ),
    (
        "arrived",
        "sign that the post delivered it, by its own record",
        lambda a: Arrived(paper=a.paper, on=a.on or shanghai_today()),
    ),
)


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about papers to those of `case`."""
    waiting = commands.add_parser("outgoing", help="the department's papers that wait for window or post 出件")
    add_staff(waiting)
    waiting.set_defaults(func=_outgoing)
    papers = commands.add_parser("papers", help="the papers of a case that was taken")
    papers.add_argument("case")
    add_staff(papers)
    papers.set_defaults(func=_papers)
    for name, text, make in _ACTS:
        _add(commands.add_parser(name, help=text), make)
    commands.choices["posted"].add_argument("--tracking", required=True, metavar="NUMBER", help="of the post 邮件号")


def _add(parser: argparse.ArgumentParser, make: Callable[[argparse.Namespace], DeliveryAct]) -> None:
    parser.add_argument("case")
    parser.add_argument("--paper", required=True, metavar="NAME", help="grant, refusal, …: as `case papers` prints it")
    parser.add_argument("--on", type=day_of, default=None, metavar="DATE", help="the day (today)")
    add_staff(parser)
    parser.set_defaults(func=lambda args: _deliver(args, make(args)))


def _outgoing(args: argparse.Namespace) -> int:
    async def work(city: CitySession) -> list[OutgoingPaper]:
        return await desk_of(city, args).outgoing()

    lines = in_city(args, work)
    if args.json:
        print_json(lines)
        return 0
    for one in lines:
        until = f" · 最迟 by {one.deliver_by}" if one.deliver_by else ""
        late = " · 逾期 overdue" if one.overdue else ""
        sent = f" · 寄出 posted {one.sent_on}" if one.sent_on else ""
        _say(f"{one.case} {one.paper} {one.title.zh} · {_WAYS[one.way]}{sent}{until}{late}")
    return 0


def _papers(args: argparse.Namespace) -> int:
    async def work(city: CitySession) -> list[PaperView]:
        return await desk_of(city, args).papers(args.case)

    views = in_city(args, work)
    if args.json:
        print_json(views)
    else:
        for one in views:
            _draw(one)
    return 0


def _deliver(args: argparse.Namespace, act: DeliveryAct) -> int:
    async def work(city: CitySession) -> PaperView:
        return await desk_of(city, args).deliver(args.case, act)

    view = in_city(args, work)
    if args.json:
        print_json(view)
    else:
        _draw(view)
    return 0


def _draw(one: PaperView) -> None:
    way = f" · {_WAYS[one.way]}" if one.way else ""
    day = f" · {one.delivered_on}" if one.delivered_on else f" · 最迟 by {one.deliver_by}" if one.deliver_by else ""
    _say(f"{one.paper} {one.title.zh} {one.display} · {_STATES[one.state]}{way}{day} {one.tracking}".rstrip())


def _say(line: str) -> None:
    Console().print(line, highlight=False)
