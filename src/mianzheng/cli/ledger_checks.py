"""What anybody can check of the access ledger from outside, and a person of their own entries."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.keys import HUB
from mianzheng.cli.names import Names
from mianzheng.cli.ports import ports_of
from mianzheng.cli.words import ENTRIES, PROOFS, PURPOSES
from mianzheng.cli.wrapping import MOST, WIDE
from mianzheng.client.hub_client import HubClient, HubDown, HubRefused
from mianzheng.client.person import Person
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import INTL
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.ledger.entry import BadEntry, Entry
from mianzheng.ledger.heads import WITNESS_ROLES, Head, is_witnessed, read_head
from mianzheng.ledger.proofs import EMPTY_ROOT
from mianzheng.ledger.proven import EntryProof, LeafProof, Proven, ProvenLeaf, verify_leaf, verify_proof
from mianzheng.ledger.reconcile import Finding, check_heads
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.witnessing import LeavesPage, LedgerHead

PAGE = 10_000
SETTLE_SECONDS = 60  # an entry may be pending for so long
_EMPTY = Head(ledger=HUB, suite=INTL.name, size=0, root=b64(EMPTY_ROOT), at=0)


class LastSigned(msgspec.Struct, frozen=True, kw_only=True):
    """A witness's answer to `GET /witness`: size and root (b64) of the last head it signed."""

    size: int
    root: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What `ledger verify` found: the size and root of the newest head, and every fault."""

    size: int
    root: str
    witnessed: bool
    witnesses: int
    leaves: int
    entries: int  # a case's entries whose proofs were checked
    findings: tuple[Finding, ...]


def witnesses_of(trust: TrustStore) -> tuple[str, ...]:
    """Return the parties whose co-signatures count."""
    return tuple(dict.fromkeys(party.party for role in WITNESS_ROLES for party in trust.with_role(role)))


async def verify_ledger(city: CitySession, case: str | None) -> Verified:
    """Recompute the tree from its leaves, check the newest head, its co-signatures and a case's proofs.

    The witnesses are asked themselves what they signed last, before the hub is: what it shows must
    give each of their heads, or it shows another tree here than there.
    """
    hub, now = city.hub(), int(time.time())
    heads, findings = await _witnessed_heads(city)
    offered = await hub.get("/ledger/head", LedgerHead)
    head = read_head(offered.head, trust=city.trust, role="hub", at=now) if offered.head else _EMPTY
    leaves = await public_leaves(city, head.size)
    findings += check_heads({HUB: head, **heads}, leaves, party=HUB)
    witnessed = await hub.get("/ledger/head?witnessed=true", LedgerHead)
    proofs = await _proofs_of(city, case) if case else []
    findings += [fault for proof in proofs if (fault := _fault(proof, city.trust))]
    return Verified(
        size=head.size,
        root=head.root,
        witnessed=bool(witnessed.head) and _is_witnessed(witnessed, city.trust, now),
        witnesses=len(witnessed.cosignatures),
        leaves=len(leaves),
        entries=len(proofs),
        findings=tuple(findings),
    )


def check_kept(path: Path, trust: TrustStore, *, at: int) -> ProvenLeaf:
    """Return what a kept file proves, without asking anybody: a receipt with its content, or a leaf's proof alone.

    `BadEntry`, `BadToken` or `Untrusted` when a part does not hold; `WrongUse` for a file that is neither.
    """
    try:
        data = path.read_bytes()
        proof = msgspec.json.decode(data, type=LeafProof)
        whole = msgspec.json.decode(data, type=EntryProof) if b'"salt"' in data else None
    except (OSError, msgspec.DecodeError) as error:
        raise WrongUse(
            f"{path} is no proof: {error}", hint="keep it as /my/ledger or /ledger/{entry} gives it"
        ) from None
    if whole is not None:
        verify_proof(whole, trust=trust, witnesses=witnesses_of(trust), at=at)
    return verify_leaf(proof, trust=trust, witnesses=witnesses_of(trust), at=at)


async def prove_case(city: CitySession, case: str, view: str = "", *, reader: Person | None = None) -> list[Proven]:
    """Return the verified entries of a case that a reader may see whole, oldest first; the owner unless told."""
    now = int(time.time())
    witnesses = witnesses_of(city.trust)
    proofs = await _proofs_of(city, case, view, reader)
    return [verify_proof(proof, trust=city.trust, witnesses=witnesses, at=now) for proof in proofs]


def draw_proof(entries: list[Proven], console: Console, *, names: Names, steps: bool = True) -> None:
    """Print one line for each entry, with how well it is proven; without `steps` only what concerns departments."""
    table = Table(box=box.SIMPLE_HEAD, width=min(console.width, MOST))
    table.add_column("时间", no_wrap=True)
    table.add_column("叶", justify="right", no_wrap=True)
    table.add_column("何事", no_wrap=True)
    table.add_column("部门", no_wrap=True)
    table.add_column("内容", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("证明", no_wrap=True)
    for proven in entries:
        entry = proven.entry
        if entry.kind == "state" and not steps:
            continue
        at = time.strftime("%H:%M:%S", time.localtime(entry.at))
        leaf = "" if proven.index is None else str(proven.index)
        what, proof = (_fit(words, console) for words in (ENTRIES[entry.kind], PROOFS[proven.status]))
        table.add_row(at, leaf, what, names.department(entry.department), escape(_content(proven)), proof)
    console.print(table, highlight=False)
    heads = [proven.head for proven in entries if proven.head]
    if heads:
        newest: Head = max(heads, key=lambda head: head.size)
        console.print(
            f"树 tree: {newest.size} 叶 leaves, 根 root {newest.root}\n"
            "每条证明都在本机重算 each proof is recomputed here",
            highlight=False,
        )


def _fit(words: str, console: Console) -> str:
    """Return both languages, or the Chinese alone where there is no room."""
    return words if console.width >= WIDE else words.partition(" ")[0]


def _content(proven: Proven) -> str:
    lines, entry = proven.entry.lines, proven.entry
    if not lines:
        purpose, _, party = entry.purpose.partition(" of ")
        return " ".join((PURPOSES.get(purpose, ""), purpose, party)).strip()
    more = f"{len(lines)} 项：" if len(lines) > 1 else ""
    return more + " ".join(line.sentence.zh for line in lines)


async def _proofs_of(city: CitySession, case: str, view: str = "", reader: Person | None = None) -> list[EntryProof]:
    person = reader or await city.owner_of(case)
    return await person.hub.get(f"/ledger/cases/{case}{f'?view={view}' if view else ''}", list[EntryProof])


async def masked_entries(city: CitySession, case: str, view: str = "") -> list[Entry]:
    """Return the entries of a case of which a reader sees department and kind only."""
    person = await city.owner_of(case)
    return await person.hub.get(f"/ledger/cases/{case}/masked{f'?view={view}' if view else ''}", list[Entry])


def draw_masked(entries: list[Entry], console: Console, *, names: Names) -> None:
    """Print the entries of which only department and kind are shown."""
    for entry in entries:
        at = time.strftime("%H:%M:%S", time.localtime(entry.at))
        console.print(f"{at} {ENTRIES[entry.kind]} {names.department(entry.department)} （内容遮盖 masked）")


async def public_leaves(city: CitySession, size: int | None = None) -> list[bytes]:
    """Return the first `size` leaves that the hub shows anyone; all of its newest head when None."""
    if size is None:
        offered = await city.hub().get("/ledger/head", LedgerHead)
        now = int(time.time())
        size = read_head(offered.head, trust=city.trust, role="hub", at=now).size if offered.head else 0
    found: list[bytes] = []
    while len(found) < size:
        page = await city.hub().get(f"/ledger/leaves?start={len(found)}&end={size}", LeavesPage)
        if not page.leaves:
            break
        found += [unb64(leaf) for leaf in page.leaves]
    return found


async def _witnessed_heads(city: CitySession) -> tuple[dict[str, Head], list[Finding]]:
    """Return the last head that each witness says it signed; one that does not answer is named."""
    heads: dict[str, Head] = {}
    silent: list[Finding] = []
    ports = ports_of(city.data)
    for party in witnesses_of(city.trust):
        try:
            last = await HubClient(f"http://127.0.0.1:{ports[party]}", city.http).get(
                f"/witness?ledger={HUB}", LastSigned
            )
        except (HubDown, HubRefused) as error:
            silent.append(Finding(code="silent", party=party, detail=error.message, serious=False))
            continue
        if last.size:
            heads[party] = Head(ledger=HUB, suite=INTL.name, size=last.size, root=last.root, at=0)
    return heads, silent


def _fault(proof: EntryProof, trust: TrustStore) -> Finding | None:
    now = int(time.time())
    try:
        proven = verify_proof(proof, trust=trust, witnesses=witnesses_of(trust), at=now)
    except (BadEntry, BadToken, Untrusted) as error:
        problem: MianzhengError = error
        return Finding(code=problem.code, party=HUB, detail=problem.message, index=proof.index, leaf=proof.leaf)
    if proven.status == "pending" and now - proven.entry.at > SETTLE_SECONDS:
        detail = f"an entry of {now - proven.entry.at} s ago has no place in the tree"
        return Finding(code="pending-too-long", party=HUB, detail=detail, leaf=proof.leaf)
    return None


def _is_witnessed(offered: LedgerHead, trust: TrustStore, now: int) -> bool:
    head = read_head(offered.head, trust=trust, role="hub", at=now)
    return is_witnessed(head, offered.cosignatures, witnesses=witnesses_of(trust), trust=trust, at=now)
