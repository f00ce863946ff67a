"""A person's own list at each gateway (`GET /mine`), against what the hub shows them."""

from __future__ import annotations

import aiohttp
import msgspec

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.hub_client import HubClient
from mianzheng.cli.installation import ports_of
from mianzheng.cli.person import Person, authority_of
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proven import EntryProof
from mianzheng.ledger.reconcile import Finding, Row, check_mine
from mianzheng.model.canonical import unb64
from mianzheng.model.identity import SealedSignIn, SignInResponse
from mianzheng.model.witnessing import MineEntry


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
