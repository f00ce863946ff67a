"""Deliveries: needs opened by the handling gateway only, a payment order kept, one receipt for a case."""

from __future__ import annotations

import msgspec

from mianzheng.credentials import jws
from mianzheng.gateway.deliveries import PaymentOrder
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DeliveryRequest, DeliveryResponse, Receipt
from mianzheng.model.witnessing import LogLine
from tests.gateway.test_decisions import resigned, shown_reasons
from tests.gateway.world import DRAWS, OLD, Case, World, refusal

HERE = "civil-affairs"


def granted(world: World) -> tuple[Case, str, str]:
    """A granted case, its decision and the sheet that holds its need."""
    case = Case(world)
    response, _ = case.decide(case.all_sheets())
    need = case.ask("human-resources", questions=case.questions("human-resources", needs=True))[0]
    return case, response.decision, need


def deliver(world: World, case: Case, request: DeliveryRequest) -> Receipt:
    reply = world.clients[HERE].post("/deliveries", content=case.token(request, "mz-delivery-request"))
    assert reply.status_code == 200, reply.text
    receipt = msgspec.json.decode(reply.content, type=DeliveryResponse).receipt
    return jws.verify_as(receipt, typ="mz-receipt", key=world.key(HERE).public, type=Receipt)


def refused(world: World, case: Case, request: DeliveryRequest) -> str:
    return refusal(world, HERE, "/deliveries", case.token(request, "mz-delivery-request"))


def lines_of(world: World, *asked: DeliveryRequest) -> list[LogLine]:
    """Return the lines that these requests left in the log, oldest first."""
    gateway, requests = world.gateways[HERE], {one.request for one in asked}
    return [line for line in gateway.log.page(0, at=gateway.now()).lines if line.request in requests]


def test_a_delivery_opens_the_need_keeps_the_payment_order_and_signs_a_receipt(world: World) -> None:
    case, decision, need = granted(world)
    receipt = deliver(world, case, case.delivery(decision, [need]))
    assert (receipt.held, receipt.waiting, receipt.complete, receipt.amount) == (("account",), (), True, "200")
    gateway = world.gateways[HERE]
    query = 'SELECT payment FROM deliveries WHERE "case" = ?'
    (shut,) = gateway.state.reader().execute(query, (case.case,)).fetchone()
    assert OLD.encode() not in shut
    order = msgspec.json.decode(gateway.vault.open("payment", shut, row=case.case), type=PaymentOrder)
    assert (order.number, order.needs, order.every) == (OLD, {"account": f"6228480{OLD[-8:]}"}, "month")


def test_a_complete_delivery_gives_the_same_receipt_to_any_later_request(world: World) -> None:
    case, decision, need = granted(world)
    first = deliver(world, case, case.delivery(decision, [need]))
    assert deliver(world, case, case.delivery(decision, [need])) == first
    assert deliver(world, case, case.delivery(decision, [])) == first


def test_a_missing_need_delays_the_delivery_and_a_later_request_completes_it(world: World) -> None:
    case, decision, need = granted(world)
    waits = deliver(world, case, case.delivery(decision, []))
    assert (waits.waiting, waits.complete) == (("account",), False)
    assert deliver(world, case, case.delivery(decision, [need])).complete


def test_the_same_request_gives_the_same_receipt_and_one_line_though_it_still_waits(world: World) -> None:
    case, decision, _ = granted(world)
    asked = case.delivery(decision, [])
    token = case.token(asked, "mz-delivery-request")  # a hub sends what it committed, byte for byte
    first, again = (world.clients[HERE].post("/deliveries", content=token) for _ in range(2))
    assert first.content == again.content
    assert len(lines_of(world, asked)) == 1


def test_another_request_for_a_complete_delivery_leaves_a_line_of_its_own(world: World) -> None:
    case, decision, need = granted(world)
    asked = [case.delivery(decision, [need]), case.delivery(decision, [])]
    for one in asked:
        deliver(world, case, one)
    lines = lines_of(world, *asked)
    assert [line.request for line in lines] == [one.request for one in asked]
    assert len({line.sheet for line in lines}) == 1


def test_a_case_that_was_not_granted_here_is_not_delivered(world: World) -> None:
    case, decision, need = granted(world)
    other = Case(world)
    assert refused(world, other, other.delivery(decision, [need])) == "not-decided-here"
    forged = jws.sign(jws.unverified_payload(decision), key=world.key("hub"), typ="mz-decision")
    assert refused(world, case, case.delivery(forged, [need])) == "not-decided-here"
    drawing = Case(world, number=DRAWS)
    shown = shown_reasons(drawing, "no-other")
    accepted = drawing.step("accept-refusal", shown)
    response, _ = drawing.decide(drawing.all_sheets(), acceptance=accepted, accepted=shown)
    assert refused(world, drawing, drawing.delivery(response.decision, [])) == "not-decided-here"


def test_the_need_of_another_case_is_refused(world: World) -> None:
    case, decision, _ = granted(world)
    _, _, other_need = granted(world)
    assert refused(world, case, case.delivery(decision, [other_need])) == "sheet-of-another-case"
    moved = resigned(
        world,
        other_need,
        key=world.key("human-resources"),
        case=case.case,
        authorisation=case.digest,
        bundle=_bundle_digest(case),
    )
    assert refused(world, case, case.delivery(decision, [moved])) == "need-invalid"


def test_another_hubs_key_delivers_nothing(world: World) -> None:
    case, decision, need = granted(world)
    token = case.token(case.delivery(decision, [need]), "mz-delivery-request", world.key("other-hub"))
    assert refusal(world, HERE, "/deliveries", token) == "wrong-hub-key"


def _bundle_digest(case: Case) -> str:
    return digest(case.sealed.bundle.encode())
