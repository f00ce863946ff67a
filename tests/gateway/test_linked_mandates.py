"""An agent's case that reaches other people: links start at the principal, and what counts is how they granted."""

from __future__ import annotations

import msgspec

from mianzheng.mandates.token import show
from mianzheng.model.asking import AnswerResponse
from mianzheng.model.authorisation import SealedBundle
from tests.authority.grants import DAY, AgentCase, Grant
from tests.gateway.family import HERE, POLICE
from tests.gateway.family_rows import DAD, MUM
from tests.gateway.world import YOUNG, World, read_answers, refusal

ITEM = "family-aid"


def reached(world: World, principal: str, role: str, **changes: int) -> tuple[AgentCase, tuple[SealedBundle, ...]]:
    """Return an agent's case for a principal, and whom its link reached."""
    grant = Grant(world, principal=principal, items=(ITEM,), **changes)
    shown = show(grant.mandate(), ITEM)
    world.ahead = max(0, changes.get("valid_from", 0) - int(world.now()))
    case = AgentCase(world, shown, holder=grant.grant.terms.holder, item=ITEM)
    question = case.loaded.compiled.links[role].question.id
    reply = world.clients[HERE].post("/answers", content=case.token(case.request(HERE, questions=(question,))))
    assert reply.status_code == 200, reply.text
    return case, msgspec.json.decode(reply.content, type=AnswerResponse).links[question]


def about(case: AgentCase, role: str, sealed: SealedBundle) -> str:
    """Return a signed request about one who was reached."""
    base = role.partition("#")[0]
    questions = tuple(q for q, asked in case.loaded.compiled.questions if asked == base)
    request = case.request(
        POLICE, role=role, bundle=sealed.bundle, statement=sealed.sealed[POLICE], questions=questions
    )
    return case.token(request)


def test_an_agents_links_start_at_the_principal(world: World) -> None:
    case, (spouse,) = reached(world, MUM, "spouse")
    reply = world.clients[POLICE].post("/answers", content=about(case, "spouse#1", spouse))
    assert reply.status_code == 200, reply.text
    sheet = msgspec.json.decode(reply.content, type=AnswerResponse).sheet
    assert [answer.value for answer in read_answers(world, POLICE, sheet).values()] == [True]
    assert [line.mandate != "" for line in world.gateways[POLICE].log.mine(DAD) if line.case == case.case] == [True]


def test_a_child_is_special_when_the_principal_granted_at_a_low_presence(world: World) -> None:
    tomorrow = int(world.now()) + DAY + 3600  # who signs below 3 waits a day
    try:
        case, (child,) = reached(world, YOUNG, "members", valid_from=tomorrow, until=tomorrow + DAY)
        refused = refusal(world, POLICE, "/answers", about(case, "members#1", child))
    finally:
        world.ahead = 0
    assert refused == "presence-too-low"
