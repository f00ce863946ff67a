"""Why a mandate does not serve: one error with a stable code, for authority, gateways and hub."""

from __future__ import annotations

from mianzheng.model.errors import MianzhengError

CODES = {
    "mandate-missing": 403,
    "mandate-invalid": 403,
    "mandate-not-yet": 403,
    "mandate-expired": 403,
    "mandate-revoked": 403,
    "mandate-party-gone": 403,
    "mandate-locked": 403,
    "mandate-not-for-this-item": 403,
    "mandate-other-holder": 403,
    "mandate-over-limit": 403,
    "mandate-used-up": 403,
    "mandate-unknown": 403,
    "mandate-refused": 403,
    "standing-expired": 403,
    "agent-has-enough-mandates": 403,
}
_HINTS = {
    "mandate-missing": "the principal grants one with `mianzheng mandate grant`",
    "mandate-not-yet": "a mandate by telephone or paper holds a day later",
    "mandate-expired": "the principal grants a new one",
    "mandate-revoked": "the principal ended it",
    "mandate-party-gone": "one of the two died, lost the capacity to act, or does not speak for the body any more",
    "mandate-locked": "the principal turns the lock off at the authority's site, or comes in person",
    "mandate-not-for-this-item": "the principal grants one that names this item, or comes in person",
    "mandate-other-holder": "the result goes to the principal's own key",
    "mandate-over-limit": "the body's legal representative signs this one",
    "mandate-used-up": "the principal grants a new one",
    "standing-expired": "the hub asks the authority before each step",
}


class MandateRefused(MianzhengError):
    """A mandate does not allow this; `code` stands in `CODES`."""

    code = "mandate-invalid"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, hint=_HINTS.get(code, ""), code=code)
