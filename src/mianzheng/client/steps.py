"""A step as it is signed: canonical bytes over what was shown, with a salt and a time of its own."""

from __future__ import annotations

import secrets
import time

from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64, canonical, digest


def step_bytes(case: str, step: str, shown: object) -> bytes:
    """Return the canonical bytes of a step, whose SHA-256 is signed."""
    return canonical(Step(case=case, step=step, shown=digest(canonical(shown)), salt=salt(), iat=int(time.time())))


def salt() -> str:
    """Return 128 random bits (b64)."""
    return b64(secrets.token_bytes(16))
