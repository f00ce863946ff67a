"""What one request to `/answers` asks, every part of it checked but budgets: permission, subjects, plan, approvals.

Beside the one asked about a request may bring a second subject (`ref = role`, `relation(a, b)`), who was typed
for a link, values that other gateways sealed, and another adult's consent.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.gateway.admission import check_case, find_item, find_question, open_forms
from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.choices import open_choice
from mianzheng.gateway.consents import check_consent
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.mandates import check_acting
from mianzheng.gateway.operands import open_operands
from mianzheng.gateway.people import reached_by
from mianzheng.gateway.querying import Wanted
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import Incoming, check_window
from mianzheng.gateway.subjects import Subject
from mianzheng.gateway.verified import Verified, Verifier
from mianzheng.model.asking import AnswerRequest
from mianzheng.model.item import base_of
from mianzheng.model.mandate import Mandate
from mianzheng.model.scalar import Scalar
from mianzheng.rules.bind import Bindings

MOST_QUESTIONS = 64  # in one request; the longest plan known has 14
MOST_OTHERS = 16


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One admitted request: everything was checked but budgets."""

    incoming: Incoming[AnswerRequest]
    verified: Verified
    others: Mapping[str, Subject]  # second subjects by role
    loaded: LoadedItem
    wanted: tuple[Wanted, ...]
    forms: Mapping[str, Scalar]
    at: int

    @property
    def questions(self) -> tuple[OwnQuestion, ...]:
        """The questions, as this gateway compiled them."""
        return tuple(one.own for one in self.wanted)


def admit(gateway: Gateway, verifier: Verifier, incoming: Incoming[AnswerRequest], at: int) -> Asked:
    """Return a request admitted; `Refused` says which part does not hold."""
    request = incoming.request
    _check_shape(gateway, request, at)
    verified = verifier.verified(
        request.permission,
        bundle=request.bundle,
        statement=request.statement,
        role=request.role,
        case=request.case,
        at=at,
    )
    permitted, subject = verified.permitted, verified.subject
    loaded = find_item(gateway.items, permitted.authorisation)
    mandate = _mandate(gateway, request, verified, loaded, at)
    check_case(loaded.item, permitted, subject, today=gateway.today())
    questions = tuple(
        find_question(gateway.approvals, loaded, permitted, subject, question, mandate=mandate)
        for question in request.questions
    )
    check_consent(gateway, loaded, questions, request, permitted=permitted, subject=subject, at=at)
    others = _others(gateway, verifier, request, questions, loaded, at)
    needed = frozenset(name for own in questions for name in own.forms)
    forms = open_forms(request.forms, loaded.item, permitted.authorisation, needed=needed)
    wanted = tuple(_wanted(gateway, request, own, verified, others, loaded, forms, at) for own in questions)
    return Asked(incoming=incoming, verified=verified, others=others, loaded=loaded, wanted=wanted, forms=forms, at=at)


def _check_shape(gateway: Gateway, request: AnswerRequest, at: int) -> None:
    check_window(request, at=at, seconds=gateway.config.request_seconds)
    if not 0 < len(request.questions) <= MOST_QUESTIONS or len(set(request.questions)) != len(request.questions):
        raise Refused("malformed-request", f"a request holds 1 to {MOST_QUESTIONS} questions, each once")
    if len(request.others) > MOST_OTHERS or len({other.role for other in request.others}) != len(request.others):
        raise Refused("malformed-request", f"a request holds at most {MOST_OTHERS} second subjects, each role once")


def _mandate(
    gateway: Gateway, request: AnswerRequest, verified: Verified, loaded: LoadedItem, at: int
) -> Mandate | None:
    acts_for = verified.permitted.authorisation.acts_for
    principal = verified.subject.role == acts_for
    return check_acting(
        request.permission,
        verified.permitted,
        loaded.item,
        trust=gateway.trust,
        at=at,
        log_subject=gateway.log.subject(verified.subject.number) if principal else "",
    )


def _others(
    gateway: Gateway,
    verifier: Verifier,
    request: AnswerRequest,
    questions: tuple[OwnQuestion, ...],
    loaded: LoadedItem,
    at: int,
) -> dict[str, Subject]:
    """Return the second subjects that the questions speak of, verified like the first; others are not looked at."""
    meant = {own.question.other for own in questions if own.question.other}
    found: dict[str, Subject] = {}
    for other in request.others:
        if base_of(other.role) not in meant:
            continue
        one = verifier.verified(
            request.permission,
            bundle=other.bundle,
            statement=other.statement,
            role=other.role,
            case=request.case,
            at=at,
        )
        check_case(loaded.item, one.permitted, one.subject, today=gateway.today())
        found[other.role] = one.subject
    return found


def _wanted(
    gateway: Gateway,
    request: AnswerRequest,
    own: OwnQuestion,
    verified: Verified,
    others: Mapping[str, Subject],
    loaded: LoadedItem,
    forms: Mapping[str, Scalar],
    at: int,
) -> Wanted:
    permitted = verified.permitted
    subjects = {**others, verified.subject.role: verified.subject}
    bindings = Bindings(
        as_of=permitted.authorisation.as_of,
        params=gateway.items.params(),
        forms=forms,
        other=_second(own, others) if own.question.other else "",
        operands=open_operands(gateway, loaded, own, request.operands, permitted=permitted, subjects=subjects, at=at),
    )
    if own.question.kind != "link":
        return Wanted(own=own, bindings=bindings)
    name = reached_by(loaded.compiled, own.placed)
    role = loaded.item.roles[name]
    chosen = open_choice(gateway, request.choices, name, permitted.authorisation) if role.chosen else None
    return Wanted(own=own, bindings=bindings, one=not role.many, chosen=chosen)


def _second(own: OwnQuestion, others: Mapping[str, Subject]) -> str:
    """Return the number of the second subject; `Refused` unless exactly one came along."""
    found = [subject.number for role, subject in others.items() if base_of(role) == own.question.other]
    if len(found) != 1:
        raise Refused("second-subject-missing", f"question {own.question.id} speaks of {own.question.other} too")
    return found[0]
