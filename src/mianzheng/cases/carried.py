"""What a request carries beside its questions: choices, second subjects, sealed operands; what a link brings back.

All of it is sealed to the gateway it goes to: the hub carries it and can open none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mianzheng.cases.live import LiveCase
from mianzheng.cases.subjects import reached_by
from mianzheng.exchange.bundles import BadBundle, Reached, check_linked
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.asking import OtherSubject
from mianzheng.model.authorisation import SealedBundle, SealedChoice
from mianzheng.model.evidence import Status
from mianzheng.model.item import base_of
from mianzheng.rules.audience import operands_in
from mianzheng.rules.question import Placed


def choices_of(live: LiveCase, placed: Sequence[Placed]) -> tuple[SealedChoice, ...]:
    """Return the sealed choices that these link questions need."""
    if not live.opening.choices:
        return ()
    reached = {reached_by(live, one.question.id, one.role) for one in placed}
    return tuple(choice for choice in live.opening.choices if choice.role in reached)


def others_of(
    placed: Sequence[Placed], subjects: Mapping[str, SealedBundle], *, party: str
) -> tuple[OtherSubject, ...]:
    """Return the second subjects of these questions, each with its statement for this gateway."""
    roles = {other for one in placed if (other := one.question.other)}
    labels = [label for label in subjects if base_of(label) in roles]
    return tuple(
        OtherSubject(role=label, bundle=subjects[label].bundle, statement=subjects[label].sealed.get(party, ""))
        for label in labels
    )


def operands_of(live: LiveCase, placed: Sequence[Placed]) -> dict[str, str]:
    """Return the sealed operands that these comparisons need, by operand question, as their gateways sealed them."""
    wanted = {operand for one in placed for operand in operands_in(one)}
    if not wanted:
        return {}
    return {
        question: answer.sealed
        for _, sheet in live.sheets
        for question, answer in sheet.answers.items()
        if answer.sealed and (question, base_of(sheet.role)) in wanted
    }


def links_in(
    live: LiveCase, sheet: Sheet, links: Mapping[str, tuple[SealedBundle, ...]]
) -> dict[str, tuple[SealedBundle, ...]]:
    """Return the bundles that a sheet's link answers name, verified; `BadBundle` for others, more or fewer."""
    found: dict[str, tuple[SealedBundle, ...]] = {}
    for question, answer in sheet.answers.items():
        role = reached_by(live, question, sheet.role)
        bundles = links.get(question, ())
        if role is None or answer.status is not Status.VALUE:
            if bundles or answer.linked:
                raise BadBundle("bundles came where no link reached anybody", code="bundle-not-linked")
            continue
        if answer.value != len(answer.linked):
            raise BadBundle("the link reaches another number than its answer says", code="bundle-not-linked")
        _check(live, sheet, question, role, bundles, answer.linked)
        found[question] = bundles
    return found


def _check(
    live: LiveCase, sheet: Sheet, question: str, role: str, bundles: tuple[SealedBundle, ...], linked: tuple[str, ...]
) -> None:
    item = live.version.item
    roles = item.asked_as(role, len(linked))
    reached = Reached(
        party=sheet.party,
        question=question,
        case=live.id,
        authorisation=live.signed.digest,
        roles=roles,
        linked=linked,
    )
    check_linked(bundles, reached=reached, trust=live.hub.trust, now=live.hub.seconds)
