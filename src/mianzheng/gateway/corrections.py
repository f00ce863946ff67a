"""`POST /corrections`, `GET /reviews`: a record was wrong and is corrected; who was decided on it is looked at again.

An officer or steward of this department signs that the record was corrected after a contest; only then the question
may be asked once more for the same bundle. The hub hears which of its cases asked the same of the same one in the same
role: more would join people for it. The officers here see all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Certificate, Untrusted, verify_certificate
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.log import Line
from mianzheng.gateway.officers import read_step
from mianzheng.gateway.refusals import Refused, about
from mianzheng.gateway.requests import CLOCK_SKEW, check_window, read_request
from mianzheng.model.authorisation import Bundle
from mianzheng.model.canonical import b64
from mianzheng.model.officers import (
    Corrected,
    CorrectedResponse,
    CorrectionRequest,
    Review,
    StaffRequest,
    act_digest,
    tag_of,
)

LATE_SECONDS = 40 * 86_400
REQUEST_SECONDS = 300


def correct(gateway: Gateway, body: bytes) -> bytes:
    """Return the `CorrectedResponse` (JSON) to a signed `CorrectionRequest`; asked again, the same bytes."""
    at = gateway.now()
    incoming = read_request(gateway, body, typ="mz-correction-request", type=CorrectionRequest, at=at)
    request = incoming.request
    with about(request):
        if (before := _before(gateway.state.reader(), gateway, request)) is not None:
            return before
        check_window(request, at=at, seconds=LATE_SECONDS)
        _check_step(gateway, request, at)
        return gateway.state.commit(lambda connection: _keep(connection, gateway, request, at))


def reviews(gateway: Gateway, header: str) -> tuple[Review, ...]:
    """Return every case decided on an answer that was corrected here, to an officer of this department."""
    _check_reader(gateway, header)
    connection = gateway.state.reader()
    rows = connection.execute("SELECT question, subject, at FROM corrected ORDER BY at").fetchall()
    return tuple(
        Review(case=line.case, question=question, role=line.role, because="", item=line.item)
        for question, subject, at in rows
        for line in _asked(connection, gateway, subject, question)
        if line.at <= at
    )


def _check_step(gateway: Gateway, request: CorrectionRequest, at: int) -> None:
    _, step = read_step(
        request.signed,
        trust=gateway.trust,
        department=gateway.config.department,
        case=request.case,
        at=at,
        roles=("officer", "steward"),
    )
    act = request.act
    if (act.question, act.role, act.outcome) != (request.question, request.role, "corrected"):
        raise Refused("correction-invalid", "the request is about another answer than was corrected")
    if step.step != tag_of(act) or step.shown != act_digest(act):
        raise Refused("correction-invalid", "the officer signed something else")


def _keep(connection: sqlite3.Connection, gateway: Gateway, request: CorrectionRequest, at: int) -> bytes:
    if (before := _before(connection, gateway, request)) is not None:
        return before
    subject = _subject(connection, gateway, request)
    lines = list(_asked(connection, gateway, subject, request.question))
    found = [line.case for line in lines if (line.hub, line.role) == (gateway.config.hub, request.role)]
    _open_again(connection, gateway, request)
    corrected = Corrected(
        iss=gateway.party,
        case=request.case,
        role=request.role,
        question=request.question,
        cases=tuple(case for case in dict.fromkeys(found) if case != request.case),
        iat=at,
    )
    token = jws.sign(corrected, key=gateway.sign, typ="mz-corrected")
    response = msgspec.json.encode(CorrectedResponse(corrected=token))
    shut = gateway.vault.shut("corrected", response, row=request.request)
    values = (request.request, request.question, subject, shut, at)
    connection.execute("INSERT INTO corrected VALUES (?, ?, ?, ?, ?)", values)
    line = Line(
        kind="correction",
        at=at,
        hub=gateway.config.hub,
        request=request.request,
        entry=request.entry,
        case=request.case,
        role=request.role,
    )
    gateway.log.append(connection, line, subject=subject)
    return response


def _before(connection: sqlite3.Connection, gateway: Gateway, request: CorrectionRequest) -> bytes | None:
    row = connection.execute("SELECT response FROM corrected WHERE request = ?", (request.request,)).fetchone()
    return None if row is None else gateway.vault.open("corrected", row[0], row=request.request)


def _subject(connection: sqlite3.Connection, gateway: Gateway, request: CorrectionRequest) -> str:
    """Return the pseudonym of the one that was asked about; `Refused` unless this gateway answered just that."""
    query = "SELECT subject, content, leaf FROM log WHERE request = ? AND kind = 'answered'"
    for subject, content, leaf in connection.execute(query, (request.answered,)):
        line = _line(gateway, content, leaf)
        asked = {one.question for one in line.questions} if line is not None else set()
        if line is not None and (line.case, line.role) == (request.case, request.role) and request.question in asked:
            return str(subject)
    raise Refused("correction-invalid", "this gateway did not answer that question in that case")


def _asked(connection: sqlite3.Connection, gateway: Gateway, subject: str, question: str) -> Iterator[Line]:
    """Yield the lines of every case in which a question about this subject was answered."""
    query = "SELECT content, leaf FROM log WHERE subject = ? AND kind = 'answered' ORDER BY seq"
    for content, leaf in connection.execute(query, (subject,)).fetchall():
        line = _line(gateway, content, leaf)
        if line is not None and any(one.question == question and one.status != "unavailable" for one in line.questions):
            yield line


def _line(gateway: Gateway, content: bytes | None, leaf: bytes) -> Line | None:
    """Return a line's content, None once it was erased."""
    if content is None:
        return None
    return msgspec.json.decode(gateway.vault.open("log", content, row=b64(leaf)), type=Line)


def _open_again(connection: sqlite3.Connection, gateway: Gateway, request: CorrectionRequest) -> None:
    """Let the question be asked once more for the bundle of this case."""
    try:
        stated = jws.payload_as(jws.unverified_payload(request.bundle), type=Bundle)
        _, bundle = gateway.trust.read(request.bundle, typ="mz-bundle", type=Bundle, role="gateway", at=stated.iat)
    except (BadToken, Untrusted) as error:
        raise Refused("correction-invalid", f"the bundle: {error.message}") from None
    if (bundle.case, bundle.role) != (request.case, request.role):
        raise Refused("correction-invalid", "the bundle is of another case or role")
    row = (bundle.bundle, request.question)
    connection.execute("DELETE FROM answered WHERE bundle = ? AND question = ?", row)


def _check_reader(gateway: Gateway, header: str) -> None:
    words, at = header.split(), gateway.now()
    try:
        if len(words) != 3 or words[0] != "Staff":
            raise Untrusted("the header `authorization: Staff <JWS> <certificate>` is missing")
        stated = jws.payload_as(jws.unverified_payload(words[2]), type=Certificate)
        _, key = verify_certificate(
            words[2], trust=gateway.trust, department=gateway.config.department, role=stated.role, at=at
        )
        request = jws.verify_as(words[1], typ="mz-staff", key=key, type=StaffRequest)
    except (BadToken, Untrusted) as error:
        raise Refused("officer-unknown", error.message, hint="an officer of the department signs it") from None
    fresh = at - REQUEST_SECONDS <= request.iat <= at + CLOCK_SKEW
    if stated.role not in ("officer", "steward") or request.aud != gateway.party or not fresh:
        raise Refused("officer-unknown", "officers and stewards of this department read it, with a fresh request")
