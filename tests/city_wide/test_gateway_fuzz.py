"""Mutated and random requests at real processes: a problem document that says what to do, never a crash or an answer.

Bodies that need the hub's signature are signed with its own key, as whoever has broken into the hub could.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mianzheng.credentials import jws
from mianzheng.model.deciding import DeliveryRequest
from mianzheng.model.problem import Problem
from tests.city_wide.dishonest_hub import CIVIL, POLICE, Grasp, new_id
from tests.city_wide.trap import Trap

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
JUNK: tuple[Any, ...] = (
    None,
    "",
    "x",
    0,
    -1,
    2**63,
    -(2**64),
    1.5,
    1e308,
    True,
    [],
    {},
    ["a"],
    [[]],
    {"a": 1},
    "\u0000",
    "\ud7ff\ue000",
    "陈" * 50,
    "../../etc/passwd",
    "' or 1=1 --",
    "eyJhbGciOiJub25lIn0.e30.",
    "a.b.c.d.e",
    "~" * 40,
)
SIGNED = {
    "/answers": (CIVIL, "mz-answer-request"),
    "/decisions": (CIVIL, "mz-decision-request"),
    "/deliveries": (CIVIL, "mz-delivery-request"),
    "/bundles": (POLICE, "mz-bundle-request"),
}
PLAIN = ("/answers", "/decisions", "/deliveries", "/witness", "/revocations", "/sign-ins", "/bundles")
BYTES = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        (b"[" * 5000, b'{"sealed":' * 300, b"null", b"{}", b'"' + b"a" * 100_000 + b'"', b"1e999", b"\xff\xfe")
    ),
)


def changed(value: Any, chance: random.Random) -> Any:
    """Return a JSON value in which one place, anywhere, holds something else, stands twice, or is gone."""
    value = copy.deepcopy(value)
    here: Any = value
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return value
        key = chance.choice(keys)
        if isinstance(here[key], (dict, list)) and here[key] and chance.random() < 0.7:
            here = here[key]
            continue
        what = chance.random()
        if isinstance(here, dict) and what < 0.15:
            del here[key]
        elif isinstance(here, list) and what < 0.15:
            here.append(here[key])
        elif isinstance(here[key], str) and here[key] and what < 0.5:
            place = chance.randrange(len(here[key]))
            here[key] = here[key][:place] + chance.choice("aZ09.~_-é") + here[key][place + 1 :]
        else:
            here[key] = chance.choice(JUNK)
        return value


def refused(answer: httpx.Response) -> Problem:
    """Return the problem document of a refusal; anything else is a fault of the product."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = msgspec.json.decode(answer.content, type=Problem)
    assert problem.status == answer.status_code
    assert problem.code and problem.title and problem.detail and problem.hint, problem
    assert "Traceback" not in answer.text and "/src/" not in answer.text
    return problem


class Target:
    """An authorised case that the hub never ran, and the payloads an honest hub would send for it."""

    def __init__(self, trap: Trap) -> None:
        self.trap = trap
        self.grasp: Grasp = trap.bundled(trap.one())
        _, _, self.decided = trap.finished(trap.one())
        assert self.decided.decision is not None
        hub = trap.hub
        self.payloads = {
            "/answers": hub.answer_request(self.grasp, CIVIL),
            "/decisions": hub.decision_request(self.grasp, tuple(s.token for s in self.decided.sheets)),
            "/deliveries": DeliveryRequest(
                aud=CIVIL,
                iat=hub.answer_request(self.grasp, CIVIL).iat,
                request=new_id("v"),
                case=self.grasp.case,
                decision=self.decided.decision.decision,
                sheets=tuple(s.token for s in self.decided.sheets),
                entry="e",
            ),
            "/bundles": hub.bundle_request(self.grasp),
        }

    def post(self, party: str, path: str, body: bytes) -> httpx.Response:
        return self.trap.hub.http.post(self.trap.hub.addresses[party] + path, content=body)


@pytest.fixture(scope="module")
def target(trap: Trap) -> Target:
    return Target(trap)


@pytest.fixture(scope="module")
def hub(trap: Trap) -> Iterator[httpx.Client]:
    """The hub's API with the session of a signed-in person."""
    token = trap.person(trap.one()).hub.token
    with httpx.Client(
        base_url=trap.session.url, headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=20
    ) as client:
        yield client


# What a request may differ in and still be the same honest question: nothing about the subject rests on it.
FREE = {
    "/answers": {"entry", "request", "iat", "forms"},
    # of another role: opens nothing; with another chip: the bundle that was made before
    "/bundles": {"request", "iat", "role", "chip", "gateways", "handling", "exp"},
    "/decisions": set(),
    "/deliveries": set(),
}


@QUICK
@given(seed=st.integers(0, 2**32), path=st.sampled_from(sorted(SIGNED)), times=st.integers(1, 3))
def test_a_signed_request_with_anything_changed_is_refused_with_what_to_do(
    target: Target, seed: int, path: str, times: int
) -> None:
    chance, party, typ = random.Random(seed), *SIGNED[path]
    honest = target.payloads[path]
    body = msgspec.to_builtins(honest)
    for _ in range(times):
        body = changed(body, chance)
    token = jws.sign(msgspec.json.encode(body), key=target.trap.hub.key, typ=typ)
    answer = target.post(party, path, token.encode())
    if answer.status_code != 200:
        refused(answer)
        return
    served = msgspec.convert(body, type(honest))
    differing = {name for name in honest.__struct_fields__ if getattr(honest, name) != getattr(served, name)}
    assert differing <= FREE[path], (path, differing)


@QUICK
@given(body=BYTES, path=st.sampled_from(PLAIN))
@example(body=b"", path="/answers")
def test_any_bytes_at_any_path_of_a_gateway_are_refused(target: Target, body: bytes, path: str) -> None:
    refused(target.post(POLICE, path, body))


@QUICK
@given(seed=st.integers(0, 2**32), path=st.sampled_from(sorted(SIGNED)))
def test_a_changed_token_is_refused(target: Target, seed: int, path: str) -> None:
    chance, (party, typ) = random.Random(seed), SIGNED[path]
    token = jws.sign(target.payloads[path], key=target.trap.hub.key, typ=typ)
    place = chance.randrange(len(token))
    other = token[:place] + chance.choice("AQgw_-.~ ") + token[place + 1 :]
    if other != token:
        refused(target.post(party, path, other.encode()))


@QUICK
@given(
    header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
    path=st.sampled_from(("/mine", "/log")),
)
def test_any_authorization_at_a_gateways_own_lists_is_refused(target: Target, header: str, path: str) -> None:
    address = target.trap.hub.addresses[CIVIL]
    for kind in ("", "SignIn ", "Auditor ", "Bearer "):
        refused(target.trap.hub.http.get(address + path, headers={"authorization": (kind + header).strip()}))


# -- the hub

ID = "{case}"
POSTS = (
    "/sign-ins",
    "/cases",
    *(
        f"/cases/{ID}/{step}"
        for step in ("authorisation", "acceptance", "contests", "withdrawal", "review", "escalation")
    ),
    "/items",
    "/items/old-age-allowance/1/approvals",
    "/items/old-age-allowance/1/publication",
    "/items/old-age-allowance/1/retirement",
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(-1e300, 1e300), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=8,
)
PART = {"item": "old-age-allowance", "openings": [{"name": "a", "value": "b", "salt": "c"}], "authority": POLICE}
PART |= {
    "sealed": "a.b.c.d.e",
    "step": "e30",
    "question": "q",
    "role": "applicant",
    "token": "a.b.c",
    "certificate": "",
}


@QUICK
@given(path=st.sampled_from(POSTS), body=st.one_of(BYTES, JSON.map(msgspec.json.encode)))
def test_any_body_at_any_path_of_the_hub_is_refused(hub: httpx.Client, target: Target, path: str, body: bytes) -> None:
    answer = hub.post(path.format(case=target.grasp.case), content=body, headers={"content-type": "application/json"})
    if path.endswith("/approvals") and body == b"[]":
        return  # no approvals: nothing is said, and nothing changes
    refused(answer)


@QUICK
@given(
    path=st.sampled_from(POSTS),
    names=st.sets(st.sampled_from(sorted(PART))),
    name=st.sampled_from(sorted(PART)),
    junk=JSON,
)
def test_bodies_of_nearly_the_right_shape_are_refused(
    hub: httpx.Client, target: Target, path: str, names: set[str], name: str, junk: Any
) -> None:
    body = {one: PART[one] for one in sorted(names)} | {name: junk}
    if path == "/cases" and body.get("item") == PART["item"] and body.get("openings", []) == []:
        return  # that is an application
    answer = hub.post(path.format(case=target.grasp.case), json=body)
    refused(answer)


WORD = st.text(max_size=70).filter(lambda word: word.strip("./") != "")
NUMBER = st.one_of(st.integers(-(2**70), 2**70).map(str), st.text(max_size=8))


@QUICK
@given(word=WORD, step=st.sampled_from(("", "/explanation", "/acceptance", "/receipt")))
def test_any_word_for_a_case_is_no_case(hub: httpx.Client, word: str, step: str) -> None:
    path = f"/cases/{_quoted(word)}{step}"
    answer = hub.get(path) if step in ("", "/explanation") else hub.post(path)
    assert refused(answer).code in ("not-found", "bad-request", "wrong-method")


@QUICK
@given(word=WORD, version=NUMBER)
def test_any_word_for_an_item_is_no_item(hub: httpx.Client, word: str, version: str) -> None:
    for path in (f"/items/{_quoted(word)}", f"/items/{_quoted(word)}/{_quoted(version) or 0}"):
        assert refused(hub.get(path)).code in ("not-found", "bad-request", "wrong-method")


@QUICK
@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
def test_any_word_for_a_session_is_no_session(hub: httpx.Client, token: str) -> None:
    for kind in ("Bearer ", "bearer ", "Basic ", ""):
        answer = hub.get("/cases", headers={"authorization": (kind + token).strip()})
        assert refused(answer).code == "not-signed-in"


@QUICK
@given(first=NUMBER, second=NUMBER)
def test_any_numbers_at_the_ledgers_paths_are_refused_or_give_hashes_only(
    hub: httpx.Client, first: str, second: str
) -> None:
    for path, names in (("/ledger/leaves", ("start", "end")), ("/ledger/consistency", ("first", "second"))):
        answer = hub.get(path, params=dict(zip(names, (first, second), strict=True)))
        if answer.status_code != 200:
            refused(answer)
        else:
            assert set(answer.json()) in ({"start", "leaves"}, {"first", "second", "proof"})


def test_after_all_that_hub_and_gateways_still_serve(trap: Trap, target: Target) -> None:
    _, view, _ = trap.finished(trap.one())
    assert (view.state.value, view.decision) == ("delivered", "granted")
    for party in (CIVIL, POLICE):
        log = (trap.city.data / "logs" / f"{party}.log").read_text(encoding="utf-8")
        assert '"event":"unexpected"' not in log
    assert "unforeseen" not in (trap.city.data / "logs" / "hub.log").read_text(encoding="utf-8")


def _quoted(word: str) -> str:
    return httpx.QueryParams({"w": word}).__str__().removeprefix("w=").replace("+", "%20")
