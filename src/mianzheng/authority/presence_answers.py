"""`POST /presences/answers`: the clerk who began hands in what the person said; pass or fail, nothing between.

A presence that passed is a sign-in for the hub, and stands for the person's key in one case within half an
hour, beside that clerk's signature. Everyone who exists is told of what was tried in their name.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

import msgspec

from mianzheng.authority import calls, own_keys, presences
from mianzheng.authority.authority import Authority
from mianzheng.authority.known_questions import right
from mianzheng.authority.pairwise import pairwise_id, remember_pairwise
from mianzheng.authority.presence import note
from mianzheng.authority.presences import Presence, Row
from mianzheng.authority.proofs import Seen
from mianzheng.authority.refusals import BadSealedRequest, NonceUsed, PresenceRefused
from mianzheng.authority.sign_ins import signed_sign_in
from mianzheng.authority.staff import read_step
from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.model.identity import SignInResponse
from mianzheng.model.presence import ANSWER, PresenceAnswers, answers_digest

End = Literal["passed", "failed", "again", "nonce"]
WORDS = {
    "presence-passed": "有人在窗口（{staff}）以您的名义办事，身份核验通过。如非本人，请联系公安部门。",
    "presence-failed": "有人（{staff}）以您的名义办事，身份核验未通过。如非本人，请联系公安部门。",
    "presence-locked": "三十天内身份核验三次未通过（{staff}），窗口核验已锁定三十天。可持身份证读卡或刷脸办理。",
}


def answer(authority: Authority, sealed: str) -> bytes:
    """Return the `SignInResponse` (JSON) that right answers earn; `PresenceRefused` for every other end."""
    at = int(authority.clock())
    given = _open(authority, sealed)
    shown = answers_digest(given.presence, given.audience, given.nonce, given.answers)
    clerk = read_step(given.clerk, ANSWER, shown, roles=("clerk",), trust=authority.trust, at=at)
    row = presences.find(authority.journal.reader(), authority.secrets, given.presence)
    own = row is not None and row.content.clerk == clerk.key and row.content.audience == given.audience

    told: list[tuple[int, str]] = []

    def settle(connection: sqlite3.Connection) -> End:
        burnt = (given.audience, given.nonce, at)
        if connection.execute("INSERT OR IGNORE INTO nonces_used VALUES (?, ?, ?)", burnt).rowcount != 1:
            return "nonce"
        if not own or row is None:
            return "failed"
        end, notice = _settle(authority, connection, row, given, at)
        told.extend(notice)
        return end

    end = authority.journal.commit(settle)
    for notice, words in told:
        calls.send(authority, row.content.number if row else "", words, notice=notice, at=at)
    if end == "nonce":
        raise NonceUsed("this nonce was used already", hint="take a new one")
    if end != "passed" or row is None:
        raise PresenceRefused
    return _signed(authority, row, given, at)


def _open(authority: Authority, sealed: str) -> PresenceAnswers:
    try:
        opened = jwe.open_sealed(sealed, key=authority.seal, typ="mz-presence-answers")
        return msgspec.json.decode(opened, type=PresenceAnswers)
    except (BadToken, BadSeal, msgspec.DecodeError):
        raise BadSealedRequest(
            "the sealed answers cannot be opened or read", hint="seal them to this authority"
        ) from None


def _settle(
    authority: Authority, connection: sqlite3.Connection, row: Row, given: PresenceAnswers, at: int
) -> tuple[End, list[tuple[int, str]]]:
    """Settle one try; return how it ended, and the notices it left."""
    content, most = row.content, calls.CODE_TRIES if row.content.method == "call" else 1
    if not presences.try_once(connection, row.presence, most=most, at=at):
        return "failed", []
    locked = presences.locked(connection, row.subject, at=at)
    if _right(authority, content, given.answers) and not locked:
        presences.settle(connection, row.presence, "passed", at=at)
        pairwise = pairwise_id(authority.secrets, content.audience, content.number)
        remember_pairwise(connection, authority.secrets, content.audience, pairwise, content.number)
        return "passed", [_tell(authority, connection, "presence-passed", row, at)]
    if row.tries + 1 < most:
        return "again", []
    presences.settle(connection, row.presence, "failed", at=at)
    told = [_tell(authority, connection, "presence-failed", row, at)]
    if presences.fail(connection, row.subject, at=at):
        told.append(_tell(authority, connection, "presence-locked", row, at))
    return "failed", told


def _right(authority: Authority, content: Presence, answers: tuple[str, ...]) -> bool:
    if content.method == "face":
        return content.accepted == (("",),) and answers == ()
    return right(content.accepted, content.forms, answers, authority.draw)


def _tell(authority: Authority, connection: sqlite3.Connection, kind: str, row: Row, at: int) -> tuple[int, str]:
    """Leave a line in the log and a notice; a number that nobody has is noted all the same."""
    note(authority, connection, kind, row.content, presence=row.presence, at=at)
    words = WORDS[kind].format(staff="、".join(row.content.staff))
    return presences.tell(connection, authority.secrets, row.content.number, words, at=at), words


def _signed(authority: Authority, row: Row, given: PresenceAnswers, at: int) -> bytes:
    content = row.content
    seen = Seen(
        name=authority.enrolment.name_of(content.number),
        signer=content.clerk,
        method=content.method,
        level=content.level,
    )
    token = signed_sign_in(
        authority,
        audience=content.audience,
        nonce=given.nonce,
        seen=seen,
        pairwise=pairwise_id(authority.secrets, content.audience, content.number),
        at=at,
        presence=row.presence,
        clerk=content.clerk,
        holder=own_keys.holder_key(authority.secrets, content.number, calls.day_of(at)).public.jwk,
    )
    return msgspec.json.encode(SignInResponse(sign_in=token))
