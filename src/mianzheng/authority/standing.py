"""`POST /mandates/standing` and `/mandates/changes`: does a mandate stand now, and who ends it.

The hub asks before each step of an agent's case. Nothing revoked, nothing over, both alive and able to act, and of a
body's mandate: granted or confirmed by whoever speaks for it today. A no is told to the principal in their own list.
"""

from __future__ import annotations

import sqlite3

import msgspec

from mianzheng.authority import locks, presences
from mianzheng.authority import mandate_rows as rows
from mianzheng.authority.authority import Authority
from mianzheng.authority.mandate_parties import NEWEST, page_of
from mianzheng.authority.mandate_proofs import Proven, prove, refuse_frozen, refused
from mianzheng.authority.mandate_rows import Acting, Row
from mianzheng.authority.refusals import BadSealedRequest
from mianzheng.authority.requests import open_request, read_of_hub
from mianzheng.credentials.status import StatusList, issue_status_list
from mianzheng.mandates import standing as word
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.mandate import (
    CHANGE,
    MandateChange,
    MandateChanged,
    StandingRequest,
    StandingResponse,
    change_challenge,
    change_digest,
)

REQUEST_SECONDS = 300
LIST_SECONDS = 3600
ENDED_PAGE = 100  # mandates read at once where all of a person's are ended
MOST_LINKS = 4  # how often a mandate may have been passed on: more is no chain of ours


def standing(authority: Authority, body: bytes) -> bytes:
    """Return the `StandingResponse` (JSON) to a hub's signed `StandingRequest`; `MandateRefused` says what ended."""
    at = int(authority.clock())
    hub, request = read_of_hub(
        authority,
        body,
        typ="mz-standing-request",
        type=StandingRequest,
        what="a standing request",
        at=at,
        seconds=REQUEST_SECONDS,
    )
    acting = rows.acting_in(authority.journal.reader(), authority.secrets, request.mandate, request.case)
    if acting is None:
        raise MandateRefused("mandate-unknown", "no case was opened with this mandate")
    try:
        check_acting(authority, acting, at)
    except MandateRefused as refusal:
        note_refusal(authority, acting.principal, refusal, hub=hub, case=request.case, at=at)
        raise
    token = word.sign(iss=authority.party, case=request.case, mandate=request.mandate, key=authority.sign, at=at)
    return msgspec.json.encode(StandingResponse(standing=token))


def check_acting(authority: Authority, acting: Acting, at: int) -> None:
    """Raise `MandateRefused` unless whoever acts may do so now."""
    if acting.mandate:
        check_stands(authority, acting.mandate, at)
        check_parties(authority, acting.principal, acting.agent)
    elif authority.records.representative(acting.principal) != acting.agent:
        raise MandateRefused("mandate-party-gone", "who acts does not speak for the body")


def check_stands(authority: Authority, mandate: str, at: int) -> Row:
    """Return a mandate that stands, and each that it passes on; `MandateRefused` otherwise."""
    first: Row | None = None
    named = mandate
    for _ in range(MOST_LINKS):
        row = rows.find(authority.journal.reader(), authority.secrets, named)
        if row is None:
            raise MandateRefused("mandate-unknown", "no such mandate was issued here")
        _check_row(authority, row, at)
        first = first or row
        if not row.kept.passes_on:
            return first
        check_parties(authority, row.kept.principal, row.kept.agent)
        named = row.kept.passes_on
    raise MandateRefused("mandate-invalid", "passed on too often")


def check_parties(authority: Authority, principal: str, agent: str) -> None:
    """Raise `MandateRefused` when one of two people died or lost the capacity to act, or the principal has locked.

    Not for whom a grant names: they did not ask for it, and nobody is told of their state (`mandate_agents`).
    """
    if authority.kind != "person":
        return
    locks.refuse_locked(authority.journal.reader(), authority.secrets, principal)
    records = authority.records
    if any(records.is_dead(one) or records.lost_capacity(one) for one in (principal, agent)):
        raise MandateRefused("mandate-party-gone", "one of the two died or lost the capacity to act")


def note_refusal(
    authority: Authority, principal: str, refusal: MandateRefused, *, hub: str, case: str, at: int
) -> None:
    """Leave a line that the principal reads: what was tried in their name, and why it did not go."""
    authority.journal.commit(
        lambda connection: authority.book.note(
            connection, "mandate-refused", at=at, hub=hub, number=principal, case=case, code=refusal.code
        )
    )


def change(authority: Authority, sealed: str) -> bytes:
    """Return `MandateChanged` (JSON) once principal or agent ended a mandate, or a new representative confirmed it."""
    return change_opened(authority, _open(authority, sealed))


def change_opened(authority: Authority, asked: MandateChange) -> bytes:
    """Return the same for a change that is open already."""
    at = int(authority.clock())
    if asked.change == "revoke-all":
        return _end_all(authority, asked, at)
    row = rows.find(authority.journal.reader(), authority.secrets, asked.mandate)
    if row is None:
        raise refused()
    shown, proven = change_digest(asked), _proven(authority, asked, at)
    by = _party(authority, row, proven.number)
    if asked.change == "confirm":
        refuse_frozen(authority, proven, at=at)
    if asked.change == "confirm" and (by != "principal" or authority.kind != "enterprise"):
        raise refused()

    def keep(connection: sqlite3.Connection) -> None:
        if proven.presence and not presences.bind(connection, proven.presence, shown, at=at):
            raise refused()
        if asked.change == "revoke":
            rows.end(connection, row.mandate, by=by, at=at)
        else:
            grantor = authority.records.representative(row.kept.principal) or ""
            kept = msgspec.structs.replace(row.kept, grantor=grantor)
            rows.rewrite(connection, authority.secrets, row.mandate, kept)
        kind = "mandate-revoked" if asked.change == "revoke" else "mandate-confirmed"
        _note_change(authority, connection, row, kind, at)

    authority.journal.commit(keep)
    return msgspec.json.encode(MandateChanged(change=asked.change))


def _end_all(authority: Authority, asked: MandateChange, at: int) -> bytes:
    """End every mandate that a person has granted, whatever there is: nothing is told of them."""
    if asked.mandate or authority.kind != "person":
        raise refused()
    shown, proven = change_digest(asked), _proven(authority, asked, at)

    def keep(connection: sqlite3.Connection) -> None:
        if proven.presence and not presences.bind(connection, proven.presence, shown, at=at):
            raise refused()
        before = NEWEST
        while page := page_of(connection, authority.secrets, proven.number, "granted", before=before, limit=ENDED_PAGE):
            before = page[-1]
            for _, named in page:
                row = rows.find(connection, authority.secrets, named)
                if row is not None and not row.ended_by:
                    rows.end(connection, named, by="principal", at=at)
                    _note_change(authority, connection, row, "mandate-revoked", at)

    authority.journal.commit(keep)
    return msgspec.json.encode(MandateChanged(change=asked.change))


def _proven(authority: Authority, asked: MandateChange, at: int) -> Proven:
    return prove(
        authority,
        asked,
        number=asked.number,
        hub=asked.hub,
        shown=change_digest(asked),
        challenge=change_challenge(asked),
        step=CHANGE,
        at=at,
    )


def end_signed_in(authority: Authority, mandate: str, number: str) -> None:
    """End a mandate for a party of it who is signed in with this authority; `MandateRefused` for anybody else."""
    at = int(authority.clock())
    row = rows.find(authority.journal.reader(), authority.secrets, mandate)
    if row is None:
        raise refused()
    by = _party(authority, row, number)

    def keep(connection: sqlite3.Connection) -> None:
        rows.end(connection, row.mandate, by=by, at=at)
        _note_change(authority, connection, row, "mandate-revoked", at)

    authority.journal.commit(keep)


def status_list(authority: Authority) -> str:
    """Return the signed status list of this authority's mandates."""
    at, found = int(authority.clock()), StatusList(f"{authority.url}/mandates/status")
    for index in rows.ended_indices(authority.journal.reader()):
        found.revoke(index)
    return issue_status_list(found, key=authority.sign, iat=at, exp=at + LIST_SECONDS, ttl=60)


def _note_change(authority: Authority, connection: sqlite3.Connection, row: Row, kind: str, at: int) -> None:
    for number in (row.kept.principal, row.kept.agent):
        authority.book.note(connection, kind, at=at, hub=row.kept.terms.hub, number=number, request=row.mandate)


def _check_row(authority: Authority, row: Row, at: int) -> None:
    terms = row.kept.terms
    if row.ended_by:
        raise MandateRefused("mandate-revoked", "the mandate was ended")
    if at >= terms.until:
        raise MandateRefused("mandate-expired", "the mandate's time is over")
    if at < terms.valid_from:
        raise MandateRefused("mandate-not-yet", "the mandate does not hold yet")
    if authority.kind == "enterprise" and authority.records.representative(row.kept.principal) != row.kept.grantor:
        raise MandateRefused("mandate-party-gone", "who speaks for the body today has not confirmed the mandate")


def _party(authority: Authority, row: Row, number: str) -> str:
    """Return which party of a mandate a number is; `MandateRefused` for neither."""
    kept = row.kept
    speaks = authority.kind == "enterprise" and authority.records.representative(kept.principal) == number
    if number == kept.principal or speaks:
        return "principal"
    if number == kept.agent:
        return "agent"
    raise refused()


def _open(authority: Authority, sealed: str) -> MandateChange:
    asked = open_request(authority, sealed, typ="mz-mandate-change", type=MandateChange)
    if sum((asked.assertion is not None, bool(asked.sign_in), bool(asked.presence))) != 1:
        raise BadSealedRequest("a change has one proof")
    return asked
