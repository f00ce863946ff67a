"""`POST /presences`: a person who brings no key is seen by staff, and then proves it by what only they know.

1. Two staff (a clerk and a second, each with their own certified key) sign that this person stands before
   them; at a call or a face one clerk does.
2. What will be right is fixed: two questions from the authority's own registers, a code said on the
   telephone, or the comparer's word on the face.
3. The answer is sealed to the window's program: questions and an id (`presence_answers` takes them).

Whether a number exists shows in nothing: questions, shape and steps are the same, and (`routes`) the time.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable

import msgspec

from mianzheng.authority import calls, presences
from mianzheng.authority.authority import Authority
from mianzheng.authority.faces import face_matches
from mianzheng.authority.known_questions import ASKED, Kind, choose, kept
from mianzheng.authority.presences import Presence
from mianzheng.authority.proofs import is_barred
from mianzheng.authority.refusals import BadSealedRequest, NonceUsed, PresenceUnavailable, TooManyStarts, UnknownStaff
from mianzheng.authority.requests import not_opened, open_request
from mianzheng.authority.staff import Staff, read_step
from mianzheng.authority.typed import Form
from mianzheng.credentials import jwe
from mianzheng.credentials.trust import Untrusted
from mianzheng.model.presence import OPEN, WITNESS, PresenceAsked, PresenceStart, SealedReply, start_digest
from mianzheng.model.text import Text

LEVELS = {"window": 2, "call": 1, "face": 3}
MOST_STARTS = 200  # of one clerk in a day


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and what will be right; `call` rings once the row is kept."""

    questions: tuple[Text, ...]
    forms: tuple[Form, ...] = ()
    accepted: tuple[tuple[str, ...], ...] = ()
    call: Callable[[str], None] | None = None


def start(authority: Authority, sealed: str) -> bytes:
    """Return the `SealedReply` (JSON) to a sealed `PresenceStart`; raises a refusal that says nothing of the number."""
    at = int(authority.clock())
    request = _open(authority, sealed)
    staff = _staff(authority, request, at)
    _check_budget(authority, staff[0], at)
    prepared = _prepare(authority, request, at)
    presence = secrets.token_urlsafe(24)
    content = Presence(
        number=request.number,
        audience=request.audience,
        method=request.method,
        level=LEVELS[request.method],
        clerk=staff[0].key,
        staff=tuple(one.staff for one in staff),
        forms=prepared.forms,
        accepted=prepared.accepted,
    )

    def keep(connection: sqlite3.Connection) -> bool:
        burnt = (request.audience, request.nonce, at)
        if connection.execute("INSERT OR IGNORE INTO nonces_used VALUES (?, ?, ?)", burnt).rowcount != 1:
            return False
        presences.begin(connection, authority.secrets, presence, content, at=at)
        note(authority, connection, "presence-open", content, presence=presence, at=at)
        return True

    if not authority.journal.commit(keep):
        raise NonceUsed("this nonce was used already", hint="take a new one")
    if prepared.call is not None:
        prepared.call(presence)
    asked = PresenceAsked(presence=presence, questions=prepared.questions, until=at + presences.OPEN_SECONDS)
    reply = jwe.seal(msgspec.json.encode(asked), to=request.reply_to, typ="mz-presence-asked")
    return msgspec.json.encode(SealedReply(sealed=reply))


def note(
    authority: Authority, connection: sqlite3.Connection, kind: str, content: Presence, *, presence: str, at: int
) -> None:
    """Append a line of the authority's log about a presence, with the staff who vouch: the person reads it."""
    authority.book.note(
        connection, kind, at=at, hub=content.audience, number=content.number, role="+".join(content.staff),
        request=presence,
    )  # fmt: skip


def _open(authority: Authority, sealed: str) -> PresenceStart:
    request = open_request(authority, sealed, typ="mz-presence-start", type=PresenceStart)
    try:
        party = authority.trust.party(request.audience)
    except Untrusted:
        raise not_opened() from None
    if "hub" not in party.roles or authority.kind != "person":
        raise BadSealedRequest("a presence is of a person, for a hub")
    if (request.second is None) == (request.method == "window") or bool(request.image) != (request.method == "face"):
        raise BadSealedRequest("a window needs a second member of staff, a face an image, and nothing else does")
    return request


def _staff(authority: Authority, request: PresenceStart, at: int) -> tuple[Staff, ...]:
    shown = start_digest(request.audience, request.nonce, request.number)
    trust = authority.trust
    clerk = read_step(request.clerk, OPEN, shown, roles=("clerk",), trust=trust, at=at)
    if request.second is None:
        return (clerk,)
    second = read_step(request.second, WITNESS, shown, roles=("witness", "clerk"), trust=trust, at=at)
    if second.key == clerk.key or second.staff == clerk.staff:
        raise UnknownStaff("one member of staff stands for both", hint="a second person signs with their own key")
    return (clerk, second)


def _check_budget(authority: Authority, clerk: Staff, at: int) -> None:
    if presences.begun_by(authority.journal.reader(), clerk.staff, at=at) >= MOST_STARTS:
        raise TooManyStarts(f"{clerk.staff} has begun {MOST_STARTS} presences today")


def _prepare(authority: Authority, request: PresenceStart, at: int) -> Prepared:
    barred = is_barred(authority, request.number)  # asked for any number: what is asked must not tell who exists
    exists = bool(authority.enrolment.name_of(request.number)) and not barred
    if request.method == "call":
        return _call(authority, request.number, at, exists=exists)
    if request.method == "face":
        matched = face_matches(authority, request.number, request.image, at)
        return Prepared(questions=(), accepted=(("",),) if matched and exists else ((),))
    return _questions(authority, request.number, exists=exists)


def _questions(authority: Authority, number: str, *, exists: bool) -> Prepared:
    held = {
        kind.id: found for kind in authority.rules.questions if (found := _held(authority, kind, number)) is not None
    }
    kinds = [kind for kind in authority.rules.questions if kind.id in held]
    if len(kinds) < ASKED:
        raise PresenceUnavailable("the registers that questions are taken from do not answer", hint="in a moment again")
    chosen = choose(kinds, held, number, authority.draw, exists=exists)
    return Prepared(
        questions=tuple(kind.text for kind in chosen.kinds),
        forms=tuple(kind.form for kind in chosen.kinds),
        accepted=kept(chosen, authority.draw),
    )


def _held(authority: Authority, kind: Kind, number: str) -> tuple[str, ...] | None:
    return None if authority.registers is None else authority.registers.values(kind.register, kind.fact, number)


def _call(authority: Authority, number: str, at: int, *, exists: bool) -> Prepared:
    if authority.devices is None or not authority.devices.call_line:
        raise PresenceUnavailable("there is no call line here")
    code, phone = calls.new_code(), calls.phone_of(authority, number, at)
    rings = bool(exists and phone) and _may_ring(authority, number, at)

    def ring(presence: str) -> None:
        calls.ring(authority, phone, code, presence=presence, at=at)

    accepted = (authority.draw("answer", code),) if rings else ()
    return Prepared(questions=(calls.ASKED,), forms=("digits",), accepted=(accepted,), call=ring if rings else None)


def _may_ring(authority: Authority, number: str, at: int) -> bool:
    reader, subject = authority.journal.reader(), presences.subject_of(authority.secrets, number)
    begun = presences.begun_for(reader, subject, at=at)
    return begun < calls.CALLS_A_DAY and not presences.locked(reader, subject, at=at)
