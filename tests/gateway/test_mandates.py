"""An agent's case at the gateways: the mandate is looked at again with every request."""

from __future__ import annotations

from typing import Any

import msgspec

from mianzheng.credentials import jws
from mianzheng.mandates import standing
from mianzheng.mandates.token import digest_of, show
from mianzheng.model.canonical import b64
from mianzheng.model.deciding import DeliveryRequest
from tests.authority.grants import DAY, AgentCase, Grant, change, lines
from tests.gateway.world import OLD, SON, YOUNG, Case, World, refusal

HANDLING = "civil-affairs"


def agent_case(world: World, **changes: Any) -> AgentCase:
    grant = Grant(world, **changes)
    return AgentCase(world, show(grant.mandate(), "old-age-allowance"), holder=grant.grant.terms.holder)


def decide(case: AgentCase, sheets: list[str] | None = None, **changes: Any) -> Any:
    return case.decide(case.all_sheets() if sheets is None else sheets, **changes)[1]


def decision_code(case: AgentCase, sheets: list[str], **changes: Any) -> str:
    token = case.token(case.decision(sheets, **changes), "mz-decision-request")
    return refusal(case.world, HANDLING, "/decisions", token)


def test_an_agent_has_the_principals_case_decided_with_their_own_key(world: World) -> None:
    case = agent_case(world)
    assert decide(case).outcome == "granted"
    assert case.bundle.signer == world.people[SON].kid


def test_the_principal_reads_every_line_and_on_which_mandate(world: World) -> None:
    case = agent_case(world)
    decide(case)
    read = [line for line in lines(world, OLD, HANDLING) if line.case == case.case]
    assert {line.kind for line in read} == {"answered", "decision"}
    assert {line.mandate for line in read} == {digest_of(case.held)}
    assert not [line for line in lines(world, SON, HANDLING) if line.case == case.case]


def test_without_a_mandate_nobody_acts_for_another(world: World) -> None:
    case = agent_case(world)
    assert case.refused(HANDLING, permission=case.permission(standing="")) == "standing-expired"
    other = Case(world, acts_for="applicant")
    assert other.refused(HANDLING) == "mandate-missing"
    assert Case(world, mandate="x").refused(HANDLING) == "bad-authorisation"


def test_an_own_case_does_not_pass_for_an_agents(world: World) -> None:
    own = Case(world, acts_for="applicant", mandate="x")
    assert own.refused(HANDLING) == "bundle-of-another-role"


def test_the_agents_own_bundle_is_no_subject(world: World) -> None:
    case = agent_case(world)
    changes = {"bundle": case.actor.bundle, "statement": case.actor.sealed[HANDLING]}
    assert case.refused(HANDLING, **changes) == "bundle-of-another-role"
    assert case.refused(HANDLING, role="agent", **changes) in {"bundle-of-another-role", "not-in-plan"}


def test_a_principals_bundle_of_another_mandate_is_refused(world: World) -> None:
    case, other = agent_case(world), agent_case(world)
    changed = case.permission(mandate=other.held)
    assert case.refused(HANDLING, permission=changed) == "mandate-invalid"
    assert case.refused(HANDLING, bundle=other.sealed.bundle) == "bundle-of-another-case"


def test_another_item_than_the_mandate_names_is_refused_and_told(world: World) -> None:
    grant = Grant(world, items=("care-aid",))
    case = AgentCase(world, show(grant.mandate(), "care-aid"), holder=grant.grant.terms.holder)
    assert case.refused(HANDLING) == "mandate-not-for-this-item"
    assert (case.case, "mandate-not-for-this-item") in {(x.case, x.code) for x in lines(world, OLD, HANDLING)}


def test_an_item_that_is_done_in_person_or_never_to_an_agents_gain_is_refused(world: World) -> None:
    for version, field in enumerate(("in_person", "agent_not_beneficiary"), start=70):
        item = msgspec.structs.replace(world.loaded["old-age-allowance"].item, version=version, **{field: True})
        world.add_item(item)
        grant = Grant(world)
        token = show(grant.mandate(), "old-age-allowance")
        case = AgentCase(world, token, holder=grant.grant.terms.holder, item=f"old-age-allowance.{version}")
        assert case.refused(HANDLING) == "mandate-not-for-this-item"


def test_the_result_goes_to_the_principals_key_only(world: World) -> None:
    case = AgentCase(world, show(Grant(world).mandate(), "old-age-allowance"))
    assert case.refused(HANDLING) == "mandate-other-holder"
    free = AgentCase(world, show(Grant(world, holder=None).mandate(), "old-age-allowance"))
    assert free.ask(HANDLING)


def test_after_a_revocation_the_next_step_is_refused_and_an_old_standing_helps_ten_minutes_at_most(
    world: World,
) -> None:
    case = agent_case(world)
    sheets, case.kept = case.all_sheets(), case.standing()
    assert change(world, case.held, OLD).status_code == 200
    assert case.standing_reply().json()["code"] == "mandate-revoked"
    world.ahead = standing.STANDING_SECONDS + 1.0
    try:
        assert decision_code(case, sheets) == "standing-expired"
        assert "standing-expired" in {x.code for x in lines(world, OLD, HANDLING) if x.case == case.case}
    finally:
        world.ahead = 0.0


def test_a_standing_of_another_case_or_forged_or_too_long_is_none(world: World) -> None:
    case, other = agent_case(world), agent_case(world)
    assert case.refused(HANDLING, permission=case.permission(standing=other.standing())) == "mandate-invalid"
    payload = jws.unverified_payload(case.standing())
    for key in (world.key("hub"), world.key("civil-affairs"), world.people[SON]):
        forged = jws.sign(payload, key=key, typ="mz-standing")
        assert case.refused(HANDLING, permission=case.permission(standing=forged)) == "mandate-invalid"
    stated = msgspec.json.decode(payload) | {"exp": int(world.now()) + DAY}
    long = jws.sign(msgspec.json.encode(stated), key=world.key("public-security"), typ="mz-standing")
    assert case.refused(HANDLING, permission=case.permission(standing=long)) == "standing-expired"


def test_the_handling_gateway_counts_a_case_once_however_often_it_is_asked(world: World) -> None:
    case = agent_case(world)
    sheets = case.all_sheets()
    first = decide(case, sheets)
    assert decide(case, sheets).iat == first.iat
    state = world.gateways[HANDLING].state.reader()
    query = "SELECT count(*) FROM mandate_uses WHERE mandate = ?"
    assert state.execute(query, (digest_of(case.held),)).fetchone() == (1,)


def test_the_handling_gateway_decides_no_more_than_the_mandate_says_even_if_the_authority_named_more(
    world: World,
) -> None:
    case = agent_case(world)
    sheets = case.all_sheets()
    row = (digest_of(case.held), "another case", 0, 2**40)
    world.gateways[HANDLING].state.commit(
        lambda connection: connection.execute("INSERT INTO mandate_uses VALUES (?, ?, ?, ?)", row) and None
    )
    assert decision_code(case, sheets) == "mandate-used-up"


def test_a_case_halted_before_it_was_decided_is_never_decided(world: World) -> None:
    case = agent_case(world)
    sheets = case.all_sheets()
    assert decision_code(case, sheets, request="d-halt", halted="mandate-revoked") == "decision-halted"
    assert decision_code(case, sheets) == "decision-halted"
    assert decision_code(case, sheets, request="d-halt-again", halted="mandate-revoked") == "decision-halted"


def test_a_case_halted_after_it_was_decided_gives_the_decision_that_was_made(world: World) -> None:
    case = agent_case(world)
    sheets = case.all_sheets()
    first, _ = case.decide(sheets)
    again, _ = case.decide(sheets, request="d-halt", halted="mandate-revoked")
    assert again == first


def test_a_delivery_needs_a_standing_of_its_own(world: World) -> None:
    case = agent_case(world)
    sheets = case.all_sheets()
    response, _ = case.decide(sheets)
    needs = [case.ask("human-resources", questions=case.questions("human-resources", needs=True))[0]]

    def delivery(**changes: Any) -> str:
        fields: dict[str, Any] = {
            "aud": HANDLING,
            "iat": int(world.now()),
            "request": f"v-{len(changes)}",
            "case": case.case,
            "decision": response.decision,
            "sheets": tuple(needs),
            "entry": b64(b"0" * 32),
        }
        return case.token(DeliveryRequest(**(fields | changes)), "mz-delivery-request")

    assert refusal(world, HANDLING, "/deliveries", delivery()) == "standing-expired"
    reply = world.clients[HANDLING].post("/deliveries", content=delivery(standing=case.standing()))
    assert reply.status_code == 200, reply.text


def test_special_data_need_a_principal_who_granted_at_presence_3(world: World) -> None:
    """YOUNG is enrolled at presence 2: a mandate of theirs opens no special data, whoever acts."""
    grant = Grant(world, principal=YOUNG, agent=SON, items=("care-aid",), valid_from=int(world.now()) + DAY + 60)
    token = grant.mandate()
    world.ahead = DAY + 120.0
    try:
        case = AgentCase(
            world,
            show(token, "care-aid"),
            item="care-aid",
            holder=grant.grant.terms.holder,
            forms={"town": "331082001"},
        )
        assert case.refused(HANDLING) == "presence-too-low"
    finally:
        world.ahead = 0.0


def test_an_undecided_case_is_no_use(world: World) -> None:
    case = agent_case(world)
    assert decision_code(case, []) == "case-undecided"
    state = world.gateways[HANDLING].state.reader()
    query = "SELECT count(*) FROM mandate_uses WHERE mandate = ?"
    assert state.execute(query, (digest_of(case.held),)).fetchone() == (0,)
