"""Verifying a sheet strictly against the request it must answer.

Each of these makes it no sheet at all, and the question stays unavailable: forged, another key or
party, a replayed answer to another request, another case, role, bundle, authorisation, item or
asked entry, answers to questions nobody asked, and a time that does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.credentials import sdjwt
from mianzheng.credentials.jws import BadToken, unverified_kid
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.asking import AnswerResponse, SheetClaims
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, Status
from mianzheng.model.facts import Type
from mianzheng.model.scalar import BadScalar, from_wire

TYP = "mz-sheet"
SKEW = 60  # seconds that two clocks may differ


class BadSheet(MianzhengError):
    """What came back is not the sheet that was asked for; `code` says in which way."""

    code = "sheet-malformed"
    permanent = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet must answer: everything is known to the hub before the request leaves."""

    party: str  # the gateway asked
    request: str
    iat: int  # when the request was made
    case: str
    role: str
    bundle: str  # digest
    authorisation: str  # digest
    item: str
    item_version: int
    entry: str  # leaf hash of the asked entry
    questions: Mapping[str, Type | None]  # question id → type of its value; None: a need, sealed


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A verified sheet."""

    token: str
    digest: str
    key: str  # thumbprint of the key that signed
    party: str
    request: str
    role: str
    iat: int
    use_before: int
    answers: dict[str, Answer]
    disclosures: dict[str, str]  # question → digest of its disclosure


def read_response(unverified: bytes) -> AnswerResponse:
    """Return a gateway's response; `BadSheet` when it has another shape."""
    try:
        return msgspec.json.decode(unverified, type=AnswerResponse)
    except msgspec.MsgspecError as error:
        raise BadSheet(f"not an answer: {error}") from None


def verify_sheet(token: str, *, asked: Asked, trust: TrustStore, now: int) -> Sheet:
    """Return the sheet if it answers exactly `asked`; `BadSheet` otherwise. `now` in seconds."""
    try:
        kid = unverified_kid(token)
        key = trust.key(asked.party, "sign", kid, now)
        verified = sdjwt.verify(token, typ=TYP, key=key, now=now)
        claims = msgspec.convert(verified.claims, SheetClaims)
        answers = {name: msgspec.convert(value, Answer) for name, value in verified.disclosed.items()}
    except Untrusted as error:
        raise BadSheet(f"the signing key is not {asked.party}'s: {error.message}", code="sheet-key") from None
    except BadToken as error:
        raise BadSheet(error.message, code=f"sheet-{error.code}") from None
    except msgspec.ValidationError as error:
        raise BadSheet(str(error)) from None
    _check_claims(claims, asked)
    _check_times(claims, asked, now)
    _check_answers(answers, asked)
    return Sheet(
        token=token,
        digest=sdjwt.token_digest(token),
        key=kid,
        party=asked.party,
        request=claims.request,
        role=claims.role,
        iat=claims.iat,
        use_before=claims.use_before,
        answers=answers,
        disclosures=verified.digests,
    )


def _check_claims(claims: SheetClaims, asked: Asked) -> None:
    expected = {
        "iss": asked.party,
        "case": asked.case,
        "role": asked.role,
        "request": asked.request,
        "bundle": asked.bundle,
        "authorisation": asked.authorisation,
        "item": asked.item,
        "item_version": asked.item_version,
        "entry": asked.entry,
    }
    for name, value in expected.items():
        if getattr(claims, name) != value:
            raise BadSheet(f"the sheet is about another {name.replace('_', ' ')}", code=f"sheet-{_dash(name)}")


def _check_times(claims: SheetClaims, asked: Asked, now: int) -> None:
    if claims.iat < asked.iat - SKEW:
        raise BadSheet("the sheet is older than the request", code="sheet-time")
    if claims.use_before <= now:
        raise BadSheet("the sheet can no longer be used for a decision", code="sheet-expired")


def _check_answers(answers: Mapping[str, Answer], asked: Asked) -> None:
    if answers.keys() != asked.questions.keys():
        raise BadSheet("the sheet answers other questions than were asked", code="sheet-question")
    for question, answer in answers.items():
        _check_answer(answer, asked.questions[question])


def _check_answer(answer: Answer, type_: Type | None) -> None:
    if answer.status is Status.CONTESTED:
        raise BadSheet("a gateway cannot contest", code="sheet-answer")
    has_value = answer.value is not None
    if answer.status is not Status.VALUE or type_ is None:
        sealed_when_due = bool(answer.sealed) == (type_ is None and answer.status is Status.VALUE)
        if has_value or not sealed_when_due:
            raise BadSheet("an answer that may hold no value holds one, or a need is not sealed", code="sheet-answer")
        return
    if answer.sealed or answer.value is None:
        raise BadSheet("an answer has no value", code="sheet-answer")
    try:
        from_wire(type_, answer.value)
    except BadScalar as error:
        raise BadSheet(error.message, code="sheet-answer") from None


def _dash(name: str) -> str:
    return name.replace("_", "-")
