"""Answers: approved questions, the department's own SQL, one signed sheet, the same bytes again."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws, sdjwt
from mianzheng.gateway import answers
from mianzheng.gateway.querying import TICK_SECONDS
from mianzheng.model.asking import AnswerResponse, SealedNeed, SheetClaims
from mianzheng.model.canonical import digest
from mianzheng.model.evidence import RestsOn, Status
from tests.gateway.world import ABSENT, DRAWS, FIRM, OLD, Case, World


def test_a_sheet_answers_each_question_that_was_asked(world: World) -> None:
    case = Case(world)
    _, answers = case.ask("public-security")
    assert set(answers) == set(case.questions("public-security"))
    assert {answer.rests_on for answer in answers.values()} == {RestsOn.ROW}
    assert all(answer.as_of is not None for answer in answers.values())


def test_a_sheet_names_case_role_bundle_authorisation_item_and_the_asked_entry(world: World) -> None:
    case = Case(world)
    request = case.request("civil-affairs")
    reply = world.clients["civil-affairs"].post("/answers", content=case.token(request))
    sheet = msgspec.json.decode(reply.content, type=AnswerResponse).sheet
    verified = sdjwt.verify(sheet, typ="mz-sheet", key=world.key("civil-affairs").public, now=int(world.now()))
    claims = msgspec.convert(verified.claims, SheetClaims)
    assert (claims.iss, claims.case, claims.role) == ("civil-affairs", case.case, "applicant")
    assert (claims.bundle, claims.authorisation) == (digest(case.sealed.bundle.encode()), case.digest)
    assert (claims.item, claims.item_version) == ("old-age-allowance", 1)
    assert (claims.request, claims.entry) == (request.request, request.entry)
    assert claims.iat < claims.use_before <= case.authorisation.exp


def test_a_sheet_does_not_show_how_many_answers_it_holds(world: World) -> None:
    sheet, _ = Case(world).ask("civil-affairs")
    payload = msgspec.json.decode(jws.unverified_payload(sheet))
    assert len(payload["_sd"]) == 8


def test_the_same_request_gives_the_same_bytes_again(world: World) -> None:
    case = Case(world)
    token = case.token(case.request("civil-affairs"))
    first = world.clients["civil-affairs"].post("/answers", content=token)
    again = world.clients["civil-affairs"].post("/answers", content=token)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content


def test_the_same_request_while_the_first_is_being_kept_gives_the_same_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(world)
    token, client, admit, kept = (
        case.token(case.request("civil-affairs")),
        world.clients["civil-affairs"],
        answers.admit,
        [],
    )

    def after_the_first(*about: Any) -> Any:
        monkeypatch.setattr(answers, "admit", admit)
        admitted = admit(*about)
        kept.append(answers.answer(about[0], about[1], token.encode()))
        return admitted

    monkeypatch.setattr(answers, "admit", after_the_first)
    reply = client.post("/answers", content=token)
    assert reply.status_code == 200 and [reply.content] == kept


def test_the_same_request_gives_the_same_bytes_after_its_time_window(world: World) -> None:
    case = Case(world)
    token = case.token(case.request("civil-affairs"))
    first = world.clients["civil-affairs"].post("/answers", content=token)
    world.ahead = 7200
    try:
        again = world.clients["civil-affairs"].post("/answers", content=token)
    finally:
        world.ahead = 0
    assert again.content == first.content


def test_an_absent_row_of_a_closed_register_is_an_answer_that_says_so(world: World) -> None:
    _, answers = Case(world, number=ABSENT).ask("civil-affairs")
    (answer,) = answers.values()
    assert (answer.status, answer.value, answer.rests_on) == (Status.VALUE, True, RestsOn.ABSENT)
    assert answer.scope == "here"


def test_a_need_is_sealed_to_the_handling_gateway_and_bound_to_case_and_question(world: World) -> None:
    case = Case(world)
    (need,) = case.questions("human-resources", needs=True)
    _, answers = case.ask("human-resources", questions=(need,))
    answer = answers[need]
    assert answer.status is Status.VALUE
    assert answer.value is None
    opened = jwe.open_sealed(answer.sealed, key=world.key("civil-affairs", "seal"), typ="mz-need")
    held = msgspec.json.decode(opened, type=SealedNeed)
    assert (held.case, held.role, held.question) == (case.case, "applicant", need)
    assert held.value == f"6228480{OLD[-8:]}"


def test_a_form_value_is_bound_by_the_gateway(world: World) -> None:
    right = Case(world, "care-aid", forms={"town": "331082001"})
    wrong = Case(world, "care-aid", forms={"town": "331082002"})
    assert [answer.value for answer in right.ask("public-security")[1].values()] == [True]
    assert [answer.value for answer in wrong.ask("public-security")[1].values()] == [False]


def test_many_rows_leave_as_one_result(world: World) -> None:
    case = Case(world, "care-aid", forms={"town": "331082001"})
    assert [answer.value for answer in case.ask("human-resources")[1].values()] == [True]


def test_a_body_signs_for_itself_and_is_answered_about(world: World) -> None:
    case = Case(world, "good-standing", FIRM, gateways=("market-regulation",))
    assert [answer.value for answer in case.ask("market-regulation")[1].values()] == [True]


def test_a_sealed_row_is_a_missing_row_and_shows_in_neither_answer_size_nor_time(world: World) -> None:
    sealed, none, found = (Case(world, "clean-record", number) for number in (ABSENT, OLD, DRAWS))
    sizes, answers = [], []
    for case in (sealed, none, found):
        begun = time.monotonic()
        sheet, answered = case.ask("public-security")
        assert time.monotonic() - begun >= TICK_SECONDS
        sizes.append(len(sheet))
        answers.append(next(iter(answered.values())))
    assert [answer.value for answer in answers] == [False, False, True]
    assert (answers[0].rests_on, answers[0]) == (RestsOn.ABSENT, answers[1])
    assert sizes[0] == sizes[1]


def test_a_question_that_was_not_answered_may_be_asked_again(world: World, tmp_path: object) -> None:
    database = world.gateways["civil-affairs"].registers["elder_care"].url.database
    assert database is not None
    with sqlite3.connect(database.removeprefix("file:")) as connection:
        connection.execute("ALTER TABLE elder_care RENAME TO elder_care_away")
    case = Case(world)
    try:
        _, answers = case.ask("civil-affairs")
    finally:
        with sqlite3.connect(database) as connection:
            connection.execute("ALTER TABLE elder_care_away RENAME TO elder_care")
    (answer,) = answers.values()
    assert answer.status is Status.UNAVAILABLE
    assert "no such table: elder_care" in answer.reason
    assert [answer.value for answer in case.ask("civil-affairs")[1].values()] == [True]


@pytest.mark.parametrize("days", [0, 30, 60])
def test_the_cutoff_follows_the_date_of_the_case_not_the_clock(world: World, days: int) -> None:
    born_on = Case(world).authorisation.as_of - timedelta(days=days)
    answers = Case(world, as_of=born_on).ask("public-security")[1]
    assert {answer.status for answer in answers.values()} == {Status.VALUE}
