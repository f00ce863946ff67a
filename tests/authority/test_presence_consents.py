"""Another adult without a telephone consents at a window: seen by the authority, a clerk's key beside it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec
import pytest

from mianzheng.authority.bundles import make_bundle
from mianzheng.authority.refusals import NoBundle
from mianzheng.credentials.assertion import make_assertion
from mianzheng.model.asking import OtherSubject
from mianzheng.model.authorisation import SealedBundle, consent_challenge
from mianzheng.model.identity import SignIn
from tests.authority.presence_world import AUTHORITY, Clerk, Window
from tests.gateway.family import POLICE, FamilyCase, read
from tests.gateway.family_rows import DAD, FORMER, MUM
from tests.gateway.world import ORIGIN, RP_ID, World


@pytest.fixture(scope="module")
def window(world: World, tmp_path_factory: pytest.TempPathFactory) -> Window:
    return Window(world, tmp_path_factory.mktemp("window-consents"))


class AtWindow:
    """MUM's case, and her husband at the window."""

    def __init__(self, window: Window, number: str = DAD) -> None:
        self.window = window
        self.case = FamilyCase(window.world, "couple-aid", MUM)
        _, _, (self.spouse,) = self.case.reach("spouse")
        self.word = window.passed(window.person(number))

    @cached_property
    def made(self) -> SealedBundle:
        """The authority's one bundle of this adult for this case."""
        return self.sealed()

    def sealed(self, word: SignIn | None = None, by: Clerk | None = None) -> SealedBundle:
        word, by = word or self.word, by or self.window.clerk
        challenge = consent_challenge(self.case.digest, "spouse")
        request = self.case.bundle_request(
            AUTHORITY,
            pairwise=word.pairwise,
            presence=word.presence,
            certificate=by.certificate,
            role="spouse",
            consent=True,
            assertion=make_assertion(by.key, challenge, origin=ORIGIN, rp_id=RP_ID),
        )
        body = self.case.token(request, "mz-bundle-request").encode()
        return msgspec.json.decode(make_bundle(self.window.authority, body), type=SealedBundle)

    def consent(self, **changes: Any) -> dict[str, Any]:
        by, sealed = changes.pop("by", self.window.clerk), self.made
        challenge = consent_challenge(self.case.digest, "spouse")
        fields = {
            "consent": OtherSubject(role="spouse", bundle=sealed.bundle, statement=sealed.sealed[POLICE]),
            "consent_assertion": make_assertion(by.key, challenge, origin=ORIGIN, rp_id=RP_ID),
            "consent_certificate": by.certificate,
        }
        return fields | changes


def test_who_was_seen_at_the_window_is_asked_about_with_the_clerks_key_beside_the_presence(window: Window) -> None:
    one = AtWindow(window)
    given = one.consent()
    bundle = read(window.world, one.made)
    assert (bundle.presence.method, bundle.presence.level, bundle.signer) == ("window", 2, window.clerk.key.kid)
    assert one.case.answers(POLICE, about=("spouse", one.spouse), **given).sheet


def test_a_gateway_takes_a_clerks_key_under_a_consent_only_with_its_certificate(window: Window) -> None:
    one = AtWindow(window)
    for certificate in ("", window.witness.certificate, window.staff("clerk", "civil-affairs").certificate):
        given = one.consent(consent_certificate=certificate)
        assert one.case.denied(POLICE, about=("spouse", one.spouse), **given) == "consent-invalid"
    other = one.consent(by=window.staff("clerk", "civil-affairs"))
    assert one.case.denied(POLICE, about=("spouse", one.spouse), **other) == "consent-invalid"


def test_a_clerk_does_not_consent_for_somebody_who_was_not_seen(window: Window) -> None:
    one = AtWindow(window)
    absent = msgspec.structs.replace(one.word, presence="never")
    for word, by in ((absent, None), (one.word, window.staff("clerk", "civil-affairs")), (one.word, window.witness)):
        with pytest.raises(NoBundle):
            one.sealed(word, by)


def test_another_person_at_the_window_is_not_the_one_who_is_meant(window: Window) -> None:
    one = AtWindow(window, FORMER)
    assert one.case.denied(POLICE, about=("spouse", one.spouse), **one.consent()) == "consent-mismatch"
