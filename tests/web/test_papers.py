"""Papers over the API: of one's own case, at the window, by post, and checked by anybody."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cases.staff import named
from mianzheng.credentials import jws
from mianzheng.deadlines import day_in_china
from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.case import CaseView
from mianzheng.model.officers import Sign, Take
from mianzheng.model.paper_acts import (
    Arrived,
    DeliveryAct,
    HandedOver,
    PaperDelivery,
    Posted,
    delivery_digest,
    delivery_tag,
)
from mianzheng.model.papers import Checked, OutgoingPaper, PaperFile, PaperView
from mianzheng.model.publishing import Certified
from tests.cases.hub_world import hub_world, run, world
from tests.cases.procedure_world import HERE, published
from tests.gateway.world import OLD, YOUNG
from tests.web.hub_client import Resident, code, hub
from tests.web.test_desk import Acting, header, post

LINES = list[PaperView]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    async def publish() -> None:
        async with hub_world() as here:
            await published(here, "signed-allowance")

    run(publish())
    with hub() as made:
        yield made


def signed_case(client: TestClient[Any]) -> tuple[Resident, CaseView]:
    """A case that its officer took, and signed."""
    resident = Resident(client, OLD)
    resident.sign_in()
    case = resident.run("signed-allowance")
    acting = Acting(client, case.case)
    taken = acting.act(Take())
    acting.act(Sign(outcome="granted"), shown=msgspec.json.decode(taken.content)["shown"])
    return resident, case


def today(client: TestClient[Any]) -> date:
    return day_in_china(client.app.state.hub.clock())


def delivery(case: str, act: DeliveryAct, *, role: str = "officer", department: str = HERE, **changes: Any) -> Any:
    """A delivery as a member of staff signs it."""
    fields: dict[str, Any] = {
        "case": case,
        "step": delivery_tag(act),
        "shown": delivery_digest(act),
        "salt": b64(secrets.token_bytes(16)),
        "iat": int(time.time()),
    }
    holder = world().staff(department, role)
    token = jws.sign(Step(**(fields | changes)), key=holder.key, typ="mz-step")
    return PaperDelivery(signed=Certified(token=token, certificate=holder.certificate), act=act)


def line(resident: Resident, case: str, paper: str) -> PaperView:
    lines = msgspec.json.decode(resident.get(f"/cases/{case}/papers").content, type=LINES)
    return next(one for one in lines if one.paper == paper)


def test_a_person_reads_the_papers_of_their_own_case(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    found = msgspec.json.decode(resident.get(f"/cases/{case.case}/papers/grant").content, type=PaperFile)
    assert base64.b64decode(found.pdf).startswith(b"%PDF")
    assert hashlib.sha256(base64.b64decode(found.pdf)).hexdigest() == found.view.digest
    assert line(resident, case.case, "grant").state == "delivered"
    again = msgspec.json.decode(resident.get(f"/cases/{case.case}/papers/grant").content, type=PaperFile)
    assert again.pdf == found.pdf


def test_another_persons_papers_are_as_if_there_were_none(client: TestClient[Any]) -> None:
    _, case = signed_case(client)
    other = Resident(client, YOUNG)
    other.sign_in()
    for path in ("papers", "papers/grant"):
        assert code(other.get(f"/cases/{case.case}/{path}"), 404) == "not-found"
        assert code(client.get(f"/cases/{case.case}/{path}"), 401) == "not-signed-in"


def test_the_handler_prints_a_paper_and_hands_it_over(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    printed = client.get(f"/desk/cases/{case.case}/papers/grant", headers=header())
    assert msgspec.json.decode(printed.content, type=PaperFile).view.state == "made"
    act = HandedOver(paper="grant", on=today(client))
    given = post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, act))
    assert msgspec.json.decode(given.content, type=PaperView).state == "delivered"
    found = line(resident, case.case, "grant")
    assert (found.way, found.delivered_on) == ("window", today(client))


def test_a_paper_goes_by_tracked_post_and_arrives(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    path = f"/desk/cases/{case.case}/papers"
    arrived = delivery(case.case, Arrived(paper="grant", on=today(client)))
    assert code(post(client, path, arrived), 409) == "paper-not-posted"
    sent = post(client, path, delivery(case.case, Posted(paper="grant", tracking="XA1234567890", on=today(client))))
    assert msgspec.json.decode(sent.content, type=PaperView).tracking == "XA1234567890"
    assert line(resident, case.case, "grant").state == "sent"
    assert post(client, path, arrived).status_code == 200
    assert line(resident, case.case, "grant").way == "post"
    receipt = msgspec.json.decode(resident.get(f"/cases/{case.case}/papers/receipt").content, type=PaperFile)
    assert any("XA1234567890" in one.zh for part in receipt.says.sections for one in part.points)


def test_the_first_day_of_delivery_stays(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    resident.get(f"/cases/{case.case}/papers/grant")
    act = HandedOver(paper="grant", on=today(client))
    again = post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, act))
    assert code(again, 409) == "paper-delivered" and str(today(client)) in again.json()["detail"]
    assert line(resident, case.case, "grant").way == "screen"


@pytest.mark.parametrize(
    ("changes", "status", "wanted"),
    [
        ({"department": "public-security"}, 403, "not-staff"),
        ({"role": "steward"}, 403, "not-staff"),
        ({"step": "post"}, 403, "bad-act"),
        ({"shown": "x"}, 403, "bad-act"),
        ({"iat": 1}, 403, "bad-act"),
    ],
)
def test_only_the_departments_staff_says_that_it_was_delivered(
    client: TestClient[Any], changes: dict[str, Any], status: int, wanted: str
) -> None:
    _, case = signed_case(client)
    act = HandedOver(paper="grant", on=today(client))
    answer = post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, act, **changes))
    assert code(answer, status) == wanted


def test_nothing_is_delivered_tomorrow(client: TestClient[Any]) -> None:
    _, case = signed_case(client)
    act = HandedOver(paper="grant", on=today(client) + timedelta(days=1))
    assert code(post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, act)), 400) == "paper-day"


def test_nothing_arrives_before_it_was_posted(client: TestClient[Any]) -> None:
    _, case = signed_case(client)
    path, day = f"/desk/cases/{case.case}/papers", today(client)
    post(client, path, delivery(case.case, Posted(paper="grant", tracking="XA1", on=day)))
    early = delivery(case.case, Arrived(paper="grant", on=day - timedelta(days=1)))
    assert code(post(client, path, early), 400) == "paper-day"


def test_a_receipt_is_handed_to_nobody(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    resident.get(f"/cases/{case.case}/papers/grant")
    act = HandedOver(paper="receipt", on=today(client))
    assert code(post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, act)), 403) == "bad-act"


def outgoing(client: TestClient[Any], role: str = "officer", **more: Any) -> list[OutgoingPaper]:
    """What waits for window or post, as a member of staff reads it."""
    asked = {"after": more.pop("after", ""), "q": more.pop("q", "")}
    answer = client.get("/desk/outgoing", params=asked, headers=header(role, **more))
    return msgspec.json.decode(answer.content, type=list[OutgoingPaper])


def test_a_paper_that_is_fetched_waits_in_the_list_until_it_is_handed_over_and_then_has_its_receipt(
    client: TestClient[Any],
) -> None:
    resident, case = signed_case(client)
    resident.post(f"/cases/{case.case}/papers/grant/way", {"way": "window"})
    (waits,) = [one for one in outgoing(client, "clerk") if one.case == case.case]
    assert (waits.paper, waits.way, waits.sent_on, waits.overdue) == ("grant", "window", None, False)
    act = HandedOver(paper="grant", on=today(client))
    post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, act, role="clerk"))
    assert case.case not in {one.case for one in outgoing(client, "clerk")}
    receipt = msgspec.json.decode(resident.get(f"/cases/{case.case}/papers/receipt").content, type=PaperFile)
    assert any("窗口直接送达" in one.zh for part in receipt.says.sections for one in part.points)


def test_a_posted_paper_stays_in_the_list_until_it_arrived(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    path, day = f"/desk/cases/{case.case}/papers", today(client)
    resident.post(f"/cases/{case.case}/papers/grant/way", {"way": "post"})
    post(client, path, delivery(case.case, Posted(paper="grant", tracking="XA1", on=day)))
    (sent,) = [one for one in outgoing(client) if one.case == case.case]
    assert (sent.way, sent.sent_on) == ("post", day)
    post(client, path, delivery(case.case, Arrived(paper="grant", on=day)))
    assert case.case not in {one.case for one in outgoing(client)}


def test_the_list_leads_on_without_a_gap_and_is_of_one_department(client: TestClient[Any]) -> None:
    for _ in range(2):
        resident, case = signed_case(client)
        resident.post(f"/cases/{case.case}/papers/grant/way", {"way": "window"})
    every = outgoing(client)
    assert len(every) >= 2 and outgoing(client, after=every[0].place) == every[1:]
    assert outgoing(client, q=every[0].case) == every[:1] and outgoing(client, q="高龄") == every
    assert outgoing(client, q="no such service") == []
    assert outgoing(client, department="human-resources") == [] == outgoing(client, "steward")
    assert code(client.get("/desk/outgoing?after=nowhere", headers=header()), 400)


def beside(client: TestClient[Any], resident: Resident, case: str, act: DeliveryAct) -> Any:
    """What a clerk of another department signs within the session of a person."""
    body = msgspec.json.encode(delivery(case, act, role="clerk", department="human-resources"))
    headers = {"content-type": "application/json", **resident.headers}
    return client.post(f"/desk/cases/{case}/papers", content=body, headers=headers)


def test_another_departments_window_hands_over_beside_the_person_and_posts_nothing(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    sent = beside(client, resident, case.case, Posted(paper="grant", tracking="XA1", on=today(client)))
    assert code(sent, 403) == "not-staff"
    other = Resident(client, YOUNG)
    other.sign_in()
    act = HandedOver(paper="grant", on=today(client))
    assert code(beside(client, other, case.case, act), 404) == "not-found"
    given = beside(client, resident, case.case, act)
    assert msgspec.json.decode(given.content, type=PaperView).way == "window"


def test_who_handed_a_paper_over_stands_in_the_ledger(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    signed = delivery(case.case, HandedOver(paper="grant", on=today(client)))
    post(client, f"/desk/cases/{case.case}/papers", signed)
    entries = [unb64(one["content"]) for one in resident.get(f"/ledger/cases/{case.case}").json()]
    (entry,) = [one for one in map(msgspec.json.decode, entries) if one.get("purpose", "").startswith("hand-over")]
    assert (entry["kind"], entry["digest"]) == ("delivery", named(signed.signed))


def test_who_does_not_handle_the_case_prints_nothing_of_it(client: TestClient[Any]) -> None:
    _, case = signed_case(client)
    for path in ("papers", "papers/grant"):
        answer = client.get(f"/desk/cases/{case.case}/{path}", headers=header("clerk"))
        assert code(answer, 403) == "not-assigned"


def test_the_person_chooses_how_to_have_it_until_it_is_on_its_way(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    path = f"/cases/{case.case}/papers/grant/way"
    assert resident.post(path, {"way": "post"}).status_code == 200
    assert line(resident, case.case, "grant").way == "post"
    sent = Posted(paper="grant", tracking="XA1", on=today(client))
    post(client, f"/desk/cases/{case.case}/papers", delivery(case.case, sent))
    assert code(resident.post(path, {"way": "window"}), 409) == "not-in-this-state"


def test_anybody_checks_number_and_digest_and_learns_nothing_else(client: TestClient[Any]) -> None:
    resident, case = signed_case(client)
    found = msgspec.json.decode(resident.get(f"/cases/{case.case}/papers/grant").content, type=PaperFile)
    answer = client.get(f"/papers/{found.view.number}", params={"digest": found.view.digest})
    checked = msgspec.json.decode(answer.content, type=Checked)
    assert checked.known and case.case not in answer.text
    wrong = client.get(f"/papers/{found.view.number}", params={"digest": "0" * 64})
    none = client.get("/papers/civil-affairs-2026-999999", params={"digest": "0" * 64})
    assert wrong.json() | {"number": ""} == none.json() | {"number": ""}
    assert code(client.get("/papers/nothing", params={"digest": "0" * 64}), 404) == "not-found"
