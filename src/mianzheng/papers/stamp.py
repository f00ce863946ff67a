"""The seal port: whoever holds a department's seal signs a document's digest; here, a key in the gateway's own folder.

A department whose seal lies in a signing machine or at the city's seal service (GB/T 38540, GM/T 0031) gives another
`SealPort`; nothing else changes.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Protocol

from asn1crypto import keys as asn1_keys
from asn1crypto import pem, x509
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from mianzheng.papers.signature import ALGORITHM


class SealPort(Protocol):
    """Signs with a department's seal."""

    def seal(self, document: bytes) -> bytes:
        """Return the signature (CMS, DER) over a document's SHA-256."""


class KeyStamp:
    """A seal whose key is a file of the process that holds it."""

    def __init__(self, key: bytes, certificate: bytes) -> None:
        """Take key and certificate (PEM)."""
        _, _, key_der = pem.unarmor(key)
        _, _, certificate_der = pem.unarmor(certificate)
        held = x509.Certificate.load(certificate_der)
        self._signer = signers.SimpleSigner(
            signing_cert=held,
            signing_key=asn1_keys.PrivateKeyInfo.load(key_der),
            cert_registry=SimpleCertificateStore.from_certs([held]),  # type: ignore[no-untyped-call]
        )

    def seal(self, document: bytes) -> bytes:
        """Return the signature over a document's SHA-256, as PAdES has it: no time inside, the certificate's digest."""
        made = asyncio.run(self._signer.async_sign(document, ALGORITHM, use_pades=True))
        return bytes(made.dump())


def holds_from(certificate: bytes) -> datetime:
    """Return from when a certificate (PEM) holds."""
    _, _, der = pem.unarmor(certificate)
    found: datetime = x509.Certificate.load(der).not_valid_before
    return found
