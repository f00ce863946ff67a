"""Keys of people and processes: named by thumbprint, kept in files that only their owner reads.

A key's id is its RFC 7638 thumbprint, so nobody can give one key two names. A key file is a JWK
with mode 600 in a folder with mode 700; a file that others could read is refused, because a key
that may have been read is no longer a key.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, Literal

import msgspec

from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk

Use = Literal["sign", "seal", "log", "transport"]
USES: tuple[Use, ...] = ("sign", "seal", "log", "transport")


class BadKey(WrongUse):
    """A key is malformed, missing, or kept where others can read it."""

    code = "bad-key"


class PrivateJwk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A private EC key P-256 as it lies in a key file (RFC 7517); `d` never leaves the process."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    d: str

    def __repr__(self) -> str:
        """Return a text without the secret, which would otherwise reach a log by way of a traceback."""
        return f"PrivateJwk(x={self.x!r})"


def thumbprint(jwk: Jwk) -> str:
    """Return the RFC 7638 thumbprint of a public key: base64url of SHA-256 over its required members."""
    members = {"crv": jwk.crv, "kty": jwk.kty, "x": jwk.x, "y": jwk.y}
    return b64(INTL.hash(canonical(members)))


class PublicKey:
    """A public key, read once and used many times."""

    __slots__ = ("_handle", "jwk", "kid")

    def __init__(self, jwk: Jwk) -> None:
        """Read `jwk`; `BadKey` unless it is a point on the curve, written canonically."""
        try:
            self._handle: Any = INTL.read_public(jwk)
        except ValueError as error:
            raise BadKey(f"not a public key: {error}", hint="give an EC key P-256 as JWK") from None
        self.jwk = jwk
        self.kid = thumbprint(jwk)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Return whether `signature` (64 bytes r and s) over `data` is this key's."""
        return INTL.verify(self._handle, data, signature)

    def verify_der(self, data: bytes, signature: bytes) -> bool:
        """Return whether the DER `signature` over `data` is this key's."""
        return INTL.verify_der(self._handle, data, signature)

    def seal(self, plaintext: bytes, *, typ: str) -> str:
        """Return a compact JWE of `plaintext` to this key (see `jwe` for the strict way back)."""
        return INTL.seal(plaintext, to=self._handle, header={"kid": self.kid, "typ": typ})


class PrivateKey:
    """A private key; it never shows its secret but to a file of its owner."""

    __slots__ = ("_handle", "kid", "public")

    def __init__(self, handle: Any) -> None:
        """Hold a key of the suite; use `generate`, `from_jwk` or `from_file` instead."""
        self._handle = handle
        self.public = PublicKey(INTL.write_public(INTL.public(handle)))
        self.kid = self.public.kid

    @classmethod
    def generate(cls) -> PrivateKey:
        """Return a new key."""
        return cls(INTL.generate())

    @classmethod
    def derive(cls, material: bytes) -> PrivateKey:
        """Return the key that 48 bytes or more of secret material stand for; `ValueError` for fewer."""
        return cls(INTL.derive(material))

    @classmethod
    def from_jwk(cls, jwk: PrivateJwk) -> PrivateKey:
        """Return the key of a private JWK; `BadKey` when secret and public half do not fit."""
        public = Jwk(kty=jwk.kty, crv=jwk.crv, x=jwk.x, y=jwk.y)
        try:
            return cls(INTL.read_private(public, unb64(jwk.d)))
        except ValueError:
            raise BadKey("the private key is malformed", hint="make keys with `mianzheng keys ceremony`") from None

    @classmethod
    def from_file(cls, path: Path) -> PrivateKey:
        """Return the key in a file of mode 600; `BadKey` when it is missing, malformed or open to others."""
        try:
            refuse_if_shared(path)
            return cls.from_jwk(msgspec.json.decode(path.read_bytes(), type=PrivateJwk))
        except FileNotFoundError:
            raise BadKey(f"no key at {path}", hint="make keys with `mianzheng keys ceremony`") from None
        except msgspec.DecodeError:
            raise BadKey(f"{path} holds no private key", hint="make keys with `mianzheng keys ceremony`") from None

    def to_jwk(self) -> PrivateJwk:
        """Return the private JWK; only key files hold it."""
        jwk, secret = self.public.jwk, b64(INTL.write_private(self._handle))
        return PrivateJwk(kty=jwk.kty, crv=jwk.crv, x=jwk.x, y=jwk.y, d=secret)

    def to_file(self, path: Path) -> None:
        """Write the key to a new file of mode 600; `BadKey` when the file exists: no key is overwritten."""
        write_secret(path, canonical(self.to_jwk()))

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data`: 64 bytes r and s."""
        return INTL.sign(self._handle, data)

    def sign_der(self, data: bytes) -> bytes:
        """Return the signature over `data` as DER, as a WebAuthn authenticator gives it."""
        return INTL.sign_der(self._handle, data)

    def open(self, token: str) -> bytes:
        """Return what a compact JWE sealed to this key; `BadSeal` otherwise. `jwe` checks the header first."""
        return INTL.open(token, private=self._handle)

    def __repr__(self) -> str:
        """Return a text that names the key without its secret."""
        return f"PrivateKey(kid={self.kid!r})"


class KeyFolder:
    """One process's keys: `<use>.jwk.json` for sign, seal, log and transport, in a folder of mode 700."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is read until a key is asked for."""
        self.path = path

    def load(self, use: Use) -> PrivateKey:
        """Return the key for one use; `BadKey` when folder or file are missing or open to others."""
        if not self.path.is_dir():
            raise BadKey(f"no key folder at {self.path}", hint="make keys with `mianzheng keys ceremony`")
        refuse_if_shared(self.path)
        return PrivateKey.from_file(self.path / f"{use}.jwk.json")


def refuse_if_shared(path: Path) -> None:
    """Raise `BadKey` when group or others may do anything with `path`."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise BadKey(f"{path} is open to others (mode {mode:o})", hint=f"chmod go= {path}, and make new keys")


def write_secret(path: Path, data: bytes) -> None:
    """Write `data` to a new file of mode 600, synced; `BadKey` when a file of that name exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadKey(f"{path} exists already", hint="nothing was overwritten; choose an empty folder") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
