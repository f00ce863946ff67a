"""A member of staff's key at rest: closed by a PIN, opened into memory for as long as they sit there.

The file (`<role>.closed.json`, mode 600) holds the public half, and the private one encrypted under a key that scrypt
(RFC 7914) makes of the PIN: 32 MiB and a tenth of a second for each guess. Six digits stop a colleague at the machine,
who has five tries (`window/seat`); against somebody who has copied the file the disk's own encryption and a longer PIN
help. Everything that signs holds the same key object, so that closing it takes the secret away from all of them.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from mianzheng.credentials.at_rest import ContentKey
from mianzheng.credentials.keys import BadKey, PrivateJwk, PrivateKey, PublicKey, refuse_if_shared, write_secret
from mianzheng.credentials.suites import KEY_BYTES, BadSeal
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.identity import Jwk

SUFFIX = ".closed.json"
SHORTEST, LONGEST = 6, 64
_SALT_BYTES = 16
_N, _R, _P = 2**15, 8, 1


class KeyClosed(MianzhengError):
    """The key is closed: whoever it belongs to has not opened it."""

    code = "key-closed"


class WrongPin(MianzhengError):
    """The PIN does not open this key."""

    code = "wrong-pin"


class _Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in the file; `n`, `r`, `p` are scrypt's, `sealed` (b64) the private JWK."""

    public: Jwk
    n: int
    r: int
    p: int
    salt: str
    sealed: str


class ClosedKey(PrivateKey):
    """A private key whose secret is there only between `unlock` and `lock`."""

    __slots__ = ("_closed", "_secret")

    def __init__(self, closed: _Closed) -> None:
        """Hold a closed key; use `read`."""
        self._closed = closed
        self._secret: Any = None
        self.public = PublicKey(closed.public)
        self.kid = self.public.kid

    @classmethod
    def read(cls, path: Path) -> ClosedKey:
        """Return the closed key of a file; `BadKey` when it is missing, malformed or open to others."""
        try:
            refuse_if_shared(path)
            return cls(msgspec.json.decode(path.read_bytes(), type=_Closed))
        except FileNotFoundError:
            raise BadKey(f"no key at {path}", hint="`mianzheng window lock` closes one by a PIN") from None
        except msgspec.DecodeError:
            raise BadKey(f"{path} holds no closed key", hint="`mianzheng window lock` makes one") from None

    @property
    def _handle(self) -> Any:
        if self._secret is None:
            raise KeyClosed("the key is closed", hint="its owner opens it with their PIN")
        return self._secret

    @property
    def is_open(self) -> bool:
        """Whether it can sign."""
        return self._secret is not None

    def unlock(self, pin: str) -> None:
        """Open the key; `WrongPin` unless this is its PIN. It takes a tenth of a second."""
        closed = self._closed
        try:
            key = _key(pin, unb64(closed.salt), closed.n, closed.r, closed.p)
            opened = key.decrypt(unb64(closed.sealed), context=self.kid)
        except BadSeal:
            raise WrongPin("the PIN does not open this key") from None
        self._secret = PrivateKey.from_jwk(msgspec.json.decode(opened, type=PrivateJwk))._handle

    def lock(self) -> None:
        """Close the key: whatever holds it cannot sign any more."""
        self._secret = None


def close_key(key: PrivateKey, pin: str, path: Path) -> None:
    """Write a key to a new file, closed by a PIN; `WrongUse` for a PIN that anybody would try first."""
    check_pin(pin)
    salt = os.urandom(_SALT_BYTES)
    sealed = _key(pin, salt, _N, _R, _P).encrypt(canonical(key.to_jwk()), context=key.kid)
    closed = _Closed(public=key.public.jwk, n=_N, r=_R, p=_P, salt=b64(salt), sealed=b64(sealed))
    write_secret(path, msgspec.json.encode(closed))


def check_pin(pin: str) -> None:
    """Raise `WrongUse` for a PIN that is too short, all one sign, or digits in a row."""
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    if not SHORTEST <= len(pin) <= LONGEST or not pin.isprintable() or steps in ({0}, {1}, {-1}):
        raise WrongUse(
            f"a PIN has {SHORTEST} signs or more, not all the same and not in a row",
            code="weak-pin",
            hint="six digits that are no birthday, or a longer word of your own",
        )


def _key(pin: str, salt: bytes, n: int, r: int, p: int) -> ContentKey:
    try:
        return ContentKey(Scrypt(salt=salt, length=KEY_BYTES, n=n, r=r, p=p).derive(pin.encode()))
    except ValueError as error:
        raise BadKey(f"the file of a closed key was changed: {error}", hint="close the key anew") from None
