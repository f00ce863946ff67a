"""`mianzheng gateway payments`: what a department pays out, for its own system to take over; nothing of it is sent."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from mianzheng.cli.documents import print_json
from mianzheng.gateway.deliveries import PaymentOrder
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.payments import taken_over, waiting_payments
from mianzheng.model.errors import WrongUse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes beside its department."""
    parser.add_argument("--shown", action="append", default=[], metavar="CASE", help="the register shows this one now")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def show_payments(gateway: Gateway, args: argparse.Namespace) -> int:
    """Note what the register shows now, and print the orders that it does not show yet."""
    for case in args.shown:
        if not taken_over(gateway, case):
            raise WrongUse(f"no payment of case {case} waits here", hint="`gateway payments` lists those that wait")
    waiting = waiting_payments(gateway)
    if args.json:
        print_json(waiting)
    else:
        Console().print(_table(waiting))
    print(f"{len(args.shown)} taken over, {len(waiting)} wait", file=sys.stderr)
    return 0


def _table(orders: tuple[PaymentOrder, ...]) -> Table:
    table = Table("case", "item", "number", "name", "amount", "every", "account")
    for one in orders:
        needs = " ".join(str(value) for value in one.needs.values())
        table.add_row(one.case, one.item, one.number, one.name, one.amount or "", one.every, needs)
    return table
