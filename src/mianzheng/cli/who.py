"""Who acts on a command of a case: a persona, a person at the window, whose card lies in the reader."""

from __future__ import annotations

import argparse
from pathlib import Path

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.presence import read_file
from mianzheng.cli.typed_number import typed_number
from mianzheng.client.person import Person
from mianzheng.client.window import Staff
from mianzheng.model.errors import WrongUse


def add_window(parser: argparse.ArgumentParser) -> None:
    """Add the presence with which somebody at a window acts."""
    parser.add_argument("--presence", metavar="FILE", help="instead of a key: a presence that passed")
    parser.add_argument("--clerk", metavar="FILE", help="beside a presence: the key of the clerk who began it")


def add_reader(parser: argparse.ArgumentParser) -> None:
    """Add as whom a case is read."""
    parser.add_argument("--as", dest="seen_as", choices=("resident", "agent", "clerk"), default="", help="as whom")
    parser.add_argument(
        "--resident", type=typed_number, metavar="ID", help="another adult who takes part (else who opened the case)"
    )


async def reading(city: CitySession, args: argparse.Namespace) -> Person:
    """Return who reads or acts: the person at the window, the persona named, or the one who opened the case."""
    if getattr(args, "presence", None):
        return served(city, args)
    return await (city.signed_in(args.resident) if args.resident else city.owner_of(args.case))


def served(city: CitySession, args: argparse.Namespace) -> Person:
    """Return the person at the window; `WrongUse` without the clerk whose key signs for them."""
    if not args.clerk:
        raise WrongUse("a presence needs --clerk: that clerk's key signs")
    return city.served(read_file(Path(args.presence)), Staff.read(Path(args.clerk)))


async def acting_person(city: CitySession, args: argparse.Namespace) -> Person:
    """Return who applies: a persona, a person at the window, or whose card lies in the reader."""
    if [bool(args.resident), bool(args.presence), args.reader].count(True) != 1:
        raise WrongUse("who applies?", hint="one of --resident ID, --presence FILE with --clerk FILE, --reader")
    if args.presence:
        return served(city, args)
    return await (city.at_reader() if args.reader else city.signed_in(args.resident))
