"""Remote signatures: made only for whoever proves themself anew, over the very digest; results sealed to a kept key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mianzheng.authority import own_keys
from mianzheng.authority.mandate_rows import day_of
from mianzheng.authority.site import vouching
from mianzheng.authority.site.rows import Flow
from mianzheng.authority.site.vouching import Proven
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import BadAssertion, verify_assertion
from mianzheng.credentials.credential import issue_credential
from mianzheng.credentials.keys import thumbprint
from mianzheng.model.authorisation import Bundle, SealedBundle
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.identity import Assertion
from tests.authority.site_world import HUB, SITE, SiteWorld, given, refused, site_world
from tests.gateway.world import HEAD, OLD, SON, Case, World, refusal

DIGEST = b64(hashlib.sha256(b"what was read").digest())
OTHER = b64(hashlib.sha256(b"what was never read").digest())


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(autouse=True)
def honest(site: SiteWorld) -> Iterator[None]:
    yield
    site.issuer.changes, site.issuer.key = {}, None


def signed(site: SiteWorld, digest: str = DIGEST, who: str = "old") -> Assertion:
    browser = site.browser()
    handed = given(browser.prove(browser.confirm_page(digest), who))
    return msgspec.json.decode(unb64(handed["assertion"]), type=Assertion)


def verified(site: SiteWorld, assertion: Assertion, digest: str = DIGEST) -> str:
    trust = site.world.trust
    origins = (*trust.origins, SITE)
    return verify_assertion(assertion, unb64(digest), rp_ids=trust.rp_ids, origins=origins, allow_software=False)


def test_a_remote_signature_is_checked_like_a_passkeys(site: SiteWorld) -> None:
    assertion = signed(site)
    assert assertion.kind == "remote"
    assert verified(site, assertion) == thumbprint(assertion.key)
    with pytest.raises(BadAssertion):
        verified(site, assertion, OTHER)


def test_the_same_person_signs_with_the_same_key_and_another_with_another(site: SiteWorld) -> None:
    assert signed(site).key == signed(site, OTHER).key
    assert signed(site).key != signed(site, who="son").key


def test_a_remote_key_has_the_level_of_the_sign_in_that_made_it(site: SiteWorld) -> None:
    weak = signed(site, who="head")
    enrolled = {key.thumbprint: key for key in site.authority.keys_of(HEAD)}
    assert enrolled[thumbprint(weak.key)].level == 1 and enrolled[thumbprint(weak.key)].kind == "remote"


def test_a_remote_signature_is_a_line_of_the_persons_own_list(site: SiteWorld) -> None:
    signed(site, who="son")
    assert ("remote-signature", "demo") in site.lines(SON)


def test_who_is_signed_in_already_must_prove_it_anew(site: SiteWorld) -> None:
    browser = site.browser()
    browser.sign_in()
    site.issuer.changes = {"auth_time": int(site.world.now()) - 600}
    assert refused(browser.prove(browser.confirm_page(DIGEST))) == "sign-in-refused"


def test_a_proof_for_one_digest_signs_no_other(site: SiteWorld) -> None:
    browser = site.browser()
    url = browser.to_provider(browser.confirm_page(DIGEST))
    flow = url.partition("state=")[2].partition("&")[0]
    kept = site.site.flow(flow, str(browser.client.cookies.get("__Host-mz-browser")))
    site.site.keep(flow, msgspec.structs.replace(kept, digest=OTHER))  # as if a row had been changed
    assert refused(browser.get(browser.at_provider(url, "old"))) == "flow-ended"


def test_a_proof_for_a_sign_in_signs_nothing(site: SiteWorld) -> None:
    browser = site.browser()
    url = browser.to_provider(browser.sign_in_page())
    flow = url.partition("state=")[2].partition("&")[0]
    kept = site.site.flow(flow, str(browser.client.cookies.get("__Host-mz-browser")))
    site.site.keep(flow, msgspec.structs.replace(kept, purpose="confirm", digest=DIGEST))
    assert refused(browser.get(browser.at_provider(url, "old"))) == "flow-ended"


def test_a_proof_signs_once(site: SiteWorld) -> None:
    browser = site.browser()
    back = browser.at_provider(browser.to_provider(browser.confirm_page(DIGEST)), "old")
    given(browser.get(back))
    assert refused(browser.get(back)) == "flow-ended"


@pytest.mark.parametrize("digest", ["", "short", "A" * 42, "A" * 44, "+" * 43, "é" * 43])
def test_only_32_bytes_are_signed(site: SiteWorld, digest: str) -> None:
    assert refused(site.browser().confirm_page(digest)) == "malformed-request"


def test_the_page_shows_the_check_code_that_the_hub_shows(site: SiteWorld) -> None:
    code = unb64(DIGEST).hex()[:8].upper()
    assert f"{code[:4]} {code[4:]}" in site.browser().confirm_page(DIGEST).text


def test_a_remote_signature_names_its_person_in_a_bundle_and_no_one_else(site: SiteWorld, world: World) -> None:
    case = Case(world)
    case.case = "c-remote"  # the digest has a bundle for the first case already
    flow = Flow(purpose="confirm", audience="hub", nonce="", back=HUB, state="", browser="", at=0, digest=case.digest)
    local = msgspec.structs.replace(site.site, config=msgspec.structs.replace(site.config, url="http://localhost:99"))

    def sign(number: str) -> Assertion:
        return vouching.sign(local, local.begin(flow), flow, Proven(number=number, method="demo", level=3))

    request = case.bundle_request("public-security", role="member", assertion=sign(SON))
    assert refusal(world, "public-security", "/bundles", case.token(request, "mz-bundle-request")) == "bundle-refused"
    request = case.bundle_request("public-security", role="member", assertion=sign(OLD))
    reply = world.clients["public-security"].post("/bundles", content=case.token(request, "mz-bundle-request"))
    bundle = msgspec.json.decode(
        jws.unverified_payload(msgspec.json.decode(reply.content, type=SealedBundle).bundle), type=Bundle
    )
    assert (bundle.presence.method, bundle.presence.level) == ("remote", 3)


def test_a_removed_remote_key_signs_no_more_and_the_next_is_another(site: SiteWorld) -> None:
    first = signed(site)
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"))
    assert browser.post("/devices/remove", browser.get("/devices"), key=thumbprint(first.key)).status_code == 303
    assert thumbprint(first.key) not in {key.thumbprint for key in site.authority.keys_of(OLD)}
    assert signed(site).key != first.key


def test_the_private_half_of_a_remote_key_lies_nowhere_in_plain(site: SiteWorld) -> None:
    signed(site)
    secret = next(key.private for key in site.keys(OLD) if key.kind == "remote")
    assert secret is not None
    rows = repr(site.authority.journal.reader().execute("SELECT * FROM own_keys").fetchall())
    assert secret.d not in rows and OLD not in rows


def sealed_result(site: SiteWorld, number: str) -> str:
    key = own_keys.holder_key(site.authority.secrets, number, day_of(int(site.world.now())))
    token = issue_credential(
        {
            "name": "陈阿婆", "item": "old-age-allowance", "from": "2026-10-01", "every": "month",
            "credential": {"zh": "高龄津贴凭证", "en": "Allowance"}, "department": "civil-affairs",
        },
        key=site.world.key("civil-affairs"), iss="civil-affairs", vct="allowance",
        holder=key.public.jwk, iat=int(site.world.now()),
    )  # fmt: skip
    return jwe.seal(token.encode(), to=key.public, typ="mz-credential")


def opening(site: SiteWorld, sealed: str, who: str = "old") -> Any:
    browser = site.browser()
    led = browser.client.post("/credentials", data={"sealed": sealed}, follow_redirects=False)
    assert led.status_code == 303
    asked = browser.get(led.headers["location"])
    back = browser.prove(browser.get(asked.headers["location"]), who)
    return browser.get(back.headers["location"])


def test_the_word_of_a_sign_in_carries_a_key_to_seal_results_to(site: SiteWorld) -> None:
    holder = site.browser().sign_in().holder
    assert holder is not None
    expected = own_keys.holder_key(site.authority.secrets, OLD, day_of(int(site.world.now())))
    assert holder == expected.public.jwk


def test_a_result_sealed_to_that_key_opens_for_its_person_alone(site: SiteWorld) -> None:
    sealed = sealed_result(site, OLD)
    page = opening(site, sealed).text
    for said in ("陈阿婆", "高龄津贴凭证", "2026 年 10 月 1 日", "每月"):
        assert said in page
    assert refused(opening(site, sealed, "son")) == "not-opened"
    assert refused(opening(site, "no.sealed.text.at.all")) == "not-opened"


def test_a_result_that_no_department_signed_is_not_shown(site: SiteWorld) -> None:
    key = own_keys.holder_key(site.authority.secrets, OLD, day_of(int(site.world.now())))
    token = issue_credential(
        {"name": "x"}, key=site.world.people[OLD], iss="civil-affairs", vct="v", holder=key.public.jwk, iat=1
    )
    assert refused(opening(site, jwe.seal(token.encode(), to=key.public, typ="mz-credential"))) == "not-opened"


def test_a_result_of_an_earlier_month_still_opens(site: SiteWorld) -> None:
    sealed = sealed_result(site, OLD)
    site.world.ahead += 86_400 * 70
    try:
        assert "陈阿婆" in opening(site, sealed).text
    finally:
        site.world.ahead = 0
