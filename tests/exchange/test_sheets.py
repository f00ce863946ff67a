"""A sheet counts only if it answers exactly what was asked; every other one is refused with its reason."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import KeyEntry, Party, TrustList, TrustStore
from mianzheng.exchange.sheets import Asked, BadSheet, Sheet, read_response, verify_sheet
from mianzheng.model.asking import AnswerResponse, SheetClaims
from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Type

NOW = int(time.time())
KEY, OTHER, LOG, STALE = (PrivateKey.generate() for _ in range(4))
AGED, SUM, ACCOUNT = "q-aged", "q-sum", "q-account"
YES = Answer(status=Status.VALUE, value=True, rests_on=RestsOn.ROW)


def entry(key: PrivateKey, use: Any, *, until: int = NOW + 10**6) -> KeyEntry:
    return KeyEntry(use=use, jwk=key.public.jwk, valid_from=NOW - 10**6, valid_to=until)


TRUST = TrustStore(
    TrustList(
        number=1,
        issued_at=NOW,
        demo=True,
        rp_ids=("localhost",),
        origins=("http://localhost",),
        parties=(
            Party(
                party="civil",
                roles=("gateway",),
                department="civil",
                keys=(entry(KEY, "sign"), entry(LOG, "log"), entry(STALE, "sign", until=NOW - 10)),
            ),
            Party(party="police", roles=("gateway",), department="police", keys=(entry(OTHER, "sign"),)),
        ),
    )
)
ASKED = Asked(
    party="civil",
    request="r1",
    iat=NOW - 1,
    case="c1",
    role="applicant",
    bundle="bundle-digest",
    authorisation="authorisation-digest",
    item="allowance",
    item_version=1,
    entry="leaf",
    questions={AGED: Type.BOOLEAN},
)


def sheet(
    answers: dict[str, Any] | None = None, *, key: PrivateKey = KEY, typ: str = "mz-sheet", **changes: Any
) -> str:
    """A sheet as the gateway makes it, with changes."""
    claims: dict[str, Any] = {
        "iss": "civil",
        "iat": NOW,
        "use_before": NOW + 1000,
        "case": "c1",
        "role": "applicant",
        "request": "r1",
        "bundle": "bundle-digest",
        "authorisation": "authorisation-digest",
        "item": "allowance",
        "item_version": 1,
        "entry": "leaf",
    }
    given = {AGED: YES} if answers is None else answers
    return sdjwt.issue(SheetClaims(**(claims | changes)), list(given.items()), key=key, typ=typ)


def refused(token: str, asked: Asked = ASKED) -> str:
    with pytest.raises(BadSheet) as caught:
        verify_sheet(token, asked=asked, trust=TRUST, now=NOW)
    return caught.value.code


def test_the_sheet_that_was_asked_for_is_taken() -> None:
    found = verify_sheet(sheet(), asked=ASKED, trust=TRUST, now=NOW)
    assert isinstance(found, Sheet)
    assert found.answers == {AGED: YES}
    assert (found.party, found.request, found.role, found.key) == ("civil", "r1", "applicant", KEY.kid)
    assert found.disclosures.keys() == {AGED}


def test_a_verified_sheet_survives_being_kept() -> None:
    found = verify_sheet(sheet(), asked=ASKED, trust=TRUST, now=NOW)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Sheet) == found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case": "c2"}, "sheet-case"),
        ({"role": "child"}, "sheet-role"),
        ({"request": "r2"}, "sheet-request"),  # replayed: an answer to another request
        ({"bundle": "another"}, "sheet-bundle"),  # another subject
        ({"authorisation": "another"}, "sheet-authorisation"),
        ({"item": "pension"}, "sheet-item"),
        ({"item_version": 2}, "sheet-item-version"),
        ({"entry": "another"}, "sheet-entry"),
        ({"iss": "police"}, "sheet-iss"),
        ({"iat": NOW - 5000}, "sheet-time"),
        ({"iat": NOW + 5000}, "sheet-token-not-yet-valid"),
        ({"use_before": NOW}, "sheet-expired"),
    ],
)
def test_a_sheet_about_something_else_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused(sheet(**changes)) == code


@pytest.mark.parametrize("key", [OTHER, LOG, STALE, PrivateKey.generate()], ids=["other", "log", "stale", "unknown"])
def test_a_sheet_signed_by_any_other_key_is_refused(key: PrivateKey) -> None:
    assert refused(sheet(key=key)) == "sheet-key"


def test_a_forged_signature_is_refused() -> None:
    head, payload, _ = sheet().partition("~")[0].split(".")
    _, _, signature = sheet(case="c2").partition("~")[0].split(".")
    rest = sheet().partition("~")[2]
    assert refused(f"{head}.{payload}.{signature}~{rest}") == "sheet-token-signature"


def test_another_kind_of_token_is_no_sheet() -> None:
    assert refused(sheet(typ="mz-decision")) == "sheet-token-type"


@pytest.mark.parametrize(
    "answers",
    [{}, {AGED: YES, SUM: YES}, {SUM: YES}],
    ids=["none", "one too many", "another question"],
)
def test_a_sheet_that_answers_other_questions_is_refused(answers: dict[str, Any]) -> None:
    assert refused(sheet(answers)) == "sheet-question"


def test_a_disclosure_of_another_sheet_is_refused() -> None:
    foreign = sheet({SUM: YES}).split("~")[1]
    signed, *_ = sheet({}).split("~")
    assert refused(f"{signed}~{foreign}~").startswith("sheet-sdjwt")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=Status.VALUE, value="yes"),
        Answer(status=Status.VALUE, value=1),
        Answer(status=Status.VALUE),
        Answer(status=Status.NOT_HELD, value=True),
        Answer(status=Status.UNAVAILABLE, value=True),
        Answer(status=Status.CONTESTED),
        Answer(status=Status.VALUE, sealed="jwe"),
    ],
)
def test_an_answer_of_the_wrong_type_or_form_is_refused(answer: Answer) -> None:
    assert refused(sheet({AGED: answer})) == "sheet-answer"


def test_an_answer_of_another_shape_is_refused() -> None:
    assert refused(sheet({AGED: {"status": "maybe"}})) == "sheet-malformed"


@pytest.mark.parametrize("status", [Status.NOT_HELD, Status.UNAVAILABLE])
def test_no_value_is_an_answer(status: Status) -> None:
    found = verify_sheet(sheet({AGED: Answer(status=status)}), asked=ASKED, trust=TRUST, now=NOW)
    assert found.answers[AGED].status is status


def test_a_need_comes_sealed_and_never_open() -> None:
    asked = msgspec.structs.replace(ASKED, questions={ACCOUNT: None})
    sealed = sheet({ACCOUNT: Answer(status=Status.VALUE, sealed="jwe")})
    assert verify_sheet(sealed, asked=asked, trust=TRUST, now=NOW).answers[ACCOUNT].sealed == "jwe"
    assert refused(sheet({ACCOUNT: Answer(status=Status.VALUE, value="6228…")}), asked) == "sheet-answer"
    assert refused(sheet({ACCOUNT: Answer(status=Status.NOT_HELD, sealed="jwe")}), asked) == "sheet-answer"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"sheet": 1}', b"\xff"])
def test_a_body_that_is_no_response_is_refused(body: bytes) -> None:
    with pytest.raises(BadSheet):
        read_response(body)


@pytest.mark.parametrize("token", ["", "~", "a.b.c~", "a.b~", jws.sign(b"{}", key=KEY, typ="mz-sheet")])
def test_a_text_that_is_no_token_is_refused(token: str) -> None:
    assert refused(token).startswith("sheet-")


def test_a_response_is_read() -> None:
    response = AnswerResponse(sheet=sheet(), log_leaf="leaf")
    assert read_response(msgspec.json.encode(response)) == response
