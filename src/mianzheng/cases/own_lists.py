"""谁问过我, joined: what the hub shows a person, against what each gateway lists about them by itself.

1. The hub takes a nonce of each gateway; the person signs a wish that names them (`to_sign`).
2. The authority answers the signed wish with a word for each gateway, in which the number is sealed to that gateway.
3. Each gateway is shown its word and returns its own list; nothing of it is written in the hub's tables but, for half
   an hour, closed by a token that only the person's page has.

A body's cases stand in the hub's list of whoever does them, and at the gateways under the body: `body_lists` joins
those. The hub sees the lists in passing. Who does not want that reads them with a program of their own (`ledger mine`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from mianzheng.cases import to_sign
from mianzheng.cases.asked_about import rows_about
from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import Applicant
from mianzheng.cases.to_sign import ToSign, new_salt
from mianzheng.credentials import jws
from mianzheng.credentials.suites import BadSeal
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.ledger.reconcile import Finding, Row, check_mine
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import NotFound, Unavailable, WrongUse
from mianzheng.model.identity import Assertion, Nonce
from mianzheng.model.own_lists import ListsRequest, ListsWish, ListWords
from mianzheng.model.witnessing import MineEntry
from mianzheng.store import to_sign as stored

OF_NO_CASE = ("presence-", "mandate-")  # what was tried at a window in the person's name, or granted in it
KEPT = timedelta(minutes=30)
MOST_COMPARED = 5000  # entries; of somebody with more, what is older than these is left out on both sides


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a comparison. `known`: leaves of the hub's entries that their gateway lists too.

    `others`: lines of gateways that the hub shows nothing of; `silent`: departments whose list did not come; `bodies`:
    cases that the person does for a body, whose lines stand at the gateways under that body.
    """

    pairwise: str
    at: int
    gateways: tuple[str, ...]  # departments whose list came
    silent: tuple[str, ...]
    known: tuple[str, ...]
    others: tuple[MineEntry, ...]
    findings: tuple[Finding, ...]
    bodies: tuple[str, ...] = ()


async def begin(hub: Hub, applicant: Applicant) -> ToSign:
    """Return the wish to sign, with a nonce of every gateway that gives one; `Unavailable` when none does."""
    nonces = await take_nonces(hub)
    wish = ListsWish(hub=hub.party, pairwise=applicant.pairwise, nonces=nonces, iat=hub.seconds, salt=new_salt())
    return to_sign.wish_of(applicant.pairwise, canonical(wish))


async def fetch(hub: Hub, applicant: Applicant, found: ToSign, assertion: Assertion) -> str:
    """Fetch every list by the signed wish, compare them, and return the token under which the outcome is kept."""
    lists, silent = await read_lists(hub, await words_of(hub, applicant, found, assertion))
    shown = await rows_about(hub, applicant.pairwise, MOST_COMPARED)
    bodies = await body_cases(hub, shown)
    compared = _compared(hub, applicant, lists, silent, shown, bodies)
    return await keep(hub, msgspec.json.encode(compared), context="own-lists")


async def find(hub: Hub, token: str, pairwise: str) -> Compared | None:
    """Return a comparison that was made for this person within the half hour, None for any other token."""
    opened = await opened_by(hub, token, context="own-lists")
    found = None if opened is None else msgspec.json.decode(opened, type=Compared)
    return found if found is not None and secrets.compare_digest(found.pairwise, pairwise) else None


async def keep(hub: Hub, content: bytes, *, context: str) -> str:
    """Keep the outcome of a comparison for half an hour, closed by the token that is returned."""
    token = secrets.token_urlsafe(24)
    closed = to_sign.closing_key(token).encrypt(content, context=context)
    async with hub.store.connection() as connection:
        await stored.add(connection, to_sign.row_name(token), closed, hub.clock() + KEPT)
    return token


async def opened_by(hub: Hub, token: str, *, context: str) -> bytes | None:
    """Return what a token closes, None for an unknown one, too late, or one of another kind of comparison."""
    async with hub.store.connection() as connection:
        content = await stored.find(connection, to_sign.row_name(token), hub.clock())
    if content is None:
        return None
    try:
        return to_sign.closing_key(token).decrypt(content, context=context)
    except BadSeal:
        return None


async def take_nonces(hub: Hub) -> dict[str, str]:
    """Return a nonce of every gateway that gives one; `Unavailable` when none does."""
    parties = [party.party for party in hub.trust.with_role("gateway")]
    letters = [Letter(party=party, path="/nonces", body=b"", content_type="application/json") for party in parties]
    replies = await hub.peers.post_all(letters)
    nonces = {party: nonce for party, reply in zip(parties, replies, strict=True) if (nonce := _nonce(party, reply))}
    if not nonces:
        raise Unavailable("no department answers at the moment", hint="try again in a moment")
    return nonces


async def read_lists(hub: Hub, words: Mapping[str, str]) -> tuple[dict[str, tuple[MineEntry, ...]], set[str]]:
    """Return the lists that gateways give for an authority's words, and the parties whose list did not come."""
    replies = await asyncio.gather(*(_list(hub, party, word) for party, word in sorted(words.items())))
    lists = {party: lines for party, lines in zip(sorted(words), replies, strict=True) if lines is not None}
    return lists, {party.party for party in hub.trust.with_role("gateway")} - lists.keys()


async def body_cases(hub: Hub, rows: Sequence[Row]) -> frozenset[str]:
    """Return the cases among rows that are a body's: of an item for which a body applies."""
    cases = {row.entry.case: row.entry.item for row in rows if row.entry is not None}
    kinds: dict[str, bool] = {}
    for name in set(cases.values()) - {""}:
        try:
            item = (await hub.library.current(name, hub.today)).item
        except NotFound:  # the item is no longer offered
            continue
        kinds[name] = item.of_bodies
    return frozenset(case for case, item in cases.items() if kinds.get(item))


def _compared(
    hub: Hub,
    applicant: Applicant,
    lists: Mapping[str, Sequence[MineEntry]],
    silent: set[str],
    shown: Sequence[Row],
    bodies: frozenset[str],
) -> Compared:
    findings: list[Finding] = []
    known: list[str] = []
    others: list[MineEntry] = []
    by_leaf = {b64(row.leaf) for row in shown}
    cases = {row.entry.case for row in shown if row.entry is not None}
    oldest = shown[-1].entry.at if len(shown) >= MOST_COMPARED and shown[-1].entry is not None else 0
    for party, lines in lists.items():
        department = hub.department(party)
        ours = [one for one in of_department(shown, department) if one.entry and one.entry.case not in bodies]
        lines = [
            line for line in lines if line.at >= oldest or not line.at
        ]  # none is said of a protected person's case
        findings += check_mine(lines, ours, gateway=department)
        known += [line.entry for line in lines if line.entry in by_leaf]
        others += [
            msgspec.structs.replace(line, department=department) for line in lines if _is_other(line, by_leaf, cases)
        ]
    return Compared(
        pairwise=applicant.pairwise,
        at=hub.seconds,
        gateways=tuple(hub.department(party) for party in lists),
        silent=tuple(sorted(hub.department(party) for party in silent)),
        known=tuple(dict.fromkeys(known)),
        others=tuple(sorted(others, key=lambda line: (-line.at, line.department, line.seq))),
        findings=tuple(findings),
        bodies=tuple(sorted(bodies)),
    )


def of_department(rows: Sequence[Row], department: str) -> list[Row]:
    """Return the rows about what one department was asked."""
    return [row for row in rows if row.entry is not None and row.entry.department == department]


def _is_other(line: MineEntry, leaves: set[str], cases: set[str]) -> bool:
    """Tell whether a gateway's line is one of which the hub shows nothing: not that the authority named the person."""
    if line.entry in leaves or (line.kind == "bundle" and line.case in cases):
        return False
    return bool(line.case) or line.kind.startswith(OF_NO_CASE)


async def words_of(hub: Hub, applicant: Applicant, found: ToSign, assertion: Assertion) -> dict[str, str]:
    """Return the authority's word for each gateway that a signed wish names."""
    request = ListsRequest(aud=applicant.authority, iat=hub.seconds, wish=found.words, assertion=assertion)
    token = jws.sign(request, key=hub.key, typ="mz-lists-request")
    words = await asked_words(hub, applicant.authority, "/lists", token)
    wish = msgspec.json.decode(unb64(found.words), type=ListsWish)
    return {party: word for party, word in words.items() if party in wish.nonces}


async def asked_words(hub: Hub, authority: str, path: str, token: str) -> dict[str, str]:
    """Return what an authority answers to a signed request for words."""
    reply = await hub.peers.post(Letter(party=authority, path=path, body=token.encode("ascii")))
    if isinstance(reply, Refusal):
        raise WrongUse(reply.detail, hint="begin again: a list is asked for by a fresh signature", code=reply.code)
    if not isinstance(reply, Got):
        raise Unavailable("the authority does not answer", hint="try again in a moment")
    try:
        return msgspec.json.decode(reply.unverified, type=ListWords).words
    except msgspec.MsgspecError:
        raise Unavailable("the authority's answer cannot be read", hint="report it") from None


async def _list(hub: Hub, party: str, word: str) -> tuple[MineEntry, ...] | None:
    reply = await hub.peers.get(party, "/mine", {"authorization": f"SignIn {word}"})
    if not isinstance(reply, Got):
        return None
    try:
        return msgspec.json.decode(reply.unverified, type=tuple[MineEntry, ...])
    except msgspec.MsgspecError:
        return None


def _nonce(party: str, reply: object) -> str:
    """Return a gateway's nonce; "" of one that gave none, or that of another: nobody is signed in with that."""
    if not isinstance(reply, Got):
        return ""
    try:
        nonce = msgspec.json.decode(reply.unverified, type=Nonce)
    except msgspec.MsgspecError:
        return ""
    return nonce.nonce if nonce.audience == party else ""
