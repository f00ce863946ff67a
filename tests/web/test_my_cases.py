"""`/my`: a person's own cases, what waits for them, one case with its decision, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.decision.decide import GRANTED_BEFORE
from mianzheng.model.authorisation import FormValue
from mianzheng.model.case import State
from mianzheng.model.evidence import Reason, Refused
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField
from mianzheng.model.text import Text
from mianzheng.rules.expression import Compare, Form, Literal_
from mianzheng.web.pages import my_case
from mianzheng.web.sessions import SESSION_COOKIE
from tests.gateway.world import ABSENT, DRAWS, OLD, YOUNG
from tests.web.front_hub import chinese_left, pages, words
from tests.web.my_client import Visitor, contested, new_holder

ITEM = "old-age-allowance"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as served:
        yield served


@pytest.fixture
def old(client: TestClient[Any]) -> Visitor:
    return Visitor(client, OLD)


def test_who_is_not_signed_in_is_led_to_sign_in_and_comes_back(client: TestClient[Any]) -> None:
    for path in ("/my", "/my/notices", "/my/ledger", "/my/invitations", "/my/cases/c1", "/my/apply/x"):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/my/sign-in?next={path}"


def test_a_case_is_granted_from_the_form_to_the_receipt(old: Visitor) -> None:
    plan = old.apply(ITEM)
    assert "申请" in words(plan) and "只答是或否" in words(plan) and "2 → 0" in words(plan)
    assert 'type="checkbox"' not in plan.text  # a duty laid down by law asks for no consent
    case = old.follow(old.sign(old.go_on(plan)))
    said = words(case)
    assert re.search(r"每月 \d+ 元", said) and "2 → 0" in said and "事项第" in said
    assert 'data-testid="decision"' in case.text and 'data-testid="clock"' in case.text
    ended = old.follow(old.post(f"{case.url.path}/receipt", case))
    assert "已办结：准予" in words(old.get("/my")) and "receipt" not in ended.text


def test_a_page_looks_again_only_while_the_machine_works(old: Visitor, client: TestClient[Any]) -> None:
    done = old.run(ITEM)
    assert "hx-trigger" not in done.text
    peers = client.app.state.hub.peers
    peers.down.add("public-security")
    try:
        running = old.run(ITEM)
    finally:
        peers.down.clear()
    part = old.get(f"{running.url.path}/live")
    for shown in (running, part):
        assert f'hx-get="{running.url.path}/live"' in shown.text and "正在询问部门" in words(shown)
    assert "<html" not in part.text and 'href="/my/cases' in part.text  # a plain link to look again, without JavaScript


def test_each_answer_has_its_sentence_department_and_mark(old: Visitor) -> None:
    case = old.run(ITEM)
    found = re.findall(r'<li class="(yes|no|wait|ask)"><span class="sign" aria-hidden="true">(.)', case.text)
    assert len(found) >= 4 and {mark for mark, _ in found} == {"yes"} and {sign for _, sign in found} == {"✓"}


def test_why_names_condition_question_answer_and_who_signed(old: Visitor) -> None:
    case = old.run(ITEM)
    why = old.get(f"{case.url.path}/why")
    assert "条件 1" in words(why) and "签名" in words(why) and "gateway-" not in words(why)
    assert re.search(r'href="/ledger/[A-Za-z0-9_-]{43}"', why.text)


def test_a_proposed_refusal_is_the_persons_to_accept(client: TestClient[Any]) -> None:
    young = Visitor(client, YOUNG)
    case = young.run(ITEM)
    assert "拟不予" in words(case) and 'data-testid="reasons"' in case.text
    signature = young.begin(case, act="accept-refusal")
    assert "接受不予办理" in words(signature)
    final = young.follow(young.sign(signature))
    assert "不予办理" in words(final) and "accept-refusal" not in final.text


def refused_for(
    monkeypatch: pytest.MonkeyPatch, condition: str, *, form: Mapping[str, FormField] = MappingProxyType({})
) -> None:
    """Let cases be read as refused by one condition that no answer failed; with `form` it speaks of what was stated."""
    seen = my_case.seen_case

    async def changed(*given: Any, **more: Any) -> Any:
        live, viewer = await seen(*given, **more)
        reason = Reason(condition=condition, text=Text("原因", "the cause"), department="civil-affairs")
        live.outcome = msgspec.structs.replace(live.outcome, decision=Refused(reasons=(reason,)))
        live.row = msgspec.structs.replace(live.row, decision="refused", state=State.PROPOSED)
        if form:
            version, values = live.version, tuple(FormValue(name=one, value="火灾", salt="s") for one in form)
            rule = Compare("=", Form(next(iter(form))), Literal_(Type.STRING, "重病"))
            first = version.compiled.conditions[0]
            named = msgspec.structs.replace(first.condition, id=condition)
            only = msgspec.structs.replace(first, condition=named, residual=rule)
            compiled = msgspec.structs.replace(version.compiled, conditions=(only,))
            item = msgspec.structs.replace(version.item, form=dict(form))
            live.version = msgspec.structs.replace(version, item=item, compiled=compiled)
            live.opening = msgspec.structs.replace(live.opening, forms=values)
        return live, viewer

    monkeypatch.setattr(my_case, "seen_case", changed)


def test_a_refusal_for_what_was_stated_shows_it_and_blames_no_answer(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    young = Visitor(client, YOUNG)
    path = str(young.run(ITEM).url.path)
    refused_for(monkeypatch, "cause", form={"cause": FormField(label=Text("起因", "cause"), type=Type.STRING)})
    case = young.get(path)
    reasons = case.text.partition('data-testid="reasons"')[2].partition("</ul>")[0]
    assert "原因是您填的内容" in reasons and "火灾" in reasons and "撤回这一件" in reasons
    assert 'data-testid="withdraw"' in case.text and 'data-testid="contest"' not in case.text


def test_a_payment_that_was_granted_before_leads_to_the_case_and_blames_no_answer(
    client: TestClient[Any], old: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = str(old.run(ITEM).url.path)
    young = Visitor(client, YOUNG)
    path = str(young.run(ITEM).url.path)
    other = str(old.run(ITEM).url.path)
    refused_for(monkeypatch, GRANTED_BEFORE)
    case = young.get(path)
    assert "两条路" in words(case) and 'data-testid="contest"' not in case.text
    assert 'data-testid="granted-case"' not in case.text  # another's granted case is nobody else's
    assert f'href="{granted}"' in old.get(other).text


def test_a_person_is_asked_for_instead_of_the_machine(client: TestClient[Any]) -> None:
    young = Visitor(client, YOUNG)
    case = young.run(ITEM)
    after = young.follow(young.sign(young.begin(case, act="ask-person")))
    assert "工作人员正在办" in words(after)


def test_a_wrong_answer_is_contested_and_counts_no_more(client: TestClient[Any]) -> None:
    draws = Visitor(client, DRAWS)
    case = draws.run(ITEM)
    signature = draws.begin(case, **contested(case, -1))
    assert "这个答案不对" in words(signature)
    after = draws.follow(draws.sign(signature))
    assert "您已提出异议" in words(after)
    reasons = after.text.partition('data-testid="reasons"')[2].partition("</ul>")[0]
    assert "存疑" in reasons


def test_a_case_is_withdrawn(old: Visitor, client: TestClient[Any]) -> None:
    young = Visitor(client, YOUNG)
    after = young.follow(young.sign(young.begin(young.run(ITEM), act="withdraw")))
    assert "已撤回" in words(after) and 'value="withdraw"' not in after.text


def test_an_act_that_is_none_is_refused(old: Visitor) -> None:
    case = old.run(ITEM)
    answer = old.post(f"{case.url.path}/acts", case, act="grant-me-more")
    assert answer.status_code == 400


def test_a_plan_with_a_key_that_is_none_is_shown_again(old: Visitor) -> None:
    plan = old.apply(ITEM)
    answer = old.post(str(plan.url.path), plan, holder="no key")
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_without_a_key_of_the_browser_the_authoritys_serves_and_the_page_of_the_signature_says_so(old: Visitor) -> None:
    plan = old.apply(ITEM)
    assert "到它的网页上打开" in words(plan)
    assert 'data-testid="kept-key"' in old.follow(old.post(str(plan.url.path), plan, holder="")).text
    assert 'data-testid="kept-key"' not in old.go_on(old.apply(ITEM)).text


def test_a_case_that_waits_for_its_signature_is_its_plan(old: Visitor) -> None:
    plan = old.apply(ITEM)
    case = str(plan.url.path).removesuffix("/plan")
    assert old.get(case).headers["location"] == f"{case}/plan"
    assert "等您签字" in words(old.get("/my"))


def test_anothers_case_and_signature_do_not_exist(old: Visitor, client: TestClient[Any]) -> None:
    plan = old.apply(ITEM)
    waiting = str(plan.url.path)
    signature = old.go_on(plan)
    case = old.run(ITEM)
    path = str(case.url.path)
    stranger = Visitor(client, YOUNG)
    own = stranger.apply(ITEM)
    for one in (path, f"{path}/why", f"{path}/live", f"{path}/correct", waiting):
        assert stranger.get(one).status_code == 404
    for one, fields in ((f"{path}/acts", {"act": "withdraw"}), (f"{path}/receipt", {}), (f"{path}/invitations", {})):
        assert stranger.post(one, own, **fields).status_code == 404
    assert stranger.post(waiting, own, holder=new_holder()).status_code == 404
    assert stranger.get(str(signature.url.path)).status_code == 404
    assert path.rpartition("/")[2] not in stranger.get("/my").text


def test_a_signature_that_is_none_takes_no_step(old: Visitor) -> None:
    signature = old.go_on(old.apply(ITEM))
    answer = old.post(str(signature.url.path), signature, assertion="{}")
    assert answer.status_code == 400 or answer.status_code == 403
    assert old.get(f"{signature.url.path}/signed?assertion=abc").status_code in (400, 403)


def test_what_was_signed_is_signed_once(old: Visitor) -> None:
    signature = old.go_on(old.apply(ITEM))
    assert old.sign(signature).status_code == 303
    assert old.get(str(signature.url.path)).status_code == 404


def test_a_plan_that_was_signed_in_another_tab_is_its_case(old: Visitor) -> None:
    plan = old.apply(ITEM)
    first, second = old.go_on(plan), old.go_on(plan)
    assert old.sign(first).status_code == 303
    assert old.get(str(second.url.path)).headers["location"] == str(plan.url.path).removesuffix("/plan")


def test_a_form_from_another_site_is_refused(old: Visitor) -> None:
    plan = old.apply(ITEM)
    answer = old.client.post(
        str(plan.url.path), data={"holder": new_holder()}, headers=old._sent(), follow_redirects=False
    )
    assert answer.status_code == 403


def test_cases_are_found_by_name_and_number_and_by_nothing_else(client: TestClient[Any]) -> None:
    absent = Visitor(client, ABSENT)
    plan = absent.apply(ITEM)
    case = str(plan.url.path).split("/")[3]
    for q in ("高龄", "allowance", case[:9]):
        assert f"/my/cases/{case}" in absent.get(f"/my?q={q}").text
    assert f"/my/cases/{case}" not in absent.get("/my?q=营业执照").text


def test_a_long_list_is_read_page_by_page_and_shows_each_case_once(client: TestClient[Any]) -> None:
    draws = Visitor(client, DRAWS)
    made = {str(draws.apply(ITEM).url.path).split("/")[3] for _ in range(23)}
    first = draws.get("/my")
    following = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert following is not None
    second = draws.get(following[1].replace("&amp;", "&"))
    listed = re.findall(r'href="/my/cases/([a-z0-9]+)" data-testid="case"', first.text + second.text)
    assert len(listed) == len(set(listed)) and made <= set(listed)


def test_a_page_of_the_list_that_is_none_is_refused(old: Visitor) -> None:
    assert old.get("/my?after=yesterday~c1").status_code == 400


def test_the_pages_are_complete_in_english(client: TestClient[Any]) -> None:
    reader = Visitor(client, OLD, language="en")
    plan = reader.apply(ITEM)
    case = reader.follow(reader.sign(reader.go_on(plan)))
    assert re.search(r"CNY \d+ a month", words(case)) and "documents" in words(case)
    own = [reader.get(f"{case.url.path}/{one}") for one in ("why", "papers", "papers/grant")]
    for page in (reader.get(f"/my/apply/{ITEM}"), plan, case, *own):
        assert page.status_code == 200 and chinese_left(page) == [], page.url
    for page in (reader.get("/my"), reader.get("/my/notices"), reader.get("/my/invitations"), reader.get("/my/ledger")):
        assert page.status_code == 200 and chinese_left(page) == [], page.url


def test_a_correction_is_shown_only_while_one_is_asked_for(old: Visitor) -> None:
    case = old.run(ITEM)
    assert old.get(f"{case.url.path}/correct").status_code == 409


def test_a_code_that_opens_nothing_is_said_beside_its_field(old: Visitor) -> None:
    page = old.get("/my/invitations")
    assert 'data-testid="empty"' in page.text
    answer = old.post("/my/invitations", page, code="no such code")
    assert answer.status_code == 422 and "打不开" in words(answer) and 'value="nosuchcode"' in answer.text


def test_notices_are_empty_until_something_was_told(client: TestClient[Any]) -> None:
    nobody = Visitor(client, ABSENT)  # of no case: OLD may have been told something by another file's tests
    assert 'data-testid="empty"' in nobody.get("/my/notices").text


def test_a_program_reads_the_lists_and_the_plan_that_the_pages_show(client: TestClient[Any], old: Visitor) -> None:
    plan = old.apply(ITEM)
    case = str(plan.url.path).split("/")[3]
    asked = {"authorization": f"Bearer {old.cookies[SESSION_COOKIE]}"}

    def read(path: str) -> Any:
        return client.get(f"/api{path}", headers=asked)

    assert read(f"/cases/{case}/authorisation").json()["case"] == case
    assert read(f"/my/cases?q={case}").json()["cases"][0]["case"] == case
    assert case in [one["case"] for one in read("/my/waiting").json()]
    old.follow(old.sign(old.go_on(plan)))
    assert read(f"/cases/{case}/authorisation").status_code == 409
    assert read("/my/notices").json()["after"] == 0
    assert read("/my/invitations").json()["cases"] == [] and read("/my/cases?acted=body").json()["cases"] == []
    assert read("/my/cases?acted=nobody").status_code == 400
