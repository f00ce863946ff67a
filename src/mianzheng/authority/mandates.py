"""`POST /mandates`: the authority turns what a principal signed into a mandate; only here are its item names read.

1. Open the grant (sealed to this authority); its parties are read here and by nobody else.
2. Check the proof: the principal's own key, a presence with its clerk's key beside, a body's legal representative.
   A paper is handed out instead, and its code comes back (`POST /mandates/returns`).
3. Check what may be granted at that presence, that whoever grants may act, and last that the agent may.
4. Issue, tell both in their own lists, and seal the mandate to the client.
"""

from __future__ import annotations

import secrets
import sqlite3

import msgspec

from mianzheng.authority import calls, own_keys, presences, telephones
from mianzheng.authority import mandate_rows as rows
from mianzheng.authority.authority import Authority
from mianzheng.authority.mandate_agents import Named, check_agent
from mianzheng.authority.mandate_proofs import Proven, prove, refuse_frozen, refused
from mianzheng.authority.mandate_rows import Kept, Paper
from mianzheng.authority.pairwise import pairwise_id, remember_pairwise
from mianzheng.authority.refusals import BadSealedRequest
from mianzheng.authority.requests import open_request
from mianzheng.authority.staff import Staff, read_step
from mianzheng.authority.standing import check_parties, check_stands, note_refusal
from mianzheng.credentials import jwe
from mianzheng.credentials.credential import StatusReference
from mianzheng.credentials.trust import Untrusted
from mianzheng.mandates import scope
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import Parties, digest_of, issue
from mianzheng.model.identity import Jwk
from mianzheng.model.mandate import (
    GRANT,
    RETURN,
    Granted,
    MandateGrant,
    MandateIssued,
    MandateReturn,
    MandateTerms,
    SealedMandate,
    grant_challenge,
    grant_digest,
    return_digest,
)

MOST_BESIDE_ONE_CLERK = 3  # open mandates of one agent
CODE_DIGITS = 8
TOLD = "{staff}以您的名义登记了委托：事项 {items}，至 {until} 止，共 {uses} 次。如非本人意愿，请撤销并联系公安部门。"
PAPER_TOLD = "委托书：事项 {items}，共 {uses} 次。同意请交回回执码 {code}，次日生效；不同意请勿交回。"


def grant(authority: Authority, sealed: str) -> bytes:
    """Return the `SealedMandate` (JSON) that a sealed `MandateGrant` earns; `MandateRefused` otherwise."""
    at = int(authority.clock())
    asked = open_request(authority, sealed, typ="mz-mandate-grant", type=MandateGrant)
    if asked.paper:
        _check_hub(authority, asked)
        return _hand_out(authority, asked, at)
    return grant_opened(authority, asked)


def grant_opened(authority: Authority, asked: MandateGrant) -> bytes:
    """Return what a grant with its proof earns; `MandateRefused` otherwise, and its principal reads of the attempt."""
    at = int(authority.clock())
    _check_hub(authority, asked)
    try:
        return _grant(authority, asked, at)
    except MandateRefused as refusal:
        # whoever tried to grant in somebody's name, or to pass on what was not theirs: that one reads of it
        note_refusal(authority, _principal(authority, asked), refusal, hub=asked.terms.hub, case="", at=at)
        raise


def _grant(authority: Authority, asked: MandateGrant, at: int) -> bytes:
    shown = grant_digest(asked)
    proven = prove(
        authority,
        asked,
        number=_granting(authority, asked),
        hub=asked.terms.hub,
        shown=shown,
        challenge=grant_challenge(asked),
        step=GRANT,
        at=at,
    )
    return _issue(authority, asked, proven, at=at)


def take_back(authority: Authority, sealed: str) -> bytes:
    """Return the `SealedMandate` (JSON) that the returned code of a paper earns; it holds a day later."""
    at = int(authority.clock())
    asked = open_request(authority, sealed, typ="mz-mandate-return", type=MandateReturn)
    shown = return_digest(asked.paper, asked.code)
    clerk = read_step(asked.clerk, RETURN, shown, roles=("clerk",), trust=authority.trust, at=at)

    def count(connection: sqlite3.Connection) -> Paper | None:
        return rows.try_paper(connection, authority.secrets, asked.paper, at=at)

    paper = authority.journal.commit(count)
    # a paper for a number that nobody has holds no code: nothing that is typed is right
    given = asked.code.encode("utf-8", "replace")
    if paper is None or not paper.code or not secrets.compare_digest(paper.code.encode(), given):
        raise refused("no paper that waits for this code")
    terms = _with_holder(authority, paper.grant, at)
    later = msgspec.structs.replace(terms, valid_from=max(terms.valid_from, at + scope.DAY))
    found = msgspec.structs.replace(paper.grant, terms=later, reply_to=asked.reply_to)
    proven = Proven(granted=Granted(method="paper", level=1), number=found.principal, clerk=clerk.staff)
    return _issue(authority, found, proven, at=at, paper=asked.paper)


def _principal(authority: Authority, asked: MandateGrant) -> str:
    row = rows.find(authority.journal.reader(), authority.secrets, asked.passes_on) if asked.passes_on else None
    return asked.principal if row is None else row.kept.principal


def _granting(authority: Authority, asked: MandateGrant) -> str:
    """Return whose key signs: the principal's, or of a mandate passed on its agent's."""
    if not asked.passes_on:
        return asked.principal
    row = rows.find(authority.journal.reader(), authority.secrets, asked.passes_on)
    if row is None:
        raise refused()
    return row.kept.agent


def _issue(authority: Authority, asked: MandateGrant, proven: Proven, *, at: int, paper: str = "") -> bytes:
    kept = _settled(authority, asked, proven, at)
    scope.check_terms(kept.terms, level=kept.granted.level, at=at)
    check_parties(authority, kept.principal, proven.number)
    telephones.refuse_frozen(authority.journal.reader(), authority.secrets, kept.principal, at=at)
    refuse_frozen(authority, proven, at=at)
    _refuse_full(authority, authority.journal.reader(), kept.agent, proven.clerk, at)
    _check_agent(authority, asked, proven, at)  # last: what would refuse anyhow tells nothing of the agent

    def keep(connection: sqlite3.Connection) -> str:
        _burn(authority, connection, asked, proven, at)
        _refuse_full(authority, connection, kept.agent, proven.clerk, at)
        if paper:
            rows.drop_paper(connection, paper)
        return _sign(authority, connection, kept, proven.clerk, at)

    return _sealed(MandateIssued(mandate=authority.journal.commit(keep)), asked.reply_to)


def _settled(authority: Authority, asked: MandateGrant, proven: Proven, at: int) -> Kept:
    """Return parties and terms as they will be kept; `MandateRefused` where they do not belong together."""
    principal, granted = asked.principal, proven.granted
    if asked.passes_on:
        row = rows.find(authority.journal.reader(), authority.secrets, asked.passes_on)
        if row is None or proven.number != row.kept.agent:
            raise refused()
        check_stands(authority, row.mandate, at)
        scope.check_passed_on(asked.terms, row.kept.terms)
        principal = row.kept.principal
        granted = Granted(method=granted.method, level=min(granted.level, row.kept.granted.level))
    grantor = ""
    if authority.kind == "enterprise":
        grantor = authority.records.representative(principal) or ""
        if not grantor or (not asked.passes_on and proven.number not in (principal, grantor)):
            raise refused()
    return Kept(
        terms=asked.terms,
        principal=principal,
        agent=asked.agent,
        granted=granted,
        token="",
        passes_on=asked.passes_on,
        grantor=grantor,
        agent_name=asked.agent_name if authority.kind == "enterprise" else "",
    )


def _burn(authority: Authority, connection: sqlite3.Connection, asked: MandateGrant, proven: Proven, at: int) -> None:
    """Let what was signed make one mandate, and a presence that passed serve for this one only."""
    shown = grant_digest(asked)
    burnt = (f"mandate:{asked.terms.hub}", shown, at)
    if connection.execute("INSERT OR IGNORE INTO nonces_used VALUES (?, ?, ?)", burnt).rowcount != 1:
        raise refused("this grant has made its mandate")
    if proven.presence and not presences.bind(connection, proven.presence, shown, at=at):
        raise refused()


def _refuse_full(authority: Authority, connection: sqlite3.Connection, agent: str, clerk: str, at: int) -> None:
    """Raise `MandateRefused` when as many mandates of an agent stand as one clerk may sign; "" is no clerk."""
    if clerk and rows.open_beside(connection, authority.secrets, agent, clerk, at=at) >= MOST_BESIDE_ONE_CLERK:
        raise MandateRefused(
            "agent-has-enough-mandates", f"{MOST_BESIDE_ONE_CLERK} mandates of this agent stand beside this clerk"
        )


def _check_agent(authority: Authority, asked: MandateGrant, proven: Proven, at: int) -> None:
    named = Named(number=asked.agent, name=asked.agent_name, by=proven.number, clerk=proven.clerk, hub=asked.terms.hub)
    check_agent(authority, named, at=at)


def _sign(authority: Authority, connection: sqlite3.Connection, kept: Kept, clerk: str, at: int) -> str:
    hub, index = kept.terms.hub, rows.free_index(connection)
    parties = Parties(
        kind=authority.kind,
        principal=_known(authority, connection, hub, kept.principal),
        agent=_known(authority, connection, hub, kept.agent) if authority.kind == "person" else "",
        granted=kept.granted,
        passes_on=kept.passes_on,
    )
    status = StatusReference(idx=index, uri=f"{authority.url}/mandates/status")
    token = issue(kept.terms, parties, iss=authority.party, key=authority.sign, status=status, iat=at)
    named = digest_of(token)
    rows.add(
        connection,
        authority.secrets,
        named,
        msgspec.structs.replace(kept, token=token),
        index=index,
        clerk=clerk,
        at=at,
    )
    for number in (kept.principal, kept.agent):
        authority.book.note(connection, "mandate-granted", at=at, hub=hub, number=number, role=clerk, request=named)
    until = _day(kept.terms.until)
    words = TOLD.format(staff=clerk or "您", items="、".join(kept.terms.items), until=until, uses=kept.terms.uses)
    presences.tell(connection, authority.secrets, kept.principal, words, at=at)
    return token


def _known(authority: Authority, connection: sqlite3.Connection, hub: str, number: str) -> str:
    pairwise = pairwise_id(authority.secrets, hub, number)
    remember_pairwise(connection, authority.secrets, hub, pairwise, number)
    return pairwise


def _hand_out(authority: Authority, asked: MandateGrant, at: int) -> bytes:
    """Have the paper sent to the principal; whether there is such a person, neither clerk nor agent learns."""
    clerk = _clerk(authority, asked, at)
    terms = _with_holder(authority, asked, at)
    scope.check_terms(msgspec.structs.replace(terms, valid_from=max(terms.valid_from, at + scope.DAY)), level=1, at=at)
    known = authority.enrolment.name_of(asked.principal) and authority.kind == "person"
    paper, code = secrets.token_urlsafe(16), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    words = PAPER_TOLD.format(items="、".join(asked.terms.items), uses=asked.terms.uses, code=code)
    told: list[int] = []

    def keep(connection: sqlite3.Connection) -> None:
        rows.add_paper(connection, authority.secrets, paper, Paper(grant=asked, code=code if known else ""), at=at)
        authority.book.note(
            connection, "mandate-paper", at=at, hub=asked.terms.hub, number=asked.principal, role=clerk.staff
        )
        told.append(presences.tell(connection, authority.secrets, asked.principal, words, at=at))

    authority.journal.commit(keep)
    if known:
        calls.send(authority, asked.principal, words, notice=told[-1], at=at, code=True)
    return _sealed(MandateIssued(paper=paper), asked.reply_to)


def _with_holder(authority: Authority, asked: MandateGrant, at: int) -> MandateTerms:
    """Return the terms of a paper: without a key of the principal's, results go to the one that is kept for them."""
    if asked.terms.holder is not None or authority.kind != "person":
        return asked.terms
    kept = own_keys.holder_key(authority.secrets, asked.principal, rows.day_of(at)).public.jwk
    return msgspec.structs.replace(asked.terms, holder=kept)


def _clerk(authority: Authority, asked: MandateGrant, at: int) -> Staff:
    if asked.clerk is None or asked.passes_on:
        raise refused("a paper is handed out by a clerk")
    return read_step(asked.clerk, GRANT, grant_digest(asked), roles=("clerk",), trust=authority.trust, at=at)


def _check_hub(authority: Authority, asked: MandateGrant) -> None:
    proofs = [asked.assertion is not None, bool(asked.sign_in), bool(asked.presence), asked.paper]
    if sum(proofs) != 1 or asked.agent == asked.principal:
        raise BadSealedRequest("a grant has one proof, and two parties")
    try:
        roles = authority.trust.party(asked.terms.hub).roles
    except Untrusted as error:
        raise BadSealedRequest(error.message) from None
    if "hub" not in roles:
        raise BadSealedRequest(f"{asked.terms.hub} is no hub")


def _sealed(issued: MandateIssued, to: Jwk) -> bytes:
    token = jwe.seal(msgspec.json.encode(issued), to=to, typ="mz-mandate")
    return msgspec.json.encode(SealedMandate(sealed=token))


def _day(at: int) -> str:
    return rows.day_of(at).isoformat()
