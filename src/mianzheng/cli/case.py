"""`mianzheng case`: run, show, explain, accept, contest, withdraw, as the person does it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.names import names_of
from mianzheng.cli.pictures import draw_case, draw_explanation
from mianzheng.model.case import CaseView, Explanation
from mianzheng.model.errors import WrongUse
from mianzheng.model.scalar import Wire
from mianzheng.settings import read_settings

Act = Callable[[CitySession, argparse.Namespace], Awaitable[CaseView]]


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `case` and its commands."""
    case = subparsers.add_parser("case", help="run, show, explain, accept, contest, withdraw a case 办件")
    commands = case.add_subparsers(metavar="COMMAND", required=True)
    run = _command(commands, "run", "apply for an item and see it decided", _run)
    run.add_argument("item")
    run.add_argument("--resident", required=True, help="citizen number or unified social credit code of a persona")
    run.add_argument("--form", action="append", default=[], metavar="NAME=VALUE", help="what the person states")
    for name, text, act in (
        ("show", "the case as it stands", _show),
        ("accept", "accept a proposed refusal (signed)", _accept),
        ("withdraw", "withdraw the case (signed)", _withdraw),
        ("review", "ask for a person instead of the machine (signed)", _review),
        ("escalate", "say that it cannot be done 办不成事 (signed)", _escalate),
    ):
        _command(commands, name, text, act).add_argument("case")
    contest = _command(commands, "contest", "say that an answer is wrong (signed)", _contest)
    contest.add_argument("case")
    contest.add_argument("--question", required=True, help="question id as `case show` lists it")
    contest.add_argument("--role", default="applicant", help="whom the question is about (applicant unless told)")
    explain = commands.add_parser("explain", help="condition, question, answer, who signed")
    explain.add_argument("case")
    _common(explain)
    explain.set_defaults(func=_explain)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, act: Act
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    _common(parser)
    parser.set_defaults(func=lambda args: _do(args, act))
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(parser)


def _data(args: argparse.Namespace) -> Path:
    return require_data(args.data, read_settings())


def _do(args: argparse.Namespace, act: Act) -> int:
    data = _data(args)

    async def session() -> CaseView:
        async with open_city(data) as city:
            return await act(city, args)

    view = asyncio.run(session())
    if args.json:
        _print_json(view)
    else:
        draw_case(view, names=names_of(data))
    return 0


async def _run(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.signed_in(args.resident)
    form = await city.typed_form(args.item, _pairs(args.form))
    draft, openings = await person.apply(args.item, form)
    return await person.authorise(draft, openings)


async def _show(city: CitySession, args: argparse.Namespace) -> CaseView:
    return await (await city.owner_of(args.case)).show(args.case)


async def _accept(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    shown = await person.show(args.case)
    return await person.step(args.case, "acceptance", "accept-refusal", shown.reasons, {})


async def _withdraw(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    return await person.step(args.case, "withdrawal", "withdraw", args.case, {})


async def _review(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    return await person.step(args.case, "review", "ask-person", args.case, {})


async def _escalate(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    return await person.step(args.case, "escalation", "escalate", args.case, {})


async def _contest(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    shown = await person.show(args.case)
    named = [answer for answer in shown.answers if (answer.question, answer.role) == (args.question, args.role)]
    if not named:
        raise WrongUse(f"question {args.question} was not answered in this case", hint="`case show` lists them")
    extra = {"question": args.question, "role": args.role}
    return await person.step(args.case, "contests", f"contest:{args.question}:{args.role}", named[0], extra)


def _explain(args: argparse.Namespace) -> int:
    data = _data(args)

    async def session() -> Explanation:
        async with open_city(data) as city:
            person = await city.owner_of(args.case)
            return await person.hub.get(f"/cases/{args.case}/explanation", Explanation)

    explanation = asyncio.run(session())
    if args.json:
        _print_json(explanation)
    else:
        draw_explanation(explanation, names=names_of(data))
    return 0


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def _pairs(texts: list[str]) -> dict[str, Wire]:
    pairs: dict[str, Wire] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise WrongUse(f"--form {text!r} is not NAME=VALUE", hint="for example --form months=6")
        if name in pairs:
            raise WrongUse(f"--form {name} is given twice")
        pairs[name] = value
    return pairs
