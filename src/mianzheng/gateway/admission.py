"""May this be asked at all: the item version, the case's date, the plan, the approvals, presence, form values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mianzheng.gateway.approvals import Approvals, OwnQuestion
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem, SignedItems
from mianzheng.gateway.mandates import granted_level, item_level
from mianzheng.gateway.people import is_asked_as, origin_of
from mianzheng.gateway.permission import Permitted
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.subjects import Subject
from mianzheng.gateway.verified import Verifier
from mianzheng.model.authorisation import Authorisation, FormValue, form_digest
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.item import Item, base_of
from mianzheng.model.mandate import Mandate
from mianzheng.model.scalar import BadScalar, Scalar, from_wire

P3 = 3  # the presence that special data need
SLACK_DAYS = 40  # calendar days a case may be older than its legal limit in working days: holidays, a bridge


def verifier_of(gateway: Gateway) -> Verifier:
    """Return what verifies permissions and subjects for a gateway, by its own copies of the items."""
    return Verifier(
        gateway.trust,
        gateway.seal,
        gateway.party,
        lambda authorisation, role: origin_of(gateway, find_item(gateway.items, authorisation), role),
    )


def find_item(items: SignedItems, authorisation: Authorisation) -> LoadedItem:
    """Return the signed item version that was authorised; `Refused` when this gateway does not hold it."""
    loaded = items.get(authorisation.item_digest)
    if loaded is None:
        raise Refused(
            "item-not-loaded", "this gateway holds no item version of that digest", hint="the steward loads it"
        )
    if (loaded.item.item, loaded.item.version) != (authorisation.item, authorisation.item_version):
        raise Refused("item-not-loaded", "the digest is of another item version than the authorisation names")
    if not loaded.in_force(authorisation.as_of):
        raise Refused("item-not-in-force", "this item version is not in force on the case's date, or was retired")
    return loaded


def check_case(item: Item, permitted: Permitted, subject: Subject, *, today: date) -> None:
    """Raise `Refused` unless date, role and presence of the case are such as the item allows."""
    as_of = permitted.authorisation.as_of
    oldest = longest_days(item)
    if not 0 <= (today - as_of).days <= oldest:
        raise Refused("as-of-out-of-range", f"the case's date is not within the last {oldest} days")
    role = item.roles.get(base_of(subject.role))
    if role is None or not is_asked_as(item, subject.role) or bool(subject.bundle.link) != bool(role.link):
        raise Refused("bundle-of-another-role", f"the item does not reach {subject.role!r} so")
    if role.kind != subject.bundle.subject_kind:
        raise Refused("bundle-of-another-role", f"role {subject.role!r} is a {role.kind}")
    if item_level(permitted, subject.bundle) < item.presence:
        raise Refused("presence-too-low", f"the item is handled from presence {item.presence} on")


def longest_days(item: Item) -> int:
    """Return how many calendar days a case of this item may last: its notice, and its limit in working days."""
    return max(item.legal_days, item.promise_days) * 7 // 5 + item.public_notice_days + SLACK_DAYS


def find_question(
    approvals: Approvals,
    loaded: LoadedItem,
    permitted: Permitted,
    subject: Subject,
    question: str,
    *,
    mandate: Mandate | None = None,
) -> OwnQuestion:
    """Return one approved question of the plan; `Refused` names what is missing.

    The people of a role share a line of the plan, and an approval. `mandate`: on which the case is brought.
    """
    at: QuestionAt = (question, base_of(subject.role))
    line = permitted.lines.get(at)
    if line is None:
        raise Refused("not-in-plan", f"question {question} about {subject.role} is not in the signed plan")
    own, bases = approvals.find(loaded, at) or (None, frozenset())
    if own is None or not bases:
        raise Refused(
            "question-not-approved",
            f"question {question} is not approved for {loaded.item.item} version {loaded.item.version}",
            hint="the steward approves it with `mianzheng gateway approve`; a changed mapping voids approvals",
        )
    if line.basis not in bases or own.basis != line.basis:
        raise Refused("basis-not-approved", f"question {question} is not approved for this item on that basis")
    if line.sentence != own.sentence:
        raise Refused("sentence-differs", f"the plan says something else of question {question} than it asks")
    if (line.register, line.sensitive, line.purpose) != (own.question.register, own.question.sensitive, own.purpose):
        raise Refused("plan-differs", f"the plan describes question {question} otherwise than the item does")
    if not own.in_force(permitted.authorisation.as_of):
        raise Refused("not-in-plan", f"no condition in force on the case's date asks question {question}")
    # a need goes sealed from department to department: money may go to the account on record at any presence
    sensitive = own.question.sensitive and own.question.kind != "need"
    special = sensitive or subject.is_child(permitted.authorisation.as_of)
    if special and _level(permitted, subject, mandate) < P3:
        raise Refused("presence-too-low", "special personal data need presence 3")
    return own


def _level(permitted: Permitted, subject: Subject, mandate: Mandate | None) -> int:
    """Return the presence that counts for special data: of one reached by a link, that of who brings the case."""
    level = granted_level(permitted, subject.bundle)
    return level if mandate is None else min(level, mandate.granted.level)


def open_forms(
    forms: tuple[FormValue, ...], item: Item, authorisation: Authorisation, *, needed: frozenset[str] | None
) -> Mapping[str, Scalar]:
    """Return the opened form values, typed; `Refused` unless they are what the person signed.

    A needed one that is not opened counts as left out by the person only when everything signed
    is open: else a hub could hide it. `needed` None: everything signed must be open. Who was typed for a role that
    is chosen stands among what was signed, and is opened by its link's gateway alone.
    """
    opened: dict[str, Scalar] = {}
    for form in forms:
        if form_digest(form) not in authorisation.forms:
            raise Refused("form-not-authorised", f"the value of form.{form.name} is not in the authorisation")
        field = item.form.get(form.name)
        if field is None or form.name in opened:
            raise Refused("form-not-authorised", f"form.{form.name} is not a field of the item, or opened twice")
        try:
            opened[form.name] = from_wire(field.type, form.value)
        except BadScalar:
            raise Refused("form-not-authorised", f"form.{form.name} is not of type {field.type.value}") from None
        if field.values and opened[form.name] not in field.values:
            raise Refused("form-not-authorised", f"form.{form.name} is none of the values the item lists")
    chosen = sum(role.chosen for role in item.roles.values())
    closed = len(opened) + chosen < len(authorisation.forms)
    if closed and (needed is None or not needed.issubset(opened)):
        raise Refused("form-missing", "a form value is not opened", hint="open every form value that is bound")
    return opened
