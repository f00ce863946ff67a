"""`mianzheng ledger`: show entries, verify the tree, reconcile hub, gateways and auditor."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

import aiohttp
import msgspec
from rich.console import Console
from rich.table import Table

from mianzheng.cases.reconciling import reconcile
from mianzheng.cli import ledger_checks
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.keys import AUDITOR
from mianzheng.cli.ledger_checks import (
    Verified,
    check_kept,
    draw_masked,
    draw_proof,
    masked_entries,
    prove_case,
    public_leaves,
    verify_ledger,
)
from mianzheng.cli.mine import MineLine, compare_mine, draw_mine, lines_about
from mianzheng.cli.names import names_of
from mianzheng.cli.ports import ports_of
from mianzheng.cli.typed_number import typed_number
from mianzheng.cli.words import PROOFS
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.config import read_config as read_gateway_config
from mianzheng.gateway.gateway import open_gateway
from mianzheng.gateway.log_check import check_ledger, check_own_log
from mianzheng.ledger.reconcile import Finding
from mianzheng.settings import read_settings
from mianzheng.web.config import read_config
from mianzheng.web.parts import close_hub, make_hub


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger` and its commands."""
    ledger = subparsers.add_parser("ledger", help="show, verify, reconcile the access ledger 留痕")
    commands = ledger.add_subparsers(metavar="COMMAND", required=True)
    show = commands.add_parser("show", help="every entry of a case, with its proof")
    show.add_argument("case")
    show.add_argument("--as", dest="seen_as", choices=("resident", "agent", "clerk"), default="", help="as whom")
    show.set_defaults(func=_show)
    mine = commands.add_parser("mine", help="what each gateway lists about a persona, joined with the hub's tree")
    mine.add_argument("--resident", type=typed_number, required=True, metavar="ID", help="citizen number of a persona")
    mine.set_defaults(func=_mine)
    verify = commands.add_parser("verify", help="recompute the tree, check head, co-signatures and proofs")
    verify.add_argument("--case", help="check the proofs of this case too")
    verify.set_defaults(func=_verify)
    compare = commands.add_parser("reconcile", help="name every difference between hub, gateways and auditor")
    compare.add_argument("--at", choices=("hub", "gateways", "auditor", "all"), default="all", help="whose side")
    compare.add_argument(
        "--resident", type=typed_number, metavar="ID", help="compare a persona's own lists with the hub's, too"
    )
    compare.set_defaults(func=_reconcile)
    checking = commands.add_parser("check", help="check a kept receipt or proof offline, by the trust list alone")
    checking.add_argument("file", type=Path, metavar="FILE", help="as `/my/ledger` or `/ledger/{entry}` gives it")
    checking.add_argument(
        "--trust", type=Path, required=True, metavar="LIST", help="trust list, as the city publishes it"
    )
    checking.add_argument("--roots", type=Path, required=True, metavar="ROOTS", help="public keys of its three roots")
    checking.add_argument("--json", action="store_true", help="one JSON document on standard output")
    checking.set_defaults(func=_check)
    for command in (show, mine, verify, compare):
        command.add_argument("--json", action="store_true", help="one JSON document on standard output")
        add_data_argument(command)


def _data(args: argparse.Namespace) -> Path:
    return require_data(args.data, read_settings())


def _show(args: argparse.Namespace) -> int:
    async def run() -> int:
        async with open_city(_data(args)) as city:
            entries = await prove_case(city, args.case, args.seen_as)
            hidden = await masked_entries(city, args.case, args.seen_as)
        if args.json:
            print_json({"entries": entries, "masked": hidden})
        else:
            draw_proof(entries, Console(), names=names_of(city.data))
            draw_masked(hidden, Console(), names=names_of(city.data))
        return 0

    return asyncio.run(run())


def _check(args: argparse.Namespace) -> int:
    found = check_kept(args.file, TrustStore.load(args.trust, args.roots), at=int(time.time()))
    if args.json:
        print_json(found)
    else:
        print(f"{PROOFS[found.status]}: leaf {found.leaf}", "" if found.index is None else f"at {found.index}")
    return 0


def _mine(args: argparse.Namespace) -> int:
    async def run() -> list[MineLine]:
        async with open_city(_data(args)) as city:
            return await lines_about(city, args.resident)

    lines = asyncio.run(run())
    if args.json:
        print_json({"lines": lines})
    else:
        draw_mine(lines, Console(), names=names_of(_data(args)))
    return 0


def _verify(args: argparse.Namespace) -> int:
    async def run() -> Verified:
        async with open_city(_data(args)) as city:
            return await verify_ledger(city, args.case)

    verified = asyncio.run(run())
    if args.json:
        print_json(verified)
    else:
        words = "witnessed" if verified.witnessed else "signed, not yet witnessed"
        print(f"{verified.leaves} leaves, root {verified.root or '(empty)'}, {words} by {verified.witnesses}")
        _draw(verified.findings)
    return 1 if any(finding.serious for finding in verified.findings) else 0


def _reconcile(args: argparse.Namespace) -> int:
    data = _data(args)

    async def run() -> list[Finding]:
        findings: list[Finding] = []
        if args.at in ("hub", "all"):
            findings += await _at_hub(data)
        async with open_city(data) as city:
            if args.at in ("gateways", "all"):
                findings += _at_gateways(data, await public_leaves(city))
            if args.at in ("auditor", "all"):
                findings += await _at_auditor(city)
            if args.resident:
                findings += await compare_mine(city, args.resident)
        return findings

    findings = asyncio.run(run())
    if args.json:
        print_json({"findings": findings})
    else:
        _draw(tuple(findings))
    return 1 if any(finding.serious for finding in findings) else 0


async def _at_hub(data: Path) -> list[Finding]:
    hub = make_hub(read_config(data / "hub"))
    try:
        return await reconcile(hub)
    finally:
        await close_hub(hub)


def _at_gateways(data: Path, leaves: list[bytes]) -> list[Finding]:
    findings: list[Finding] = []
    settled = int(time.time()) - ledger_checks.SETTLE_SECONDS
    for folder in sorted(path.parent for path in (data / "gateways").glob("*/gateway.json")):
        gateway = open_gateway(read_gateway_config(folder))
        try:
            findings += check_own_log(gateway)
            findings += check_ledger(gateway, leaves, settled=settled)
        finally:
            gateway.close()
    return findings


async def _at_auditor(city: CitySession) -> list[Finding]:
    url = f"http://127.0.0.1:{ports_of(city.data)[AUDITOR]}/findings"
    try:
        async with city.http.get(url) as answer:
            return msgspec.json.decode(await answer.read(), type=list[Finding])
    except aiohttp.ClientError:
        return [Finding(code="silent", party=AUDITOR, detail="the auditor does not answer", serious=False)]


def _draw(findings: tuple[Finding, ...]) -> None:
    if not findings:
        print("no difference found")
        return
    table = Table("code", "party", "finding", "leaf")
    for finding in findings:
        table.add_row(finding.code, finding.party, finding.detail, finding.leaf[:16])
    Console().print(table)
