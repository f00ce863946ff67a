"""Bundles: one subject, for one case, role and authorisation, sealed to the gateways of its plan.

1. The hub asks by its pairwise id; the number behind it never left this process.
2. The key that signed the authorisation digest must be enrolled for that very number (or a
   registered reader has just read that person's chip, or the person passed a presence within the half
   hour and its own clerk signed): no hub can name someone who did not sign.
3. Each statement is signed, then sealed; only the handling gateway's carries the name.
4. One bundle for each (authorisation, role): asked again, the same bytes.
5. A person whose mandate is used is told so by another channel, once for each case.
"""

from __future__ import annotations

import secrets
import sqlite3

import msgspec

from mianzheng.authority import acting, calls, presences
from mianzheng.authority.acting import Whom
from mianzheng.authority.authority import Authority
from mianzheng.authority.calls import day_of
from mianzheng.authority.pairwise import number_behind
from mianzheng.authority.proofs import Seen, seen_by_chip, seen_by_key, signed_by
from mianzheng.authority.refusals import BadSealedRequest, BundleExists, NoBundle, WrongHubKey
from mianzheng.authority.requests import check_audience, check_fresh
from mianzheng.authority.staff import clerk_key
from mianzheng.authority.standing import note_refusal
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.authorisation import Bundle, BundleRequest, SealedBundle, Statement, consent_challenge
from mianzheng.model.canonical import canonical, digest, unb64
from mianzheng.model.identity import Presence
from mianzheng.model.mandate import REPRESENTATIVE

REQUEST_SECONDS = 900
LONGEST_SECONDS = 400 * 86_400  # no item's legal limit is longer
KEPT_SECONDS = 400 * 86_400  # whose a bundle is may be asked for longer than it holds: a case may run again


def make_bundle(authority: Authority, body: bytes) -> bytes:
    """Return the `SealedBundle` (JSON) that a hub's signed `BundleRequest` earns; raises a refusal otherwise."""
    at = int(authority.clock())
    hub, request = _read(authority, body, at)
    asked = digest(canonical([hub, msgspec.structs.replace(request, iat=0, request="", chip="")]))
    if (known := _known(authority, authority.journal.reader(), request, asked)) is not None:
        return known
    _check(authority, request, at)
    whom = _whom(authority, request, hub, at)
    number = whom.number
    sealed = _seal(authority, request, whom, at)
    told: list[tuple[int, str]] = []
    response = msgspec.json.encode(sealed)

    def keep(connection: sqlite3.Connection) -> bytes:
        if (known := _known(authority, connection, request, asked)) is not None:
            return known
        if request.presence and not presences.bind(connection, request.presence, request.case, at=at):
            raise NoBundle
        told.extend(acting.tell_use(authority, connection, whom, request.case, at=at))
        if not acting.take(authority, connection, whom, request):
            raise MandateRefused("mandate-used-up", "the mandate was used as often as it says")
        row = f"{request.authorisation} {_named(request)}"
        shut = authority.secrets.shut("bundle", response, row=row)
        values = (request.authorisation, _named(request), asked, shut, request.exp)
        connection.execute("INSERT INTO bundles VALUES (?, ?, ?, ?, ?)", values)
        remember(authority, connection, digest(sealed.bundle.encode("ascii")), number, until=request.exp + KEPT_SECONDS)
        authority.book.note(
            connection, "bundle", at=at, hub=hub, number=number, case=request.case, role=request.role,
            request=request.request, code=whom.mandate and "mandate",
        )  # fmt: skip
        return response

    try:
        made = authority.journal.commit(keep)
    except MandateRefused as refusal:
        note_refusal(authority, number, refusal, hub=hub, case=request.case, at=at)
        raise
    for notice, words in told:
        calls.send(authority, number, words, notice=notice, at=at)
    return made


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop bundles whose authorisation has ended, and nonces no hub remembers."""
    connection.execute("DELETE FROM bundles WHERE until < ?", (at,))
    connection.execute("DELETE FROM named WHERE until < ?", (at,))
    connection.execute("DELETE FROM nonces_used WHERE at < ?", (at - LONGEST_SECONDS,))


def remember(authority: Authority, connection: sqlite3.Connection, bundle: str, number: str, *, until: int) -> None:
    """Keep whose a bundle is, in the caller's transaction; `bundle` is its digest."""
    shut = authority.secrets.shut("named", number.encode(), row=bundle)
    connection.execute("INSERT OR IGNORE INTO named VALUES (?, ?, ?)", (bundle, shut, until))


def named_in(authority: Authority, bundle: str) -> str | None:
    """Return the number of the subject that a bundle of this authority names, None for one that is not known."""
    query = "SELECT number FROM named WHERE bundle = ?"
    row = authority.journal.reader().execute(query, (bundle,)).fetchone()
    return None if row is None else authority.secrets.open("named", row[0], row=bundle).decode()


def _read(authority: Authority, body: bytes, at: int) -> tuple[str, BundleRequest]:
    try:
        token = body.decode("ascii")
        hub, request = authority.trust.read(token, typ="mz-bundle-request", type=BundleRequest, role="hub", at=at)
    except UnicodeDecodeError:
        raise BadSealedRequest("the body is not a compact JWS") from None
    except Untrusted as error:
        raise WrongHubKey(error.message) from None
    except BadToken as error:
        if error.code in ("token-signature", "token-key"):
            raise WrongHubKey(error.message) from None
        raise BadSealedRequest(error.message) from None
    check_audience(authority, request)
    return hub.party, request


def _known(authority: Authority, connection: sqlite3.Connection, request: BundleRequest, asked: str) -> bytes | None:
    query = "SELECT asked, response FROM bundles WHERE authorisation = ? AND role = ?"
    row = connection.execute(query, (request.authorisation, _named(request))).fetchone()
    if row is None:
        return None
    if row[0] != asked:
        raise BundleExists("this authorisation has a bundle for this role, with other contents")
    return authority.secrets.open("bundle", row[1], row=f"{request.authorisation} {_named(request)}")


def _named(request: BundleRequest) -> str:
    """Return under which role a bundle is kept: of adults who sign for themselves several may be tried."""
    return f"{request.role} {request.pairwise}" if request.consent else request.role


def _check(authority: Authority, request: BundleRequest, at: int) -> None:
    check_fresh(request, at=at, seconds=REQUEST_SECONDS)
    if not at < request.exp <= at + LONGEST_SECONDS:
        raise BadSealedRequest("a bundle ends after now, and within a year")
    if request.handling not in request.gateways or len(set(request.gateways)) != len(request.gateways):
        raise BadSealedRequest("the handling gateway is one of the gateways, each named once")
    known = {party.party for party in authority.trust.with_role("gateway")}
    if unknown := sorted(set(request.gateways) - known):
        raise BadSealedRequest(f"not a gateway: {', '.join(unknown)}")


def _whom(authority: Authority, request: BundleRequest, hub: str, at: int) -> Whom:
    """Return whom the bundle names: who signed, or the one they act for."""
    if authority.kind == "enterprise" and request.representative:
        challenge = _challenge(request)
        if challenge is None:
            raise NoBundle
        return acting.body_of(authority, request, challenge=challenge, hub=hub, at=at)
    number = number_behind(authority.journal.reader(), authority.secrets, hub, request.pairwise)
    seen = None if number is None else _prove(authority, request, number, at)
    if number is None or seen is None:
        _tell_whose_name(authority, request, number, hub, at)
        raise NoBundle
    whom = Whom(number=number, seen=seen)
    return acting.principal_of(authority, request, whom, hub=hub, at=at) if request.mandate else whom


def _tell_whose_name(authority: Authority, request: BundleRequest, number: str | None, hub: str, at: int) -> None:
    """Leave a line that a person reads in their own list: a bundle of them was asked for, and not signed by them."""
    if number is not None:
        authority.journal.commit(
            lambda connection: authority.book.note(
                connection, "refused", at=at, hub=hub, number=number, case=request.case, code="bundle-refused"
            )
        )


def _prove(authority: Authority, request: BundleRequest, number: str, at: int) -> Seen | None:
    challenge = _challenge(request)
    if challenge is None:
        return None
    if request.presence:
        return _seen_at_window(authority, request, challenge, number, at)
    if not request.chip:
        return seen_by_key(request.assertion, challenge, number=number, authority=authority)
    try:
        token = jwe.open_sealed(request.chip, key=authority.seal, typ="mz-chip-read").decode("ascii")
    except (BadToken, BadSeal, UnicodeDecodeError):
        return None
    seen = seen_by_chip(token, challenge, number=number, authority=authority, at=at)
    signer = signed_by(request.assertion, challenge, trust=authority.trust, allow_software=True)
    if seen is None or jws.unverified_kid(token) != signer:
        return None  # the reader that read the chip is the one that signs
    return msgspec.structs.replace(seen, signer=signer)


def _seen_at_window(
    authority: Authority, request: BundleRequest, challenge: bytes, number: str, at: int
) -> Seen | None:
    """Return who was seen in a presence that passed, if its own clerk signed; the case is bound with the row."""
    row = presences.find(authority.journal.reader(), authority.secrets, request.presence)
    if row is None or row.state != "passed" or at >= row.until or row.bound not in ("", request.case):
        return None
    signer = signed_by(request.assertion, challenge, trust=authority.trust, allow_software=True)
    clerk = clerk_key(request.certificate, trust=authority.trust, at=at)
    if not signer or (signer, clerk, number) != (row.content.clerk, row.content.clerk, row.content.number):
        return None
    name = authority.enrolment.name_of(number)
    return Seen(name=name, signer=signer, method=row.content.method, level=row.content.level)


def _challenge(request: BundleRequest) -> bytes | None:
    """Return what the person signed: the authorisation, or as another adult the part that is about them."""
    if request.consent:
        return consent_challenge(request.authorisation, request.role)
    try:
        return unb64(request.authorisation)
    except ValueError:
        return None


def _seal(authority: Authority, request: BundleRequest, whom: Whom, at: int) -> SealedBundle:
    bundle, seen = secrets.token_urlsafe(16), whom.seen
    sealed = {
        gateway: _statement(authority, request, whom.number, seen, at=at, bundle=bundle, gateway=gateway)
        for gateway in request.gateways
    }
    outer = Bundle(
        suite="intl",
        bundle=bundle,
        issuer=authority.party,
        case=request.case,
        authorisation=request.authorisation,
        role=request.role,
        subject_kind=authority.kind,
        signer=seen.signer,
        presence=Presence(method=seen.method, level=seen.level),
        iat=at,
        exp=request.exp,
        sealed={gateway: digest(token.encode()) for gateway, token in sealed.items()},
        mandate=whom.mandate,
    )
    return SealedBundle(bundle=jws.sign(outer, key=authority.sign, typ="mz-bundle"), sealed=sealed)


def _statement(
    authority: Authority, request: BundleRequest, number: str, seen: Seen, *, at: int, bundle: str, gateway: str
) -> str:
    inner = Statement(
        number=number,
        bundle=bundle,
        role=request.role,
        case=request.case,
        authorisation=request.authorisation,
        aud=gateway,
        iat=at,
        exp=request.exp,
        name=seen.name if gateway == request.handling or _is_to_bodies(authority, request, gateway) else "",
        protected=1 if authority.enrolment.is_protected(number, on=day_of(at)) else 0,
    )
    token = jws.sign(inner, key=authority.sign, typ="mz-statement")
    return jwe.seal(token.encode(), to=authority.trust.current(gateway, "seal", at), typ="mz-statement")


def _is_to_bodies(authority: Authority, request: BundleRequest, party: str) -> bool:
    """Tell whether an authority of bodies is told who acts: it looks whether a mandate's number and name agree."""
    return request.role == REPRESENTATIVE and "authority:enterprise" in authority.trust.party(party).roles
