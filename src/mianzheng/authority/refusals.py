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
