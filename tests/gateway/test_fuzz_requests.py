"""Fuzzed requests: a clear refusal or a right answer, never a crash and never an answer to what was not approved."""

from __future__ import annotations

import copy
import random
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mianzheng.credentials import jws
from mianzheng.gateway.refusals import REFUSALS
from tests.gateway.world import Case, World

HERE = "civil-affairs"
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JUNK: tuple[Any, ...] = (None, "", "x", 0, -1, 2**70, 1.5, True, [], {}, ["a"], {"a": 1}, "\u0000", "陈" * 50)


def changed(value: Any, random_: random.Random) -> Any:
    """A copy of a JSON value in which one place, anywhere, holds something else or is gone."""
    value = copy.deepcopy(value)
    here: Any = value
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return value
        key = random_.choice(keys)
        if isinstance(here[key], (dict, list)) and here[key] and random_.random() < 0.7:
            here = here[key]
            continue
        if isinstance(here, dict) and random_.random() < 0.2:
            del here[key]
        else:
            here[key] = random_.choice(JUNK)
        return value


@QUICK
@given(seed=st.integers(0, 2**32), path=st.sampled_from(["/answers", "/decisions", "/deliveries"]))
def test_a_signed_request_with_anything_changed_is_refused_clearly(world: World, seed: int, path: str) -> None:
    case = _case(world)
    payloads = {
        "/answers": (case.request(HERE), "mz-answer-request"),
        "/decisions": (case.decision([]), "mz-decision-request"),
        "/deliveries": (case.delivery("x", []), "mz-delivery-request"),
    }
    payload, typ = payloads[path]
    body = changed(msgspec.to_builtins(payload), random.Random(seed))
    token = jws.sign(msgspec.json.encode(body), key=world.key("hub"), typ=typ)
    reply = world.clients[HERE].post(path, content=token)
    assert reply.status_code < 500, reply.text
    if reply.status_code != 200:
        assert reply.json()["code"] in REFUSALS
    else:
        assert path == "/answers"  # only what no rule rests on was changed: the entry, the request's own id


@QUICK
@given(body=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_any_bytes_at_any_path_are_refused_clearly(world: World, body: bytes) -> None:
    for path in ("/answers", "/decisions", "/deliveries", "/witness", "/revocations"):
        reply = world.clients[HERE].post(path, content=body)
        assert (reply.status_code, reply.json()["code"]) == (400, "malformed-request")
    for path in ("/sign-ins", "/bundles"):
        reply = world.clients["public-security"].post(path, content=body)
        assert (reply.status_code, reply.json()["code"]) == (400, "malformed-request")


def _case(world: World) -> Case:
    if not hasattr(world, "fuzzed"):
        world.fuzzed = Case(world)  # type: ignore[attr-defined]
    return world.fuzzed  # type: ignore[attr-defined, no-any-return]
