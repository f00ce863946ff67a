"""`mianzheng case`: run, show, explain, accept, contest, withdraw, as the person does it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console

from mianzheng.cli import desk, outgoing
from mianzheng.cli.acting import MandateFile, acting_for_body, acting_on
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.names import names_of
from mianzheng.cli.pictures import draw_case, draw_explanation, draw_plan
from mianzheng.cli.typed_number import typed_number
from mianzheng.cli.who import acting_person, add_reader, add_window, reading, served
from mianzheng.client.person import Acting
from mianzheng.model.case import CaseView, Explanation
from mianzheng.model.errors import WrongUse
from mianzheng.model.invitations import InvitationMade
from mianzheng.model.item import base_of
from mianzheng.model.scalar import Wire
from mianzheng.settings import read_settings

Act = Callable[[CitySession, argparse.Namespace], Awaitable[CaseView]]


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `case` and its commands."""
    case = subparsers.add_parser("case", help="run, show, explain, accept, contest, withdraw a case 办件")
    commands = case.add_subparsers(metavar="COMMAND", required=True)
    run = _command(commands, "run", "apply for an item and see it decided", _run)
    run.add_argument("item")
    run.add_argument(
        "--resident", type=typed_number, metavar="ID", help="citizen number or unified social credit code of a persona"
    )
    add_window(run)
    run.add_argument("--reader", action="store_true", help="instead: whose card lies in the chip reader")
    run.add_argument("--mandate", metavar="FILE", help="on which --resident acts for another 委托办")
    run.add_argument(
        "--body", type=typed_number, metavar="USCC", help="the body for which --resident speaks 法定代表人"
    )
    run.add_argument("--form", action="append", default=[], metavar="NAME=VALUE", help="what the person states")
    run.add_argument("--choose", action="append", default=[], metavar="ROLE=NAME", help="whom: by name or number")
    show = _command(commands, "show", "the case as it stands", _show)
    show.add_argument("case")
    add_reader(show)
    add_window(show)
    invite = commands.add_parser("invite", help="make a code for another adult, who signs for themself")
    invite.add_argument("case")
    invite.add_argument("--role", required=True, help="who: spouse, or of several people members#2")
    _common(invite)
    invite.set_defaults(func=_invite)
    consent = _command(commands, "consent", "open an invitation and sign for oneself", _consent)
    consent.add_argument("code")
    consent.add_argument("--resident", type=typed_number, metavar="ID", help="citizen number of the invited persona")
    add_window(consent)
    for name, text, act in (
        ("accept", "accept a proposed refusal (signed)", _accept),
        ("review", "ask for a person instead of the machine (signed)", _review),
        ("escalate", "say that it cannot be done 办不成事 (signed)", _escalate),
    ):
        _command(commands, name, text, act).add_argument("case")
    withdraw = _command(commands, "withdraw", "withdraw the case, or one's own consent (signed)", _withdraw)
    withdraw.add_argument("case")
    withdraw.add_argument(
        "--resident", type=typed_number, metavar="ID", help="another adult who consented (else who opened the case)"
    )
    contest = _command(commands, "contest", "say that an answer is wrong (signed)", _contest)
    contest.add_argument("case")
    contest.add_argument("--question", required=True, help="question id, as `case show` prints it under each question")
    contest.add_argument("--role", default="applicant", help="whom the question is about (applicant unless told)")
    contest.add_argument(
        "--resident", type=typed_number, metavar="ID", help="another adult, about themself (else who opened the case)"
    )
    explain = commands.add_parser("explain", help="condition, question, answer, who signed")
    explain.add_argument("case")
    add_reader(explain)
    _common(explain)
    explain.set_defaults(func=_explain)
    _declaring(commands)
    desk.add_parsers(commands)
    outgoing.add_parsers(commands)


def _declaring(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what the applicant does in the procedure."""
    declare = _command(commands, "declare", "declare 告知承诺 instead of a record (signed)", _declare)
    declare.add_argument("case")
    declare.add_argument("--condition", required=True, help="what `case show` offers to declare")
    _command(commands, "supply", "say that what was missing 容缺 is there now (signed)", _supply).add_argument("case")
    restate = _command(commands, "restate", "correct 补正 what was stated, and sign anew", _restate)
    restate.add_argument("case")
    restate.add_argument("--form", action="append", default=[], metavar="NAME=VALUE", help="what the person states")
    restate.add_argument("--choose", action="append", default=[], metavar="ROLE=NAME", help="whom: by name or number")


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
        print_json(view)
    else:
        draw_case(view, names=names_of(data))
    return 0


async def _run(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await acting_person(city, args)
    form = await city.typed_form(args.item, _pairs(args.form))
    chosen = {role: str(typed) for role, typed in _pairs(args.choose, option="--choose").items()}
    draft, openings = await person.apply(args.item, form, choices=chosen, acting=_acts_for(city, args))
    return await person.authorise(draft, openings)


def _acts_for(city: CitySession, args: argparse.Namespace) -> Acting | None:
    """Return for whom the person applies, None for themself."""
    if args.mandate and args.body:
        raise WrongUse("--mandate FILE or --body USCC", hint="a mandate of the body names it already")
    if args.mandate:
        return acting_on(city, MandateFile.load(Path(args.mandate)), args.item)
    return acting_for_body(city, args.body) if args.body else None


async def _show(city: CitySession, args: argparse.Namespace) -> CaseView:
    return await (await reading(city, args)).show(args.case, args.seen_as)


async def _accept(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    shown = await person.show(args.case)
    return await person.step(args.case, "acceptance", "accept-refusal", shown.reasons, {})


async def _withdraw(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await reading(city, args)
    if person.number != city.wallet.find(args.case).resident:
        return await person.withdraw_consent(args.case)
    return await person.step(args.case, "withdrawal", "withdraw", args.case, {})


async def _consent(city: CitySession, args: argparse.Namespace) -> CaseView:
    if bool(args.resident) == bool(args.presence):
        raise WrongUse("who signs?", hint="one of --resident ID, --presence FILE with --clerk FILE")
    person = served(city, args) if args.presence else await city.signed_in(args.resident)
    invitation = await person.open_invitation(args.code)
    if not args.json:
        about = base_of(invitation.role)
        draw_plan(tuple(line for line in invitation.plan if line.role == about), Console())
    return await person.consent(invitation)


def _invite(args: argparse.Namespace) -> int:
    async def session() -> InvitationMade:
        async with open_city(_data(args)) as city:
            return await (await city.owner_of(args.case)).invite(args.case, args.role)

    made = asyncio.run(session())
    if args.json:
        print_json(made)
    else:
        print(f"邀请码 code: {made.code}\n请本人登录后使用，仅一次 for them to use once: {made.role}")
    return 0


async def _review(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    return await person.step(args.case, "review", "ask-person", args.case, {})


async def _escalate(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    return await person.step(args.case, "escalation", "escalate", args.case, {})


async def _declare(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    offered = {one.condition: one for one in (await person.show(args.case)).declarations}
    if args.condition not in offered:
        raise WrongUse(
            f"{args.condition!r} cannot be declared", hint=f"open to declare: {', '.join(offered) or 'none'}"
        )
    name, text = f"declare:{args.condition}", offered[args.condition].text
    return await person.step(args.case, "declarations", name, text, {"condition": args.condition})


async def _supply(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    return await person.step(args.case, "supply", "supply", args.case, {})


async def _restate(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await city.owner_of(args.case)
    item = (await person.show(args.case)).item
    form = await city.typed_form(item, _pairs(args.form))
    chosen = {role: str(typed) for role, typed in _pairs(args.choose, option="--choose").items()}
    return await person.restate(args.case, item, form, choices=chosen)


async def _contest(city: CitySession, args: argparse.Namespace) -> CaseView:
    person = await reading(city, args)
    shown = await person.show(args.case)
    named = [answer for answer in shown.answers if (answer.question, answer.role) == (args.question, args.role)]
    if not named:
        raise WrongUse(f"question {args.question} was not answered in this case", hint="`case show` prints them")
    extra = {"question": args.question, "role": args.role}
    return await person.step(args.case, "contests", f"contest:{args.question}:{args.role}", named[0], extra)


def _explain(args: argparse.Namespace) -> int:
    data = _data(args)

    async def session() -> Explanation:
        async with open_city(data) as city:
            person = await reading(city, args)
            view = f"?view={args.seen_as}" if args.seen_as else ""
            return await person.hub.get(f"/cases/{args.case}/explanation{view}", Explanation)

    explanation = asyncio.run(session())
    if args.json:
        print_json(explanation)
    else:
        draw_explanation(explanation, names=names_of(data))
    return 0


def _pairs(texts: list[str], *, option: str = "--form") -> dict[str, Wire]:
    pairs: dict[str, Wire] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise WrongUse(f"{option} {text!r} is not NAME=VALUE", hint=f"for example {_EXAMPLES[option]}")
        if name in pairs:
            raise WrongUse(f"{option} {name} is given twice")
        pairs[name] = value
    return pairs


_EXAMPLES = {"--form": "--form months=6", "--choose": "--choose child=陈小明"}
