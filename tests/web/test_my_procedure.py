"""What a resident does in the procedure, on their pages: declare, correct what the department asks for, supply, pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.model.officers import AskCorrection, Take
from tests.cases.hub_world import hub_world, run, world
from tests.cases.procedure_world import published, staff_act
from tests.gateway.world import OLD, YOUNG
from tests.web.front_hub import pages, words
from tests.web.my_client import Visitor, new_holder

ITEMS = ("declared-allowance", "noticed-allowance", "paid-allowance", "signed-allowance")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    async def publish() -> None:
        async with hub_world() as here:
            for name in ITEMS:
                await published(here, name)

    run(publish())
    with pages() as served:
        yield served


def act(client: TestClient[Any], case: str, one: Any) -> None:
    """Let the officer act on a case at the desk."""
    signed = staff_act(_Here(client), case, one)  # type: ignore[arg-type]
    answer = client.post(
        f"/api/desk/cases/{case}/acts",
        content=msgspec.json.encode(signed),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 200, answer.text


def to_correct(client: Any, old: Visitor) -> str:
    """A case of which an officer asked a correction; where its page is."""
    plan = old.apply("care-aid", town="331082999")
    consented = old.post(str(plan.url.path), plan, holder=new_holder(), consent="yes")
    case = old.follow(old.sign(old.follow(consented)))
    case = old.follow(old.sign(old.begin(case, act="ask-person")))
    name = str(case.url.path).rpartition("/")[2]
    act(client, name, Take())
    act(client, name, AskCorrection(what=("乡镇代码写错了",), within=10))
    return str(case.url.path)


class _Here:
    def __init__(self, client: TestClient[Any]) -> None:
        self.hub = client.app.state.hub
        self.world = world()


def test_a_declaration_stands_for_a_record_and_is_granted_on(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    case = old.run("declared-allowance")
    assert 'data-testid="declaration"' in case.text and "本人承诺独自居住" in words(case)
    signature = old.begin(case, act="declare", condition="alone")
    assert "作出承诺" in words(signature) and "本人承诺独自居住" in words(signature)
    after = old.follow(old.sign(signature))
    assert "承诺待核查" in words(old.get("/my")) and "您已作出的承诺" in words(after)


def test_nothing_else_can_be_declared(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    case = old.run("declared-allowance")
    assert old.post(f"{case.url.path}/acts", case, act="declare", condition="aged").status_code == 404


def test_a_correction_is_made_once_in_the_form_and_signed_anew(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    address = to_correct(client, old)
    shown = old.get(address)
    assert "乡镇代码写错了" in words(shown) and "等您补正" in words(old.get("/my"))
    assert "乡镇代码写错了" in words(old.get("/my/notices"))
    form = old.get(f"{address}/correct")
    assert 'value="331082999"' in form.text and "乡镇代码写错了" in words(form)
    assert old.post(f"{address}/correct", form, town="").status_code == 422
    signature = old.follow(old.post(f"{address}/correct", form, town="331082001"))
    assert "提交补正" in words(signature)
    again = old.follow(old.sign(signature))
    assert 'data-testid="plan"' in again.text  # everything is read, and signed, once more
    stranger = Visitor(client, YOUNG)
    assert stranger.get(f"{address}/correct").status_code == 404


def test_a_fee_is_named_where_it_is_due(client: TestClient[Any]) -> None:
    case = Visitor(client, OLD).run("paid-allowance")
    assert "应缴工本费 100 元" in words(case) and "到临海市民政局的收费处缴" in words(case)
    assert 'data-testid="credential"' not in case.text  # kept back until it is paid


def test_a_public_notice_says_until_when(client: TestClient[Any]) -> None:
    case = Visitor(client, OLD).run("noticed-allowance")
    assert "公示到" in words(case) and "拟准予" in words(case)


def test_a_grant_that_an_officer_signs_is_no_decision_yet(client: TestClient[Any]) -> None:
    case = Visitor(client, OLD).run("signed-allowance")
    assert "拟准予" in words(case) and "seal wait" in case.text
    assert 'value="accept-refusal"' not in case.text
