"""Another adult's consent 单独同意: who is asked about on that basis signed the same authorisation with their own key.

The authority says whose key it is, in a bundle of the same role; that it is the one whom the link reached is
compared here, where the number is known. For one under 14 the guardian who applies signs: the link shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.permission import Permitted, check_signer, read_bundle, signed_by_clerk
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.subjects import Subject, read_subject
from mianzheng.model.asking import AnswerRequest, OtherSubject
from mianzheng.model.authorisation import Bundle, consent_challenge
from mianzheng.model.item import base_of
from mianzheng.model.presence import STAFFED


def check_consent(
    gateway: Gateway,
    loaded: LoadedItem,
    questions: Iterable[OwnQuestion],
    request: AnswerRequest,
    *,
    permitted: Permitted,
    subject: Subject,
    at: int,
) -> None:
    """Raise `Refused` unless questions on the basis of consent have that of the one they are about."""
    if request.consent is None and (request.consent_certificate or request.consent_assertion is not None):
        raise Refused("consent-invalid", "a signature or certificate travels without the consent it belongs to")
    asked = [own for own in questions if own.basis.consent is not None]
    role = loaded.item.roles[base_of(subject.role)]
    guardian = role.represented and subject.is_child(permitted.authorisation.as_of)
    if not asked or not role.link or guardian:
        return
    try:
        if request.consent is None or request.consent_assertion is None:
            raise Refused("consent-missing", f"{subject.role} is asked about on their own consent", hint="invite them")
        level = _consented(gateway, request, permitted=permitted, subject=subject, at=at)
        special = loaded.item.presence if not any(own.question.sensitive for own in asked) else 3
        if level < max(special, loaded.item.presence):
            raise Refused("presence-too-low", "the one who consented was seen at too low a presence")
    except Refused as error:
        error.subject = gateway.log.subject(subject.number)  # who was to be asked about reads of it in their own list
        error.protected = subject.protected
        raise


def contester(gateway: Gateway, given: OtherSubject, subject: Subject, permitted: Permitted, *, at: int) -> str:
    """Return the key of a linked adult whom the authority names as this very subject; `Refused` for another one."""
    outer, person = _person(gateway, given, permitted=permitted, at=at)
    if outer.role != subject.role or outer.mandate or person.number != subject.number:
        raise Refused("contest-invalid", f"whoever contests is not the one who is {subject.role}")
    if outer.presence.method in STAFFED:
        raise Refused("contest-invalid", "a clerk signed for them", hint="an officer hears it and enters a finding")
    return outer.signer


def _consented(gateway: Gateway, request: AnswerRequest, *, permitted: Permitted, subject: Subject, at: int) -> int:
    """Return at which presence the authority saw the one who consented; `Refused` unless it is this subject."""
    given, assertion = request.consent, request.consent_assertion
    if given is None or assertion is None or given.role != subject.role:
        raise Refused("consent-invalid", "the consent is of another role")
    try:
        outer, person = _person(gateway, given, permitted=permitted, at=at)
        if outer.role != subject.role or outer.mandate:
            raise Refused("consent-invalid", "the bundle is of another role, or of an agent")
        challenge = consent_challenge(permitted.digest, subject.role)
        by_clerk = signed_by_clerk(request.consent_certificate, outer, gateway.trust)
        check_signer(assertion, challenge, signer=outer.signer, trust=gateway.trust, by_clerk=by_clerk)
    except Refused as error:
        raise Refused("consent-invalid", f"the consent of {subject.role}: {error.message}") from None
    if person.number != subject.number:
        raise Refused("consent-mismatch", f"whoever consented is not the one who is {subject.role}")
    return outer.presence.level


def _person(gateway: Gateway, given: OtherSubject, *, permitted: Permitted, at: int) -> tuple[Bundle, Subject]:
    """Return the authority's bundle of another adult of this case, and whom it names to this gateway."""
    outer = read_bundle(
        given.bundle,
        case=permitted.authorisation.case,
        authorisation=permitted.digest,
        trust=gateway.trust,
        at=at,
    )
    person = read_subject(
        given.bundle,
        given.statement,
        outer=outer,
        trust=gateway.trust,
        seal=gateway.seal,
        party=gateway.party,
        at=at,
    )
    return outer, person
