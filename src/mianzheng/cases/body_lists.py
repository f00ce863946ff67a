"""谁问过 of a body: what the gateways list about it, against what the hub shows whoever acted for it here.

The hub knows no body, only its code sealed to the authority for bodies. So its representative signs, as a person, a
wish whose nonce for that authority is the digest of a second wish, the body's; the authority opens the code, looks into
the register, and gives a word for each gateway in which the body's number is sealed. An agent gets none: they read the
lines of the cases that they did.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from mianzheng.cases import own_lists, to_sign
from mianzheng.cases.acts_on import ActsOn
from mianzheng.cases.asked_about import rows_about
from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import Applicant
from mianzheng.cases.own_lists import MOST_COMPARED
from mianzheng.cases.to_sign import ToSign, new_salt
from mianzheng.credentials import jws
from mianzheng.ledger.reconcile import Finding, Row, check_mine
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Assertion
from mianzheng.model.own_lists import BodyListsRequest, BodyWish, ListsWish
from mianzheng.model.witnessing import MineEntry

CONTEXT = "body-lists"


class BodyLines(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateways list about a body. `known`: leaves that this hub shows the same person; `own`: cases they did.

    `display`: its masked name; `findings` are about the person's own cases: whoever did another's, the hub tells them.
    """

    pairwise: str
    display: str
    at: int
    gateways: tuple[str, ...]
    silent: tuple[str, ...]
    lines: tuple[MineEntry, ...]  # newest first
    known: frozenset[str]
    own: frozenset[str]
    findings: tuple[Finding, ...]


async def begin(hub: Hub, applicant: Applicant, acts: ActsOn) -> ToSign:
    """Return the wish to sign; `WrongUse` for anybody but who speaks for the body."""
    if not acts.body:
        raise WrongUse(
            "only its legal representative reads a body's own lists", hint="an agent reads those of their cases"
        )
    authority = hub.trust.with_role("authority:enterprise")[0].party
    nonces = await own_lists.take_nonces(hub)
    body = canonical(BodyWish(hub=hub.party, body=acts.body, nonces=nonces, iat=hub.seconds, salt=new_salt()))
    bound = {authority: b64(hashlib.sha256(body).digest())}
    wish = ListsWish(hub=hub.party, pairwise=applicant.pairwise, nonces=bound, iat=hub.seconds, salt=new_salt())
    made = to_sign.wish_of(applicant.pairwise, canonical(wish), body=body)
    return msgspec.structs.replace(made, display=acts.display)


async def fetch(hub: Hub, applicant: Applicant, found: ToSign, assertion: Assertion) -> str:
    """Fetch every list of the body by the signed wish; return the token under which the outcome is kept."""
    (authority, word), *_ = (await own_lists.words_of(hub, applicant, found, assertion)).items()
    request = BodyListsRequest(aud=authority, iat=hub.seconds, wish=found.body, word=word)
    signed = jws.sign(request, key=hub.key, typ="mz-body-lists-request")
    words = await own_lists.asked_words(hub, authority, "/lists/bodies", signed)
    wish = msgspec.json.decode(unb64(found.body), type=BodyWish)
    lists, silent = await own_lists.read_lists(hub, {one: word for one, word in words.items() if one in wish.nonces})
    shown = await rows_about(hub, applicant.pairwise, MOST_COMPARED)
    kept = _joined(hub, applicant, found.display, lists, silent, shown)
    return await own_lists.keep(hub, msgspec.json.encode(kept), context=CONTEXT)


async def find(hub: Hub, token: str, pairwise: str) -> BodyLines | None:
    """Return lists that were fetched for this person within the half hour, None for any other token."""
    opened = await own_lists.opened_by(hub, token, context=CONTEXT)
    found = None if opened is None else msgspec.json.decode(opened, type=BodyLines)
    return found if found is not None and secrets.compare_digest(found.pairwise, pairwise) else None


def _joined(
    hub: Hub,
    applicant: Applicant,
    display: str,
    lists: dict[str, tuple[MineEntry, ...]],
    silent: set[str],
    shown: tuple[Row, ...],
) -> BodyLines:
    """Compare the cases that are the body's and that this person did; of the others the hub shows them nothing."""
    of_body = {line.case for lines in lists.values() for line in lines if line.case}
    rows = [row for row in shown if row.entry is not None and row.entry.case in of_body]
    own = {row.entry.case for row in rows if row.entry is not None}
    findings: list[Finding] = []
    for party, lines in lists.items():
        department = hub.department(party)
        ours = [line for line in lines if line.case in own]
        findings += check_mine(ours, own_lists.of_department(rows, department), gateway=department)
    every = [
        msgspec.structs.replace(line, department=hub.department(party))
        for party, lines in lists.items()
        for line in lines
        if line.case
    ]
    return BodyLines(
        pairwise=applicant.pairwise,
        display=display,
        at=hub.seconds,
        gateways=tuple(hub.department(party) for party in lists),
        silent=tuple(sorted(hub.department(party) for party in silent)),
        lines=tuple(sorted(every, key=lambda line: (-line.at, line.department, line.seq)))[:MOST_COMPARED],
        known=frozenset(b64(row.leaf) for row in rows),
        own=frozenset(own),
        findings=tuple(findings),
    )
