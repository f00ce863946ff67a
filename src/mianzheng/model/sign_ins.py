"""Sign-ins 登录记录 as their person reads them."""

from __future__ import annotations

from typing import Literal

import msgspec

Ended = Literal["", "signed-out", "replaced", "closed", "time"]


class SignInLine(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in. Times are seconds since the epoch; `ended` "" while its session lives, and then `ended_at` is 0."""

    id: int
    at: int
    method: str  # passkey, chip, face, call, window, code, or the provider's id
    level: int
    presence: bool  # opened at a window, for the clerk who served the person
    here: bool  # the session that asks
    ended: Ended
    ended_at: int


class SignInsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of sign-ins, newest first; `after` opens the next one, 0 on the last."""

    sign_ins: tuple[SignInLine, ...]
    after: int


class SignInClosed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /my/sign-ins/closed`: whose session is to end; 0: every other than this one."""

    sign_in: int = 0
