"""Suites of algorithms, one interface for each: sign, verify, hash, seal, open, mac, wrap, unwrap.

`intl` is ES256 (RFC 7518), SHA-256 and ECDH-ES+A256KW with A256GCM. `guomi` (SM2-SM3, SM3, SM2
envelope with SM4-GCM, design/trust.md) fits the same interface and is not built in yet: asking for
it is a clear error. Everything signed, hashed or sealed names its suite.

A suite works on its own kinds of key, which nobody else looks into; `keys` holds them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe as joserfc_jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.registry import HeaderParameter

from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.identity import Jwk

Public = TypeVar("Public")
Private = TypeVar("Private")

KEY_BYTES = 32  # of every symmetric key
_NONCE_BYTES = 12
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class BadSeal(MianzhengError):
    """Sealed, wrapped or encrypted bytes do not open with this key and context."""

    code = "bad-seal"


class Suite(Protocol[Public, Private]):
    """What every suite can do; keys are opaque to the caller."""

    name: str  # stands in everything the suite made
    alg: str  # its signature's name in a JOSE header
    digest: str  # its hash's name in `_sd_alg`

    def generate(self) -> Private:
        """Return a new private key."""

    def derive(self, material: bytes) -> Private:
        """Return the private key that secret random-looking bytes stand for: equal bytes, equal key."""

    def public(self, private: Private) -> Public:
        """Return the public half of a private key."""

    def read_public(self, jwk: Jwk) -> Public:
        """Return the key a JWK holds; `ValueError` unless it is a point on the curve."""

    def read_private(self, jwk: Jwk, secret: bytes) -> Private:
        """Return the private key; `ValueError` unless the secret fits the public half."""

    def write_public(self, public: Public) -> Jwk:
        """Return the JWK of a public key."""

    def write_private(self, private: Private) -> bytes:
        """Return the secret number, big-endian, in full length."""

    def sign(self, private: Private, data: bytes) -> bytes:
        """Return the signature as JOSE writes it, of fixed length."""

    def sign_der(self, private: Private, data: bytes) -> bytes:
        """Return the signature as DER, as authenticators give it."""

    def verify(self, public: Public, data: bytes, signature: bytes) -> bool:
        """Return whether `signature` (JOSE form) over `data` is the key's."""

    def verify_der(self, public: Public, data: bytes, signature: bytes) -> bool:
        """Return whether `signature` (DER) over `data` is the key's."""

    def hash(self, data: bytes) -> bytes:
        """Return the digest of `data`."""

    def seal(self, plaintext: bytes, *, to: Public, header: Mapping[str, str]) -> str:
        """Return a compact JWE that only the holder of `to`'s private half can open."""

    def open(self, token: str, *, private: Private) -> bytes:
        """Return what was sealed; `BadSeal` when it was not sealed to this key or was changed."""

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the keyed digest of `data`."""

    def wrap(self, key: bytes, plaintext: bytes, *, context: bytes) -> bytes:
        """Return `plaintext` encrypted under `key`, bound to `context`."""

    def unwrap(self, key: bytes, ciphertext: bytes, *, context: bytes) -> bytes:
        """Return what was wrapped; `BadSeal` when key, context or bytes differ."""


class Intl:
    """Suite `intl`: ES256, SHA-256, ECDH-ES+A256KW with A256GCM, HMAC-SHA-256, AES-256-GCM."""

    name = "intl"
    alg = "ES256"
    digest = "sha-256"

    _curve = ec.SECP256R1()
    _ecdsa = ec.ECDSA(hashes.SHA256())
    _jwe_alg = "ECDH-ES+A256KW"
    _jwe_enc = "A256GCM"

    def __init__(self) -> None:
        self._registry = joserfc_jwe.JWERegistry(
            header_registry={"typ": HeaderParameter("Type", "str"), "kid": HeaderParameter("Key ID", "str")},
            algorithms=[self._jwe_alg, self._jwe_enc],
        )

    def generate(self) -> ec.EllipticCurvePrivateKey:
        """Return a new private key on P-256."""
        return ec.generate_private_key(self._curve)

    def derive(self, material: bytes) -> ec.EllipticCurvePrivateKey:
        """Return the key of 48 bytes or more: 64 bits beyond the order leave no bias (FIPS 186-5, A.2.1)."""
        if len(material) < 48:
            raise ValueError("a key of P-256 is derived from 48 bytes or more")
        return ec.derive_private_key(int.from_bytes(material, "big") % (_P256_ORDER - 1) + 1, self._curve)

    def public(self, private: ec.EllipticCurvePrivateKey) -> ec.EllipticCurvePublicKey:
        """Return the public half of a private key."""
        return private.public_key()

    def read_public(self, jwk: Jwk) -> ec.EllipticCurvePublicKey:
        """Return the key a JWK holds; `ValueError` unless it is a point on P-256."""
        return self._numbers(jwk).public_key()

    def read_private(self, jwk: Jwk, secret: bytes) -> ec.EllipticCurvePrivateKey:
        """Return the private key; `ValueError` unless the secret fits the public half."""
        if len(secret) != 32:
            raise ValueError("a secret of P-256 has 32 bytes")
        numbers = ec.EllipticCurvePrivateNumbers(int.from_bytes(secret, "big"), self._numbers(jwk))
        return numbers.private_key()

    def write_public(self, public: ec.EllipticCurvePublicKey) -> Jwk:
        """Return the JWK of a public key."""
        numbers = public.public_numbers()
        return Jwk(kty="EC", crv="P-256", x=b64(numbers.x.to_bytes(32, "big")), y=b64(numbers.y.to_bytes(32, "big")))

    def write_private(self, private: ec.EllipticCurvePrivateKey) -> bytes:
        """Return the secret number, 32 bytes, big-endian."""
        return private.private_numbers().private_value.to_bytes(32, "big")

    def sign(self, private: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        """Return r and s, 32 bytes each (RFC 7518 §3.4)."""
        r, s = decode_dss_signature(private.sign(data, self._ecdsa))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_der(self, private: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        """Return the signature as DER SEQUENCE of r and s."""
        return private.sign(data, self._ecdsa)

    def verify(self, public: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> bool:
        """Return whether r and s over `data` are the key's."""
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        return self.verify_der(public, data, encode_dss_signature(r, s))

    def verify_der(self, public: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> bool:
        """Return whether the DER signature over `data` is the key's."""
        try:
            public.verify(signature, data, self._ecdsa)
        except InvalidSignature:
            return False
        return True

    def hash(self, data: bytes) -> bytes:
        """Return SHA-256 of `data`."""
        return hashlib.sha256(data).digest()

    def seal(self, plaintext: bytes, *, to: ec.EllipticCurvePublicKey, header: Mapping[str, str]) -> str:
        """Return a compact JWE (RFC 7516); `header` adds members beside alg, enc and epk."""
        protected = {**header, "alg": self._jwe_alg, "enc": self._jwe_enc}
        return joserfc_jwe.encrypt_compact(protected, plaintext, ECKey(to, to), registry=self._registry)

    def open(self, token: str, *, private: ec.EllipticCurvePrivateKey) -> bytes:
        """Return what was sealed; `BadSeal` when it was not sealed to this key or was changed."""
        try:
            opened = joserfc_jwe.decrypt_compact(token, ECKey(private, private), registry=self._registry)
        except (JoseError, InvalidTag, ValueError, KeyError, TypeError):
            # joserfc lets these through for headers, points and tags that are not well formed
            raise _not_opened() from None
        if opened.plaintext is None:
            raise _not_opened()
        return opened.plaintext

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return HMAC-SHA-256."""
        return hmac.digest(key, data, "sha256")

    def wrap(self, key: bytes, plaintext: bytes, *, context: bytes) -> bytes:
        """Return nonce, ciphertext and tag of AES-256-GCM; `context` is authenticated, not stored."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, context)

    def unwrap(self, key: bytes, ciphertext: bytes, *, context: bytes) -> bytes:
        """Return what was wrapped; `BadSeal` when key, context or bytes differ."""
        try:
            return AESGCM(key).decrypt(ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:], context)
        except (InvalidTag, ValueError):  # ValueError: too short to hold nonce and tag
            raise _not_opened() from None

    def _numbers(self, jwk: Jwk) -> ec.EllipticCurvePublicNumbers:
        x, y = unb64(jwk.x), unb64(jwk.y)
        if len(x) != 32 or len(y) != 32:
            raise ValueError("a coordinate of P-256 has 32 bytes")
        return ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), self._curve)


def _not_opened() -> BadSeal:
    return BadSeal(
        "the sealed bytes do not open with this key",
        hint="they were sealed to another key, belong to another row, or were changed",
    )


INTL: Suite[Any, Any] = Intl()


def suite(name: str) -> Suite[Any, Any]:
    """Return the suite of that name; `WrongUse` when this build does not hold it."""
    if name == INTL.name:
        return INTL
    if name == "guomi":
        raise WrongUse("suite guomi (国密) is not built in", hint="use intl; SM2 sealing is described in docs/trust.md")
    raise WrongUse(f"there is no suite {name!r}", hint="known suites: intl")
