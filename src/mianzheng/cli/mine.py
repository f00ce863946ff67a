"""A person's own list at each gateway (`GET /mine`), against what the hub shows them."""

from __future__ import annotations

import aiohttp
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.ledger_checks import public_leaves
from mianzheng.cli.names import Names
from mianzheng.cli.ports import ports_of
from mianzheng.client.hub_client import HubClient
from mianzheng.client.numbers import authority_of
from mianzheng.client.person import Person
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proven import EntryProof
from mianzheng.ledger.reconcile import Finding, Row, check_mine
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.identity import SealedSignIn, SignInResponse
from mianzheng.model.witnessing import MineEntry

OF_NO_CASE = ("presence-", "mandate-")  # what was tried at a window in the person's name, or granted in it


class MineLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a person's list at one gateway; `in_tree`: the hub's public leaves hold the asked entry it names."""

    gateway: str
    line: MineEntry
    in_tree: bool


async def lines_about(city: CitySession, number: str) -> list[MineLine]:
    """Return what every gateway lists about a person, by case and time, joined with the hub's tree.

    The person signs in at each gateway; the hub is asked for its public leaves alone, so that it learns
    neither who reads nor in whose case they stand.
    """
    person = city.known(number)
    leaves = {b64(leaf) for leaf in await public_leaves(city)}
    found: list[MineLine] = []
    for party in city.trust.with_role("gateway"):
        try:
            mine = await _mine(city, person, party.party)
        except aiohttp.ClientError:
            continue
        told = [line for line in mine if line.case or line.kind.startswith(OF_NO_CASE)]
        found += [MineLine(gateway=party.party, line=line, in_tree=line.entry in leaves) for line in told]
    return sorted(found, key=lambda one: (one.line.case, one.line.at, one.gateway, one.line.seq))


def draw_mine(lines: list[MineLine], console: Console, *, names: Names) -> None:
    """Print one line for each question, under the case it was asked in."""
    table = Table("办件", "部门", "角色", "何事", "提问", "在树中", box=box.SIMPLE_HEAD)
    for one in lines:
        line, sentence = one.line, one.line.sentence
        hidden = "（受保护 protected）" if line.view == "protected" else "（遮盖 masked）"
        asked = sentence.zh if sentence else line.question or hidden
        table.add_row(
            line.case[:10], names.department(one.gateway), line.role, line.kind, asked, "✓" if one.in_tree else "—"
        )
    console.print(table)


async def compare_mine(city: CitySession, number: str) -> list[Finding]:
    """Return every difference between the gateways' lists of a person and the hub's."""
    person = await city.signed_in(number)
    shown = [_row(proof) for proof in await person.hub.get("/my/ledger", list[EntryProof])]
    findings: list[Finding] = []
    for party in city.trust.with_role("gateway"):
        ours = [row for row in shown if row.entry is not None and row.entry.department == party.department]
        try:
            mine = await _mine(city, person, party.party)
        except aiohttp.ClientError:
            findings.append(
                Finding(code="silent", party=party.party, detail="the gateway does not answer", serious=False)
            )
            continue
        findings += check_mine(mine, ours, gateway=party.party)
    return findings


async def _mine(city: CitySession, person: Person, gateway: str) -> list[MineEntry]:
    ports = ports_of(city.data)
    client = HubClient(f"http://127.0.0.1:{ports[gateway]}", city.http)
    authority = authority_of(person.number, city.trust)
    at_authority = HubClient(f"http://127.0.0.1:{ports[authority]}", city.http)
    sealed = await person.sealed_sign_in(client, gateway)
    token = (await at_authority.post("/sign-ins", SealedSignIn(sealed=sealed), SignInResponse)).sign_in
    headers = {"authorization": f"SignIn {token}"}
    async with city.http.get(f"{client.url}/mine", headers=headers) as answer:
        answer.raise_for_status()
        return msgspec.json.decode(await answer.read(), type=list[MineEntry])


def _row(proof: EntryProof) -> Row:
    content = unb64(proof.content)
    return Row(
        leaf=unb64(proof.leaf),
        index=proof.index,
        salt=unb64(proof.salt),
        content=content,
        entry=msgspec.json.decode(content, type=Entry),
    )
