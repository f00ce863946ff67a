"""`mianzheng credential`: verify one as strictly as the counter that is shown it; revoke one, as an officer."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from pathlib import Path

import aiohttp
import msgspec
from rich.console import Console
from rich.table import Table

from mianzheng.cli.credential_check import Checked, check_credential, read_credential_file, signed_claims
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.keys import gateway_party
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import recorded
from mianzheng.client.hub_client import HubClient
from mianzheng.client.staff import read_staff
from mianzheng.credentials import jws
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.revocation import REVOKE, revoke_at
from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64, digest
from mianzheng.model.deciding import Revoked
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.publishing import Certified
from mianzheng.settings import read_settings


class NotIssuedHere(MianzhengError):
    """An officer revokes what their own department issued, and nothing else."""

    code = "not-decided-here"


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """What `credential revoke --json` prints; `case` is "" when only the credential was named."""

    department: str
    case: str
    status_index: int


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `credential verify` and `credential revoke`."""
    credential = subparsers.add_parser("credential", help="verify or revoke a credential 证照")
    commands = credential.add_subparsers(metavar="COMMAND", required=True)
    verify = commands.add_parser("verify", help="signature, times, and the issuer's status list")
    verify.add_argument("file", metavar="FILE", help="an SD-JWT VC, or what `case run --json` printed")
    verify.set_defaults(func=_verify)
    revoke = commands.add_parser("revoke", help="withdraw a credential, as an officer of its department")
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", metavar="FILE", help="the credential, or what `case run --json` printed")
    which.add_argument("--case", help="the case it was issued for")
    revoke.add_argument("--officer", required=True, metavar="KEYFILE", help="officer's key, certificate beside it")
    revoke.set_defaults(func=_revoke)
    for command in (verify, revoke):
        command.add_argument("--json", action="store_true", help="one JSON document on standard output")
        add_data_argument(command)


def _verify(args: argparse.Namespace) -> int:
    token = read_credential_file(Path(args.file)).token
    trust = _trust(require_data(args.data, read_settings()))

    async def run() -> Checked:
        async with aiohttp.ClientSession() as http:
            return await check_credential(token, trust=trust, now=int(time.time()), http=http)

    checked = asyncio.run(run())
    if args.json:
        print_json(checked)
    else:
        _draw(checked)
    return 0 if checked.valid else 1


def _revoke(args: argparse.Namespace) -> int:
    data = require_data(args.data, read_settings())
    officer, stated = read_staff(Path(args.officer))
    department, case, token = stated.department, args.case or "", ""
    if args.file:
        found = read_credential_file(Path(args.file))
        case, token = found.case, found.token
    step = _step(case, token, department, _trust(data))
    order = Certified(token=jws.sign(step, key=officer.key, typ="mz-step"), certificate=officer.certificate)
    revoked = asyncio.run(_hand_in(order, _gateway_url(data, department)))
    if args.json:
        print_json(Revocation(department=department, case=case, status_index=revoked.status_index))
    else:
        print(f"已撤销 revoked: {department}, status index {revoked.status_index}")
    return 0


def _step(case: str, token: str, department: str, trust: TrustStore) -> Step:
    """Return the officer's order: the case it was issued for, or else the credential's place in the status list."""
    name = REVOKE
    if not case:
        claims = signed_claims(token, trust=trust, now=int(time.time()))
        issuer = trust.party(claims.iss).department
        if issuer != department or claims.status is None:
            raise NotIssuedHere(
                f"the credential was issued by {issuer}, the officer is of {department}",
                hint="an officer of the department that issued it revokes it",
            )
        name = revoke_at(claims.status.status_list.uri, claims.status.status_list.idx)
    shown = digest(token.encode("ascii")) if token else ""
    return Step(case=case, step=name, shown=shown, salt=b64(secrets.token_bytes(16)), iat=int(time.time()))


async def _hand_in(order: Certified, url: str) -> Revoked:
    async with aiohttp.ClientSession() as http:
        return await HubClient(url, http).post("/revocations", order, Revoked)


def _gateway_url(data: Path, department: str) -> str:
    party = gateway_party(department)
    if party not in ports_of(data):
        raise WrongUse(f"the city in {data} has no gateway of {department}")
    port = next((process.port for process in recorded(data) if process.name == party), ports_of(data)[party])
    return f"http://127.0.0.1:{port}"


def _trust(data: Path) -> TrustStore:
    if not (data / "keys" / "public").is_dir():
        raise WrongUse(f"{data} holds no trust list", hint="name the folder of a city with --data")
    return TrustStore.load(data / "keys" / "public" / "trust.json", data / "keys" / "public" / "roots.json")


def _draw(checked: Checked) -> None:
    console = Console()
    words = "[green]有效 valid[/]" if checked.valid else f"[red]无效 not valid[/] · {checked.code}: {checked.message}"
    console.print(words, highlight=False)
    if not checked.issuer:
        return
    table = Table.grid(padding=(0, 2))
    until = checked.expires_at.date().isoformat() if checked.expires_at else "长期 without end"
    issued = checked.issued_at.date().isoformat() if checked.issued_at else ""
    for name, text in (
        ("签发 issued by", f"{checked.issuer} ({checked.department})"),
        ("有效期 from, until", f"{issued} – {until}"),
        ("状态 status", checked.status),
        *checked.claims.items(),
    ):
        shown = f"{text['zh']} {text['en']}" if isinstance(text, dict) and {"zh", "en"} <= text.keys() else str(text)
        table.add_row(f"[dim]{name}[/]", shown)
    console.print(table)
