"""Consent 单独同意 of another adult: until they signed for themself, nobody is asked about them.

An item says per role why asking about that person is lawful. Where it is their consent, the case asks
the rest meanwhile; what is about them waits. Who withdraws is asked about no more, and what was
answered about them no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Sent
from mianzheng.model.archive import ConsentSigned
from mianzheng.model.asking import OtherSubject
from mianzheng.model.authorisation import SealedBundle
from mianzheng.model.case import SignatureView
from mianzheng.model.identity import Assertion
from mianzheng.model.item import Item, base_of, needs_consent
from mianzheng.rules.question import Placed

SIGN_WITHIN_HOURS = 15 * 24.0  # then a person takes the case
REFUSALS = frozenset({"consent-missing", "consent-mismatch", "consent-invalid"})  # of a gateway: another one signed


def may_ask(live: LiveCase, wave: Sequence[Placed]) -> list[Placed]:
    """Return what of a wave may be asked now: all but questions about adults who have not signed."""
    return [placed for placed in wave if not needs_consent(live.version.item, placed.role) or _given(live, placed.role)]


def waits_for(live: LiveCase, wave: Sequence[Placed]) -> tuple[str, ...]:
    """Return the roles of a wave whose signature may still come; one who withdrew is not waited for."""
    item, gone = live.version.item, withdrawn(live)
    roles = dict.fromkeys(placed.role for placed in wave)
    return tuple(r for r in roles if needs_consent(item, r) and not _given(live, r) and r not in gone)


def withdrawn(live: LiveCase) -> frozenset[str]:
    """Return the roles whose people withdrew their consent."""
    return frozenset(role for role, one in live.participants.items() if one.state == "withdrawn")


def consent_of(live: LiveCase, role: str, *, party: str) -> OtherSubject | None:
    """Return the authority's bundle of the adult asked about, who signed for themself; None where none is needed."""
    bundle = _bundle(live, role) if needs_consent(live.version.item, role) else None
    if bundle is None:
        return None
    return OtherSubject(role=role, bundle=bundle.bundle, statement=bundle.sealed.get(party, ""))


def contesters_of(live: LiveCase, *, party: str) -> tuple[OtherSubject, ...]:
    """Return the authority's bundles of linked adults who contest an answer about themselves."""
    found = (consent_of(live, role, party=party) for role in dict.fromkeys(role for _, role in live.contests))
    return tuple(one for one in found if one is not None)


def assertion_of(live: LiveCase, role: str) -> Assertion | None:
    """Return the signature of the adult asked about."""
    participant = live.participants.get(role)
    return participant.assertion if participant and participant.state == "signed" else None


def certificate_of(live: LiveCase, role: str) -> str:
    """Return the certificate of the clerk who signed for the adult asked about, "" where they signed themself."""
    participant = live.participants.get(role)
    return participant.certificate if participant and participant.state == "signed" else ""


def consents_signed(live: LiveCase) -> dict[str, ConsentSigned]:
    """Return every other adult's signature that stands, by role, with the authority's word on whose key it is."""
    return {
        role: ConsentSigned(bundle=bundle.bundle, assertion=assertion, certificate=certificate_of(live, role))
        for role in live.participants
        if (bundle := _bundle(live, role)) is not None and (assertion := assertion_of(live, role)) is not None
    }


def is_stale(live: LiveCase, sent: Sent) -> bool:
    """Tell whether a question request rested on a consent that counts no more: what it asked is open again."""
    if sent.answer is not None or not needs_consent(live.version.item, sent.asked.role):
        return False
    bundle, carried = _bundle(live, sent.asked.role), sent.asked.consent
    return carried is not None and (bundle is None or bundle.bundle != carried.bundle)


def signatures_of(live: LiveCase, members: dict[str, int]) -> tuple[SignatureView, ...]:
    """Return how each signature stands that the case needs, as far as links have said who there is."""
    return tuple(
        SignatureView(role=role, label=live.version.item.roles[base_of(role)].label, state=_state(live, role))
        for role in consenting_roles(live.version.item, members)
    )


def consenting_roles(item: Item, members: dict[str, int]) -> Iterator[str]:
    """Yield each person, as they are asked about, who must sign for themself."""
    for role in item.roles:
        if needs_consent(item, role):
            yield from item.asked_as(role, members.get(role, 0) if item.roles[role].numbered else 1)


def _state(live: LiveCase, role: str) -> Literal["missing", "invited", "signed", "refused", "withdrawn"]:
    participant = live.participants.get(role)
    return "missing" if participant is None else participant.state


def _given(live: LiveCase, role: str) -> bool:
    return _bundle(live, role) is not None


def _bundle(live: LiveCase, role: str) -> SealedBundle | None:
    """Return the bundle of who signed for a role; of several tried, the one whose signature stands."""
    participant = live.participants.get(role)
    if participant is None or participant.state != "signed":
        return None
    for sent in live.requests:
        if sent.id == participant.request and (found := sent.sealed_bundle()) is not None:
            return found[1]
    return None
