"""One root for every error that mianzheng raises: what, why, and what to do next."""

from __future__ import annotations


class MianzhengError(Exception):
    """Base of all errors; `code` is stable and machine-readable, `hint` says what to do.

    `permanent` is false when trying again later can help. Only the web edge turns a code into
    an HTTP status; the core never knows one.
    """

    code: str = "error"
    permanent: bool = True

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class WrongUse(MianzhengError):
    """The caller's words are wrong: a bad argument, a malformed setting. Exit status 2."""

    code = "wrong-use"


class NotFound(MianzhengError):
    """The thing named does not exist, or the caller may not know that it does."""

    code = "not-found"


class Unavailable(MianzhengError):
    """Something outside did not answer in time; the same step may be tried again."""

    code = "unavailable"
    permanent = False
