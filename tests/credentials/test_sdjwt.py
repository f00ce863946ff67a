"""Sheets: what was disclosed reads back; each way in which an SD-JWT can be wrong is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import b64, canonical, digest, unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.evidence import Answer, RestsOn, Status

KEY, OTHER = PrivateKey.generate(), PrivateKey.generate()
NOW = 1_800_000_000
CLAIMS: dict[str, object] = {"iss": "civil", "iat": NOW, "case": "c1", "use_before": NOW + 86400}
ANSWERS: list[tuple[str, object]] = [
    ("q-aged", Answer(status=Status.VALUE, value=True, rests_on=RestsOn.ROW)),
    ("q-alive", Answer(status=Status.NOT_HELD, rests_on=RestsOn.NULL)),
    ("q-名", Answer(status=Status.VALUE, value="在保", as_of=datetime(2026, 11, 25, tzinfo=UTC))),
]
TOKEN = sdjwt.issue(CLAIMS, ANSWERS, key=KEY, typ="mz-sheet")


def check(token: str, *, now: int = NOW) -> sdjwt.VerifiedSdJwt:
    return sdjwt.verify(token, typ="mz-sheet", key=KEY.public, now=now)


def refused(token: str, *, now: int = NOW) -> str:
    with pytest.raises(BadToken) as error:
        check(token, now=now)
    return error.value.code


def disclosure(*parts: object) -> str:
    return b64(canonical(list(parts)))


def forge(texts: list[str], *, digests: list[object] | None = None, **changes: object) -> str:
    """Return a token signed over whatever is asked, with these disclosures beside it."""
    listed = [digest(text.encode()) for text in texts] if digests is None else digests
    claims: dict[str, object] = {"iss": "civil", "iat": NOW, "_sd": listed, "_sd_alg": "sha-256"}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return "~".join([jws.sign(canonical(claims), key=KEY, typ="mz-sheet"), *texts, ""])


ONE = disclosure("salt", "q", True)


def test_claims_and_answers_read_back() -> None:
    read = check(TOKEN)
    assert read.claims == CLAIMS
    assert read.disclosed == {name: msgspec.to_builtins(value) for name, value in ANSWERS}


def test_an_answer_s_digest_is_that_of_its_disclosure() -> None:
    texts = TOKEN.split("~")[1:-1]
    assert list(check(TOKEN).digests.values()) == [digest(text.encode()) for text in texts]


def test_the_digest_of_a_disclosure_is_that_of_rfc_9901() -> None:
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    digests: list[object] = ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]
    read = check(forge([text], digests=digests))
    assert read.disclosed == {"family_name": "Möbius"}


@pytest.mark.parametrize(("answers", "digests"), [(0, 8), (1, 8), (8, 8), (9, 16), (17, 24)])
def test_decoys_fill_to_a_multiple_of_eight_and_at_least_eight(answers: int, digests: int) -> None:
    token = sdjwt.issue({"iat": NOW}, [(f"q{i}", i) for i in range(answers)], key=KEY, typ="mz-sheet")
    listed = json.loads(jws.unverified_payload(token))["_sd"]
    assert len(set(listed)) == len(listed) == digests
    assert all(len(unb64(item)) == 32 for item in listed)
    assert len(check(token).disclosed) == answers


def test_the_order_of_digests_does_not_follow_the_answers() -> None:
    listed = json.loads(jws.unverified_payload(TOKEN))["_sd"]
    assert listed == sorted(listed)


def test_disclosures_are_canonical_and_salted_with_128_bits_or_more() -> None:
    for text in TOKEN.split("~")[1:-1]:
        salt, name, value = json.loads(unb64(text))
        assert len(unb64(salt)) >= 16
        assert unb64(text) == canonical([salt, name, value])


def test_the_same_answer_is_never_disclosed_alike() -> None:
    again = sdjwt.issue(CLAIMS, ANSWERS, key=KEY, typ="mz-sheet")
    assert not set(TOKEN.split("~")[1:-1]) & set(again.split("~")[1:-1])


def test_claims_may_be_a_struct() -> None:
    class Claims(msgspec.Struct):
        iat: int

    assert check(sdjwt.issue(Claims(iat=NOW), [], key=KEY, typ="mz-sheet")).claims == {"iat": NOW}


@pytest.mark.parametrize(
    ("claims", "answers"),
    [
        ({"_sd": []}, []),
        ({"...": 1}, []),
        ({"_sd_alg": "sha-256"}, []),
        ({}, [("_sd", 1)]),
        ({}, [("...", 1)]),
        ({"case": "c1"}, [("case", 1)]),
        ({}, [("q", 1), ("q", 2)]),
        ({}, [("q", {"_sd": 1})]),
        ({}, [("q", [[{"...": 1}]])]),
        ({"nested": {"a": {"_sd_alg": 1}}}, []),
    ],
)
def test_a_reserved_or_repeated_name_is_not_issued(
    claims: dict[str, object], answers: list[tuple[str, object]]
) -> None:
    with pytest.raises(WrongUse):
        sdjwt.issue(claims, answers, key=KEY, typ="mz-sheet")


def test_a_presentation_shows_only_what_is_named() -> None:
    read = check(sdjwt.present(TOKEN, ["q-alive"]))
    assert set(read.disclosed) == {"q-alive"}
    assert read.claims == CLAIMS


def test_a_presentation_of_nothing_still_verifies() -> None:
    assert check(sdjwt.present(TOKEN, [])).disclosed == {}


def test_a_presentation_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(BadToken, match="q-none"):
        sdjwt.present(TOKEN, ["q-none", "q-aged"])


def test_a_sheet_keeps_its_digest_however_much_is_disclosed() -> None:
    assert sdjwt.token_digest(TOKEN) == sdjwt.token_digest(sdjwt.present(TOKEN, []))


def test_the_signature_of_another_key_is_refused() -> None:
    header = TOKEN.partition(".")[0]
    other = jws.sign(jws.unverified_payload(TOKEN), key=OTHER, typ="mz-sheet").split(".")
    assert refused(f"{header}.{other[1]}.{other[2]}~") == "token-signature"


def test_another_key_is_refused() -> None:
    assert refused(sdjwt.issue(CLAIMS, ANSWERS, key=OTHER, typ="mz-sheet")) == "token-key"


def test_another_type_is_refused() -> None:
    assert refused(sdjwt.issue(CLAIMS, ANSWERS, key=KEY, typ="dc+sd-jwt")) == "token-type"


def test_another_algorithm_is_refused() -> None:
    header = b64(canonical({"alg": "none", "kid": KEY.kid, "typ": "mz-sheet"}))
    assert refused(f"{header}.{b64(canonical(CLAIMS))}.~") == "token-algorithm"


def test_an_expired_token_is_refused() -> None:
    token = forge([ONE], exp=NOW + 10)
    assert check(token, now=NOW + 9)
    assert refused(token, now=NOW + 10) == "token-expired"


def test_a_token_that_does_not_hold_yet_is_refused() -> None:
    assert refused(forge([ONE], nbf=NOW + 120)) == "token-not-yet-valid"
    assert check(forge([ONE], nbf=NOW + 120), now=NOW + 121)


def test_a_token_from_the_future_is_refused() -> None:
    assert refused(TOKEN, now=NOW - 120) == "token-not-yet-valid"


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", ["1800000000", 1.5, True, [1], {}])
def test_a_time_that_is_no_whole_number_is_refused(name: str, value: object) -> None:
    assert refused(forge([ONE], **{name: value})) == "sdjwt-form"


def test_a_sheet_is_checked_as_of_its_own_time() -> None:
    assert check(forge([ONE], exp=NOW + 10), now=NOW + 1).disclosed == {"q": True}


def test_a_missing_last_tilde_is_refused() -> None:
    assert refused(TOKEN[:-1]) == "sdjwt-form"
    assert refused(TOKEN.partition("~")[0]) == "sdjwt-form"


def test_a_key_binding_is_no_part_of_a_sheet() -> None:
    assert refused(TOKEN + jws.sign(b"{}", key=KEY, typ="kb+jwt")) == "sdjwt-form"


@pytest.mark.parametrize("extra", ["", ONE])
def test_a_disclosure_that_nothing_refers_to_is_refused(extra: str) -> None:
    assert refused(f"{TOKEN}{extra}~") == "sdjwt-disclosure"


def test_the_disclosure_of_another_sheet_is_refused() -> None:
    other = sdjwt.issue(CLAIMS, ANSWERS, key=KEY, typ="mz-sheet").split("~")[1]
    assert refused(f"{TOKEN}{other}~") == "sdjwt-disclosure"


def test_the_same_disclosure_twice_is_refused() -> None:
    assert refused(f"{TOKEN}{TOKEN.split('~')[1]}~") == "sdjwt-disclosure"


def test_two_disclosures_of_one_name_are_refused() -> None:
    assert refused(forge([ONE, disclosure("other salt", "q", False)])) == "sdjwt-disclosure"


def test_a_disclosure_named_as_a_plain_claim_is_refused() -> None:
    assert refused(forge([disclosure("salt", "iss", "evil")])) == "sdjwt-disclosure"


def test_a_digest_twice_is_refused() -> None:
    assert refused(forge([ONE], digests=[digest(ONE.encode())] * 2)) == "sdjwt-digest"


@pytest.mark.parametrize("listed", ["x", 1, {}, [1], [None], [["x"]], [digest(ONE.encode()), 1]])
def test_a_list_of_digests_that_is_none_is_refused(listed: object) -> None:
    claims = {"iat": NOW, "_sd": listed, "_sd_alg": "sha-256"}
    token = f"{jws.sign(canonical(claims), key=KEY, typ='mz-sheet')}~{ONE}~"
    assert refused(token) == "sdjwt-form"


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_reserved_name_cannot_be_disclosed(name: str) -> None:
    assert refused(forge([disclosure("salt", name, 1)])) == "sdjwt-reserved"


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
@pytest.mark.parametrize("nest", [lambda v: {"a": v}, lambda v: [v], lambda v: {"a": [[{"b": v}]]}])
def test_a_reserved_name_inside_a_disclosed_value_is_refused(name: str, nest) -> None:  # type: ignore[no-untyped-def]
    assert refused(forge([disclosure("salt", "q", nest({name: []}))])) == "sdjwt-reserved"


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_reserved_name_inside_a_claim_is_refused(name: str) -> None:
    assert refused(forge([ONE], nested={"deep": [{name: ["x"]}]})) == "sdjwt-reserved"


def test_dots_as_a_claim_s_name_are_refused() -> None:
    assert refused(forge([ONE], **{"...": "x"})) == "sdjwt-reserved"


def test_a_reserved_name_may_stand_as_a_value() -> None:
    assert check(forge([disclosure("salt", "q", ["_sd", "..."])])).disclosed == {"q": ["_sd", "..."]}


def test_a_reserved_name_spelled_with_escapes_is_refused() -> None:
    assert refused(forge([b64(b'["salt","\\u005fsd",1]')])) == "sdjwt-reserved"
    assert refused(forge([b64(b'["salt","q",{"\\u005fsd":1}]')])) == "sdjwt-reserved"


@pytest.mark.parametrize("algorithm", ["sha-512", "SHA-256", "", "md5", 1, ["sha-256"]])
def test_another_hash_algorithm_is_refused(algorithm: object) -> None:
    assert refused(forge([ONE], _sd_alg=algorithm)) == "sdjwt-algorithm"


def test_sha_256_is_the_default_of_the_standard() -> None:
    assert check(forge([ONE], _sd_alg=None)).disclosed == {"q": True}


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("salt",),
        ("salt", True),  # of an array element
        ("salt", "q", True, "more"),
        (1, "q", True),
        ("salt", 1, True),
        (None, "q", True),
    ],
)
def test_a_disclosure_that_is_not_three_parts_is_refused(parts: tuple[object, ...]) -> None:
    assert refused(forge([disclosure(*parts)])) == "sdjwt-disclosure"


@pytest.mark.parametrize("text", ['{"a":1}', '"x"', "1", "[", "", '["s","q",NaN]', '["s","q",{"a":1,"a":2}]', "[[1]]"])
def test_a_disclosure_of_other_json_is_refused(text: str) -> None:
    assert refused(forge([b64(text.encode())])) == "sdjwt-disclosure"


@pytest.mark.parametrize(
    "text",
    [
        ONE + "=",
        ONE + "==",
        "+" + ONE[1:],
        ONE[:4] + "/" + ONE[5:],
        ONE + "\n",
        " " + ONE,
        ONE + '","' + ONE,
        "中文",
        ONE[:-1] + chr(ord(ONE[-1]) + 1),
    ],
)
def test_a_disclosure_whose_base64url_is_not_canonical_is_refused(text: str) -> None:
    digests: list[object] = [digest(text.encode()), digest(ONE.encode())]
    assert refused(forge([text], digests=digests)) == "sdjwt-disclosure"


def test_two_disclosures_hidden_in_one_are_refused() -> None:
    # a reader that joins the texts before it parses them could take one for two, or two for one
    one = b64(b'["s","a",1]\n["s","b",2]')
    assert refused(forge([one])) == "sdjwt-disclosure"
    halves = [b64(b'["s","a",['), b64(b"1]]")]
    assert refused(forge(halves)) == "sdjwt-disclosure"


def test_a_payload_that_names_a_member_twice_is_refused() -> None:
    payload = b'{"iat":1,"iss":"a","iss":"b","_sd":[],"_sd_alg":"sha-256"}'
    assert refused(jws.sign(payload, key=KEY, typ="mz-sheet") + "~") == "sdjwt-form"


@pytest.mark.parametrize("payload", [b"", b"[]", b"1", b"{", b'"x"', b"null"])
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    assert refused(jws.sign(payload, key=KEY, typ="mz-sheet") + "~") == "sdjwt-form"


def test_a_disclosure_nested_as_deep_as_it_goes_is_refused_without_a_crash() -> None:
    deep = b64(b'["s","q",' + b"[" * 3000 + b"]" * 3000 + b"]")
    assert refused(forge([deep])) == "sdjwt-disclosure"


@pytest.mark.parametrize("token", ["", "~", "~~", "a~", "a.b.c~", "....~", "中~"])
def test_a_text_that_is_no_token_is_refused(token: str) -> None:
    refused(token)


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 127))
@settings(max_examples=300)
def test_any_flipped_byte_is_refused(at: int, flip: int) -> None:
    refused(TOKEN[:at] + chr(ord(TOKEN[at]) ^ flip) + TOKEN[at + 1 :])


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 40))
def test_any_cut_is_refused_or_shows_less(at: int, length: int) -> None:
    cut = TOKEN[:at] + TOKEN[at + length :]
    try:
        read = check(cut)
    except BadToken:
        return
    assert read.claims == CLAIMS
    assert set(read.disclosed) < {name for name, _ in ANSWERS}


NAMES = st.text(max_size=8).filter(lambda name: name not in ("_sd", "_sd_alg", "..."))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, JSON, max_size=20))
@settings(max_examples=60)
def test_any_values_read_back(values: dict[str, object]) -> None:
    token = sdjwt.issue({}, list(values.items()), key=KEY, typ="mz-sheet")
    assert check(token).disclosed == values
