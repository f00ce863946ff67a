"""The authority's refusals. Unknown number, wrong key and bad proof are one: nobody learns who exists."""

from __future__ import annotations

from mianzheng.model.errors import MianzhengError


class NotNamed(MianzhengError):
    """The proof names nobody here; which part failed is not said."""

    code = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("the sign-in is not accepted", hint="check number and key; ask at the window if it goes on")


class NoBundle(MianzhengError):
    """No bundle for this id, key and authorisation; which part failed is not said."""

    code = "bundle-refused"

    def __init__(self, detail: str = "id, key and authorisation do not belong together") -> None:
        super().__init__(detail, hint="the person signs the authorisation with their own enrolled key")


class BadSealedRequest(MianzhengError):
    """The body cannot be opened or read, or asks for something impossible."""

    code = "malformed-request"


class WrongHubKey(MianzhengError):
    """The request is not signed by a hub of the trust list for this authority."""

    code = "wrong-hub-key"


class Stale(MianzhengError):
    """The request was made too long ago."""

    code = "request-expired"


class NonceUsed(MianzhengError):
    """A nonce names one sign-in only."""

    code = "nonce-used"


class BundleExists(MianzhengError):
    """A bundle for this authorisation and role was made with other contents."""

    code = "replayed-with-another-body"


class UnknownStaff(MianzhengError):
    """A step of a presence is not that of a clerk or witness whom a department certified."""

    code = "clerk-unknown"


class PresenceRefused(MianzhengError):
    """The presence did not pass. Unknown number, wrong answer, lock, another clerk, too late: which, is not said."""

    code = "presence-refused"

    def __init__(self) -> None:
        super().__init__(
            "the presence did not pass", hint="another way: a card in the reader, the face, a call back, another day"
        )


class TooManyStarts(MianzhengError):
    """This clerk has begun more presences today than anyone can serve."""

    code = "presence-budget-used-up"


class PresenceUnavailable(MianzhengError):
    """Registers, comparer or call line do not answer: for any number alike."""

    code = "presence-unavailable"
    permanent = False


class AnotherHandler(MianzhengError):
    """This member of staff may not handle this case; why, nobody is told."""

    code = "another-handler"

    def __init__(self) -> None:
        super().__init__("another handler takes this case", hint="a colleague takes or signs it")


class StaffNotEnrolled(MianzhengError):
    """The authority does not know whose this staff key is."""

    code = "staff-not-enrolled"
