"""Why a gateway refuses: stable codes, each with its HTTP status at the edge (RFC 9457).

A refusal never says anything about the subject: not whether a number is known, not what an answer
would have been. `REFUSALS` is the whole list; a test asks for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from mianzheng.mandates.refusals import CODES as MANDATE_CODES
from mianzheng.model.errors import MianzhengError
from mianzheng.model.problem import Problem

REFUSALS: dict[str, int] = {
    # the request itself
    "malformed-request": 400,
    "wrong-hub-key": 401,
    "wrong-audience": 403,
    "request-expired": 403,
    "replayed-with-another-body": 409,
    # the authorisation
    "bad-authorisation": 403,
    "not-signed-by-the-person": 403,
    "authorisation-expired": 403,
    "plan-differs": 403,
    "trigger-not-supported": 403,
    "as-of-out-of-range": 403,
    "presence-too-low": 403,
    "clerk-unknown": 403,
    # the subject
    "bundle-invalid": 403,
    "bundle-expired": 403,
    "bundle-of-another-case": 403,
    "bundle-of-another-role": 403,
    "bundle-of-another-authorisation": 403,
    "bundle-of-another-person": 403,
    "bundle-of-another-link": 403,
    "bundle-not-linked": 403,
    "statement-mismatch": 403,
    # the question
    "item-not-loaded": 403,
    "item-not-in-force": 403,
    "not-in-plan": 403,
    "question-not-approved": 403,
    "basis-not-approved": 403,
    "sentence-differs": 403,
    "form-not-authorised": 403,
    "form-missing": 403,
    "choice-missing": 403,
    "choice-invalid": 403,
    "second-subject-missing": 403,
    "operand-missing": 403,
    "operand-invalid": 403,
    "consent-missing": 403,
    "consent-invalid": 403,
    "consent-mismatch": 403,
    "already-answered": 409,
    "granted-before": 409,
    "form-values-used-up": 429,
    "subject-budget-used-up": 429,
    "agent-budget-used-up": 429,
    "clerk-budget-used-up": 429,
    "hub-budget-used-up": 429,
    # deciding and delivering
    "not-the-handling-department": 403,
    "sheet-invalid": 403,
    "sheet-expired": 403,
    "sheet-of-another-case": 403,
    "sheet-of-another-subject": 403,
    "sheets-disagree": 409,
    "contest-invalid": 403,
    "case-undecided": 409,
    "decision-halted": 409,
    "refusal-needs-acceptance": 409,
    "refusal-needs-officer": 409,
    "acceptance-invalid": 403,
    "declaration-invalid": 403,
    "decision-needs-officer": 409,
    "officer-step-invalid": 403,
    "shown-otherwise": 409,
    "finding-invalid": 403,
    "approval-missing": 409,
    "public-notice-running": 409,
    "not-reopened": 409,
    "correction-invalid": 403,
    "not-decided-here": 403,
    "need-invalid": 403,
    # papers
    "paper-invalid": 403,
    "paper-not-own": 403,
    "paper-sealed": 409,
    "no-stamp": 503,
    # people, auditors, witnesses
    "sign-in-invalid": 401,
    "nonce-used": 401,
    "auditor-unknown": 401,
    "officer-unknown": 403,
    "sign-in-refused": 403,
    "bundle-refused": 403,
    "presence-refused": 403,
    "presence-budget-used-up": 429,
    "presence-unavailable": 503,
    "another-handler": 403,
    "staff-not-enrolled": 403,
    "clearance-missing": 403,
    "register-unavailable": 503,
    "head-invalid": 403,
    "ledger-fork": 409,
    "ledger-shrunk": 409,
    "proof-elsewhere": 409,
    # acting for another
    **MANDATE_CODES,
    # this gateway itself
    "bad-state": 503,
}


HINT = "docs/errors.md says what each code means and what to do about it"


class Refused(MianzhengError):
    """A request that this gateway does not serve. `code` stands in `REFUSALS`.

    `subject` is a pseudonym for the own log where the subject should see the refusal (budgets), `protected` when they
    may not see in what case: another's, who has a protection order;
    `request`, `entry` and `case` are those of the request, once its signature was checked.
    """

    code = "malformed-request"

    def __init__(self, code: str, message: str, *, hint: str = "", subject: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.subject = subject
        self.protected = False
        self.request = ""
        self.entry = ""
        self.case = ""


class Named(Protocol):
    """What names a request in the log."""

    @property
    def request(self) -> str:
        """Its id."""

    @property
    def entry(self) -> str:
        """Leaf hash of the hub's asked entry."""

    @property
    def case(self) -> str:
        """Its case."""


@contextmanager
def about(request: Named) -> Iterator[None]:
    """Let a refusal raised inside know which verified request it is about, for the log."""
    try:
        yield
    except Refused as error:
        error.request, error.entry, error.case = request.request, request.entry, request.case
        raise


def problem(error: MianzhengError) -> Problem:
    """Return the problem document of an error; one with an unknown code is a plain refusal."""
    return Problem(
        type=f"urn:mianzheng:problem:{error.code}",
        title=error.code.replace("-", " "),
        status=REFUSALS.get(error.code, 403),
        detail=error.message,
        code=error.code,
        hint=error.hint or HINT,
    )
