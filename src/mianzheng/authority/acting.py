"""Who is named when another acts: the principal of a mandate, or the body that a person speaks for.

The acting person proved themself already; here it is checked that they may act for this one, and the case is
counted as one use. The bundle names the principal, and by digest what it rests on.
"""

from __future__ import annotations

import sqlite3

import msgspec

from mianzheng.authority import mandate_rows as rows
from mianzheng.authority import presences
from mianzheng.authority.authority import Authority
from mianzheng.authority.mandate_rows import Acting
from mianzheng.authority.proofs import Seen, signed_by
from mianzheng.authority.refusals import NoBundle
from mianzheng.authority.standing import check_acting, note_refusal
from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import digest_of
from mianzheng.model.authorisation import Bundle, BundleRequest, Statement
from mianzheng.model.canonical import digest
from mianzheng.model.mandate import REPRESENTATIVE, BodyCode

USED = (
    "{agent}正用您的委托以您的名义办一件事（办件 {case}），第 {used} 次，共 {uses} 次。"
    "问了什么、结果如何，见您自己的清单；如非您的意思，请撤销委托或上锁。"
)


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of a bundle; `mandate` names what it rests on where another acts, `acting` who does."""

    number: str
    seen: Seen
    mandate: str = ""
    acting: Acting | None = None
    uses: int = 0


def principal_of(authority: Authority, request: BundleRequest, agent: Whom, *, hub: str, at: int) -> Whom:
    """Return the principal of the mandate by which a proven person acts; `MandateRefused` or `NoBundle` otherwise."""
    named = digest_of(request.mandate)
    row = rows.find(authority.journal.reader(), authority.secrets, named)
    if row is None or row.kept.terms.hub != hub:
        raise NoBundle
    kept = row.kept
    if kept.agent != agent.number or kept.agent_name not in ("", agent.seen.name):
        refusal = MandateRefused("mandate-refused", "the mandate is another agent's")
        note_refusal(authority, kept.principal, refusal, hub=hub, case=request.case, at=at)
        raise refusal
    acting = Acting(mandate=named, principal=kept.principal, agent=agent.number)
    _check(authority, acting, request, hub=hub, at=at)
    seen = Seen(
        name=authority.enrolment.name_of(kept.principal),
        signer=agent.seen.signer,
        method="mandate",
        level=kept.granted.level,
    )
    return Whom(number=kept.principal, seen=seen, mandate=named, acting=acting, uses=kept.terms.uses)


def body_of(authority: Authority, request: BundleRequest, *, challenge: bytes, hub: str, at: int) -> Whom:
    """Return the body for which a person acts whom the authority of persons named to this one."""
    bundle, stated = _representative(authority, request, at)
    person = stated.number
    signer = signed_by(request.assertion, challenge, trust=authority.trust, allow_software=True)
    if signer != bundle.signer:
        raise NoBundle
    if request.mandate:
        agent = Whom(number=person, seen=Seen(name=stated.name, signer=signer, method="", level=bundle.presence.level))
        return principal_of(authority, request, agent, hub=hub, at=at)
    code, named = code_in(authority, request.body), digest(request.body.encode("ascii", "replace"))
    if code is None:
        raise NoBundle
    acting = Acting(mandate="", principal=code, agent=person)
    _check(authority, acting, request, hub=hub, at=at)
    name = authority.enrolment.name_of(code)
    seen = Seen(name=name, signer=signer, method="representative", level=bundle.presence.level)
    return Whom(number=code, seen=seen, mandate=named, acting=acting)


def tell_use(
    authority: Authority, connection: sqlite3.Connection, whom: Whom, case: str, *, at: int
) -> list[tuple[int, str]]:
    """Leave a notice for a person whose mandate opens this case, in the caller's transaction; return it and its words.

    Nothing the second time, for a body, or where who acts speaks for it in their own right.
    """
    one = whom.acting
    if one is None or not one.mandate or authority.kind != "person":
        return []
    if rows.acting_in(connection, authority.secrets, whom.mandate, case) is not None:
        return []
    used = rows.cases_of(connection, whom.mandate) + 1
    words = USED.format(agent=authority.enrolment.name_of(one.agent), case=case, used=used, uses=whom.uses)
    return [(presences.tell(connection, authority.secrets, whom.number, words, at=at), words)]


def take(authority: Authority, connection: sqlite3.Connection, whom: Whom, request: BundleRequest) -> bool:
    """Count the case as one use, in the caller's transaction; False when the mandate is used up."""
    if whom.acting is None:
        return True
    chain = [(whom.mandate, whom.uses)]
    row = rows.find(connection, authority.secrets, whom.acting.mandate) if whom.acting.mandate else None
    while row is not None and row.kept.passes_on:
        row = rows.find(connection, authority.secrets, row.kept.passes_on)
        if row is not None:
            chain.append((row.mandate, row.kept.terms.uses))
    return all(
        rows.take_case(connection, authority.secrets, named, request.case, whom.acting, uses=uses, until=request.exp)
        for named, uses in chain
    )


def _check(authority: Authority, acting: Acting, request: BundleRequest, *, hub: str, at: int) -> None:
    try:
        check_acting(authority, acting, at)
    except MandateRefused as refusal:
        note_refusal(authority, acting.principal, refusal, hub=hub, case=request.case, at=at)
        raise


def _representative(authority: Authority, request: BundleRequest, at: int) -> tuple[Bundle, Statement]:
    """Return the acting person's own bundle and their number and name, sealed to this authority by that of persons."""
    try:
        _, bundle = authority.trust.read(
            request.representative, typ="mz-bundle", type=Bundle, role="authority:person", at=at
        )
        token = jwe.open_sealed(request.statement, key=authority.seal, typ="mz-statement").decode("ascii")
        _, inner = authority.trust.read(token, typ="mz-statement", type=Statement, role="authority:person", at=at)
    except (BadToken, BadSeal, Untrusted, UnicodeDecodeError):
        raise NoBundle from None
    outer = (bundle.case, bundle.authorisation, bundle.role)
    if outer != (request.case, request.authorisation, REPRESENTATIVE) or not at < bundle.exp:
        raise NoBundle
    stated = (inner.bundle, inner.role, inner.case, inner.authorisation, inner.aud)
    if stated != (bundle.bundle, *outer[2:], *outer[:2], authority.party):
        raise NoBundle
    return bundle, inner


def code_in(authority: Authority, sealed: str) -> str | None:
    """Return the code of a body that was sealed to this authority, None of what cannot be opened or read."""
    try:
        opened = jwe.open_sealed(sealed, key=authority.seal, typ="mz-body")
        return msgspec.json.decode(opened, type=BodyCode).code
    except (BadToken, BadSeal, msgspec.DecodeError):
        return None
