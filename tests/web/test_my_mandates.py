"""`/my/mandates` and `/my/acting`: what an authority hands over is taken once, and serves the one it was handed to."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.mandates.token import digest_of, show
from mianzheng.model.mandate import HandOver
from tests.authority.grants import Grant, change
from tests.cases.hub_world import world
from tests.gateway.world import OLD, SON, WIFE, sign_in
from tests.web.front_hub import pages, words
from tests.web.my_client import Visitor

ITEM, OTHER = "old-age-allowance", "care-aid"
PERSONS = "public-security"
SITE = "https://id.test"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as served:
        served.app.state.config = msgspec.structs.replace(served.app.state.config, sites={PERSONS: SITE})
        yield served


class Mandated:
    """A mandate of OLD's for SON, as the authority's site hands it over to the agent's browser."""

    def __init__(self, *items: str, **terms: Any) -> None:
        terms = {"items": items or (ITEM,), "uses": 5, "holder": PrivateKey.generate().public.jwk} | terms
        self.token = Grant(world(), **terms).mandate()

    def word(self, *, signer: str = PERSONS, typ: str = "mz-hand-over", **changes: Any) -> str:
        now = int(world().now())
        fields: dict[str, Any] = {
            "iss": PERSONS,
            "aud": "hub",
            "agent": sign_in(world(), SON, "hub").pairwise,
            "mandate": digest_of(self.token),
            "item": ITEM,
            "nonce": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 600,
        }
        return jws.sign(HandOver(**(fields | changes)), key=world().key(signer), typ=typ)

    def brought(self, client: TestClient[Any], **fields: str) -> Any:
        """Bring it to the hub, as a form of another site does: with no cookie and no token of the hub's."""
        sent = {"mandate": show(self.token, ITEM), "word": fields.get("word") or self.word()} | fields
        client.cookies.clear()
        return client.post("/my/acting", data=sent, follow_redirects=False)

    def revoke(self) -> None:
        assert change(world(), self.token, OLD).status_code == 200


def acting(agent: Visitor, mandated: Mandated) -> Any:
    """The form of the item, after the hand-over."""
    kept = mandated.brought(agent.client)
    assert kept.status_code == 303, kept.text
    return agent.follow(agent.get(kept.headers["location"]))


def applied(agent: Visitor, form: Any) -> Any:
    """Apply on a mandate; return the page of the case after signing."""
    hidden = re.search(r'name="acting" value="([^"]+)"', form.text)
    assert hidden is not None, form.text
    plan = agent.follow(agent.post(f"/my/apply/{ITEM}", form, acting=hidden[1]))
    return agent.follow(agent.sign(agent.go_on(plan)))


def refused(answer: Any, status: int = 403) -> str:
    assert answer.status_code == status, answer.text
    found = re.search(r"\d{3} · ([a-z-]+)", answer.text)
    assert found is not None, answer.text
    return found[1]


def test_an_agent_does_the_case_and_the_principal_reads_every_step(client: TestClient[Any]) -> None:
    son, old = Visitor(client, SON), Visitor(client, OLD)
    form = acting(son, Mandated(purpose="代办高龄津贴"))
    assert "您替委托人办" in words(form) and "代办高龄津贴" in words(form)
    case = applied(son, form)
    assert "结果密封给委托人" in words(case) and 'data-testid="credential"' not in case.text
    path = str(case.url.path)
    assert "您替别人办" in words(son.get("/my/mandates"))
    theirs = old.get("/my/mandates")
    assert "别人按您的委托在办" in words(theirs) and path in theirs.text
    seen = old.get(path)
    assert 'data-testid="for-me"' in seen.text and 'data-testid="credential"' in seen.text
    assert re.search(r'data-holder="[A-Za-z0-9_-]{43}"', seen.text)
    assert 'data-testid="stop"' not in seen.text  # the case is over: ending the mandate stops nothing
    asked = son.get(f"/my/ledger?case={path.rpartition('/')[2]}")
    assert "公安局" in words(asked) and 'data-testid="of-another"' in asked.text
    assert "/my/ledger/receipts/" not in asked.text
    stranger = Visitor(client, WIFE).get(f"/my/ledger?case={path.rpartition('/')[2]}")
    assert 'data-testid="empty"' in stranger.text


def test_a_mandate_revoked_after_the_plan_was_read_asks_nothing(client: TestClient[Any]) -> None:
    son, mandated = Visitor(client, SON), Mandated()
    form = acting(son, mandated)
    mandated.revoke()
    case = applied(son, form)
    assert "已撤回" in words(case) and 'data-testid="answers"' not in case.text
    assert "委托已被撤销" in words(case) and "请委托人重新作一份委托" in words(case)


def test_a_mandate_that_is_used_up_is_told_to_the_agent_on_the_page(client: TestClient[Any]) -> None:
    son, mandated = Visitor(client, SON), Mandated(uses=1)
    first, second = acting(son, mandated), acting(son, mandated)
    applied(son, first)
    case = applied(son, second)
    assert "委托的次数已用完" in words(case) and "请委托人重新作一份委托" in words(case)
    assert 'data-testid="notices"' in case.text


def test_after_revocation_an_agent_closes_opens_and_chooses_nothing(client: TestClient[Any]) -> None:
    son, mandated = Visitor(client, SON), Mandated()
    case = applied(son, acting(son, mandated))
    path = str(case.url.path)
    assert "请告诉对方来领取" in words(case) and "请领取您的证照" not in words(case)
    listed = son.get(f"{path}/papers")
    assert 'data-testid="not-served"' in listed.text
    mandated.revoke()
    assert refused(son.post(f"{path}/receipt", case)) == "mandate-revoked"
    assert refused(son.post(f"{path}/papers/grant/way", listed, way="post")) == "mandate-revoked"
    for page in ("/papers", "/papers/grant", "/papers/grant/pdf", "/why"):
        assert refused(son.get(path + page)) == "mandate-revoked"
    assert refused(son.get(f"/my/ledger?case={path.rpartition('/')[2]}")) == "mandate-revoked"
    left = son.get(path)
    assert 'data-testid="own-steps"' in left.text and "准予" not in words(left)
    assert 'data-testid="papers"' not in left.text and 'data-testid="answers"' not in left.text
    lines = words(son.get("/my/mandates"))
    assert "已办结" in lines and "已送达" not in lines


def test_a_hand_over_serves_once(client: TestClient[Any]) -> None:
    mandated = Mandated()
    word = mandated.word()
    assert mandated.brought(client, word=word).status_code == 303
    assert refused(mandated.brought(client, word=word)) == "hand-over-refused"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other-hub"},
        {"iss": "civil-affairs"},
        {"agent": "another"},
        {"agent": ""},
        {"mandate": "A" * 43},
        {"item": OTHER},
        {"item": ""},
        {"iat": 1_700_000_000, "exp": 1_700_000_600},
        {"exp": 2_000_000_000},
        {"signer": "civil-affairs"},
        {"signer": "hub"},
        {"typ": "mz-standing"},
    ],
    ids=str,
)
def test_a_word_that_says_anything_else_is_refused(client: TestClient[Any], changes: dict[str, Any]) -> None:
    mandated = Mandated()
    assert refused(mandated.brought(client, word=mandated.word(**changes))) == "hand-over-refused"


def test_a_word_for_one_mandate_brings_no_other(client: TestClient[Any]) -> None:
    one, other = Mandated(), Mandated()
    assert refused(one.brought(client, mandate=show(other.token, ITEM))) == "hand-over-refused"


def test_a_mandate_that_shows_more_than_one_item_is_not_taken(client: TestClient[Any]) -> None:
    mandated = Mandated(ITEM, OTHER)
    assert refused(mandated.brought(client, mandate=mandated.token)) == "hand-over-refused"
    assert mandated.brought(client).status_code == 303


@pytest.mark.parametrize("fields", [{"word": "x.y.z"}, {"mandate": "~"}, {"mandate": ""}, {"body": "x"}])
def test_what_is_no_hand_over_is_refused(client: TestClient[Any], fields: dict[str, str]) -> None:
    assert Mandated().brought(client, **fields).status_code == 403


def test_what_was_handed_to_one_serves_nobody_else(client: TestClient[Any]) -> None:
    kept = Mandated().brought(client).headers["location"]
    for number in (OLD, WIFE):
        stranger = Visitor(client, number)
        assert refused(stranger.get(kept)) == "hand-over-refused"
        token = kept.rpartition("/")[2]
        form = stranger.get(f"/my/apply/{ITEM}")
        assert refused(stranger.post(f"/my/apply/{ITEM}", form, acting=token)) == "hand-over-refused"


def test_who_is_not_signed_in_signs_in_and_goes_on(client: TestClient[Any]) -> None:
    kept = Mandated().brought(client).headers["location"]
    client.cookies.clear()
    answer = client.get(kept, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/my/sign-in?next=/my/acting/")


def test_a_token_that_nobody_was_given_opens_nothing(client: TestClient[Any]) -> None:
    assert refused(Visitor(client, SON).get("/my/acting/" + "x" * 43)) == "hand-over-refused"


def test_a_hand_over_leads_to_no_other_site(client: TestClient[Any]) -> None:
    son = Visitor(client, SON)
    answer = son.get(Mandated().brought(client).headers["location"])
    assert answer.headers["location"].startswith(f"/my/apply/{ITEM}?acting=")


def test_a_plan_signed_for_another_seals_the_result_to_the_principal(client: TestClient[Any]) -> None:
    holder = PrivateKey.generate().public
    son = Visitor(client, SON)
    case = applied(son, acting(son, Mandated(holder=holder.jwk)))
    seen = Visitor(client, OLD).get(str(case.url.path))
    assert f'data-holder="{holder.kid}"' in seen.text


def test_the_pages_of_mandates_lead_to_the_authority(client: TestClient[Any]) -> None:
    page = Visitor(client, OLD).get(f"/my/mandates?item={ITEM}")
    assert f'href="{SITE}/mandates/new?item={ITEM}"' in page.text and f'href="{SITE}/mandates' in page.text


def test_who_did_nothing_for_another_reads_so_in_both_languages(client: TestClient[Any]) -> None:
    assert "还没有替别人办的" in words(Visitor(client, WIFE).get("/my/mandates"))
    assert "Nothing yet, by you or for you." in words(Visitor(client, WIFE, language="en").get("/my/mandates"))


def test_a_page_of_the_list_that_is_none_is_refused(client: TestClient[Any]) -> None:
    assert Visitor(client, OLD).get("/my/mandates?after=x").status_code == 400
