"""Sheets of other gateways, read again before a decision: whose they are, of which case, about whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Party, TrustStore, Untrusted
from mianzheng.gateway.refusals import Refused
from mianzheng.model.asking import SheetClaims
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.model.facts import FactCatalogue
from mianzheng.rules.question import Placed


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet whose signature was checked."""

    party: Party
    claims: SheetClaims
    answers: Mapping[str, Answer]
    digest: str


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What every sheet of a case must say."""

    case: str
    authorisation: str
    item: str
    item_version: int
    bundles: Mapping[str, str]  # role -> digest of its one bundle
    questions: Mapping[QuestionAt, Placed]
    facts: FactCatalogue


def read_sheet(token: str, *, trust: TrustStore, at: int) -> Sheet:
    """Return a sheet that a gateway signed with a key that held when it did; `Refused` otherwise."""
    try:
        stated = msgspec.json.decode(jws.unverified_payload(token), type=SheetClaims)
        party, key = trust.signer(token, role="gateway", at=stated.iat)
        verified = sdjwt.verify(token, typ="mz-sheet", key=key, now=at)
        claims = msgspec.convert(verified.claims, SheetClaims)
        answers = {name: msgspec.convert(value, Answer) for name, value in verified.disclosed.items()}
    except (BadToken, Untrusted) as error:
        raise Refused("sheet-invalid", f"a sheet does not hold: {error.message}") from None
    except msgspec.MsgspecError:
        raise Refused("sheet-invalid", "a sheet has not the shape of a sheet") from None
    if claims.iss != party.party:
        raise Refused("sheet-invalid", f"a sheet of {party.party} names {claims.iss!r} as its issuer")
    return Sheet(party=party, claims=claims, answers=answers, digest=sdjwt.token_digest(token))


def gather(sheets: Iterable[Sheet], expected: Expected, *, at: int) -> dict[QuestionAt, Answer]:
    """Return the answers of all sheets by question and role; `Refused` when one is not of this case and subject."""
    found: dict[QuestionAt, Answer] = {}
    for sheet in sheets:
        _check(sheet, expected, at)
        for question, answer in sheet.answers.items():
            _add(found, (question, sheet.claims.role), answer, sheet, expected)
    return found


def _check(sheet: Sheet, expected: Expected, at: int) -> None:
    claims = sheet.claims
    if (claims.case, claims.authorisation) != (expected.case, expected.authorisation):
        raise Refused("sheet-of-another-case", "a sheet is of another case or authorisation")
    if (claims.item, claims.item_version) != (expected.item, expected.item_version):
        raise Refused("sheet-of-another-case", "a sheet is of another item version")
    if expected.bundles.get(claims.role) != claims.bundle:
        raise Refused("sheet-of-another-subject", f"a sheet is not about this case's {claims.role}")
    if at >= claims.use_before:
        raise Refused("sheet-expired", "a sheet is too old to decide by", hint="ask again under a new request")


def _add(found: dict[QuestionAt, Answer], at: QuestionAt, answer: Answer, sheet: Sheet, expected: Expected) -> None:
    placed = expected.questions.get(at)
    if placed is None:
        raise Refused("sheet-invalid", f"the item does not ask question {at[0]} about {at[1]}")
    owner = expected.facts.registers[placed.question.register].department
    if sheet.party.department != owner:
        raise Refused("sheet-invalid", f"question {at[0]} is {owner}'s to answer, not {sheet.party.department}'s")
    known = found.get(at)
    if known is None or known.status is Status.UNAVAILABLE:
        found[at] = answer
    elif answer.status is not Status.UNAVAILABLE and answer != known:
        raise Refused("sheets-disagree", f"two sheets answer question {at[0]} about {at[1]} differently")
