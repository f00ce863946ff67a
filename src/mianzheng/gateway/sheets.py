"""Sheets of other gateways, read again before a decision: whose they are, of which case, about whom.

Of one who was reached by a link sheets count only if the sheet that answered that very link names their bundle, in
the place of their role; and that sheet only if it is about the one the link starts from, up to the acting person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Party, TrustStore, Untrusted
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.people import is_asked_as, source_of
from mianzheng.gateway.refusals import Refused
from mianzheng.model.asking import SheetClaims
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import base_of
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
    bundles: Mapping[str, str]  # role as asked about -> digest of its one bundle
    loaded: LoadedItem
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
    except (msgspec.MsgspecError, UnicodeDecodeError):
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


def check_reached(found: Mapping[QuestionAt, Answer], expected: Expected) -> None:
    """Raise `Refused` unless each linked role's bundle is the one that its link's sheet names in that place.

    The sheets of the source role were about its own bundle (`gather`), which is looked at in the same way: so
    every chain ends at the acting person.
    """
    item = expected.loaded.item
    for role, bundle in expected.bundles.items():
        if role == item.acting_role:
            continue
        placed = expected.loaded.compiled.links.get(base_of(role))
        if placed is None or not is_asked_as(item, role):
            raise Refused("sheet-of-another-subject", f"the item reaches nobody as {role}")
        source = source_of(item, placed)
        answer = found.get((placed.question.id, source))
        linked = answer.linked if answer is not None and answer.status is Status.VALUE else ()
        place = int(role.partition("#")[2] or 1)
        if source not in expected.bundles or place > len(linked) or linked[place - 1] != bundle:
            raise Refused("bundle-not-linked", f"the sheet that answered the link does not name this {role}")


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


def _placed(at: QuestionAt, expected: Expected) -> Placed:
    try:
        if is_asked_as(expected.loaded.item, at[1]):
            return expected.loaded.compiled.placed_at(at)
    except KeyError:
        pass
    raise Refused("sheet-invalid", f"the item does not ask question {at[0]} about {at[1]}")


def _add(found: dict[QuestionAt, Answer], at: QuestionAt, answer: Answer, sheet: Sheet, expected: Expected) -> None:
    placed = _placed(at, expected)
    owner = expected.facts.registers[placed.question.register].department
    if sheet.party.department != owner:
        raise Refused("sheet-invalid", f"question {at[0]} is {owner}'s to answer, not {sheet.party.department}'s")
    known = found.get(at)
    if known is None or known.status is Status.UNAVAILABLE:
        found[at] = answer
    elif answer.status is not Status.UNAVAILABLE and answer != known:
        raise Refused("sheets-disagree", f"two sheets answer question {at[0]} about {at[1]} differently")
