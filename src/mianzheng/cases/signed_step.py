"""A step that a person signed: of this case, by the key of its authorisation, over what was shown."""

from __future__ import annotations

import hashlib

import msgspec

from mianzheng.cases.live import LiveCase
from mianzheng.credentials.assertion import verify_assertion
from mianzheng.credentials.keys import thumbprint
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.canonical import unb64
from mianzheng.model.errors import MianzhengError

SKEW = 60


class BadStep(MianzhengError):
    """What was signed is not this step of this case by this person."""

    code = "bad-step"


def verify_step(live: LiveCase, signed: SignedStep, *, name: str, shown: str | None, signer: str = "") -> None:
    """Raise `BadStep` or `BadAssertion` unless the case's own signer (or `signer`) signed this step.

    `shown` None: whatever was shown.
    """
    try:
        words = unb64(signed.step)
        step = msgspec.json.decode(words, type=Step)
    except (ValueError, msgspec.MsgspecError):
        raise BadStep("not a step") from None
    trust = live.hub.trust
    found = verify_assertion(
        signed.assertion,
        hashlib.sha256(words).digest(),
        rp_ids=trust.rp_ids,
        origins=trust.origins,
        allow_software=trust.demo,
    )
    wanted = signer or (thumbprint(live.permit.assertion.key) if live.permit is not None else found)
    if found != wanted:
        raise BadStep("another key signed than the one of the authorisation")
    if (step.case, step.step) != (live.id, name):
        raise BadStep(f"a step {step.step!r} of case {step.case} is not {name!r} of {live.id}")
    if shown is not None and step.shown != shown:
        raise BadStep("what was signed is not what the case shows now", code="shown-otherwise", hint="read it again")
    if not live.row.created_at.timestamp() - SKEW <= step.iat <= live.hub.seconds + SKEW:
        raise BadStep("the step was signed at another time", hint="check the clock")
