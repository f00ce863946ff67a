"""An authenticator in software: makes passkeys and signs with them as a phone does, or wrongly as a test orders."""

from __future__ import annotations

import json
import secrets
import struct
from typing import Any

import cbor2

from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import b64, unb64

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One device; `origin` is that of the page it is asked on."""

    def __init__(self, origin: str, rp_id: str = "localhost") -> None:
        self.origin = origin
        self.rp_id = rp_id
        self.key = PrivateKey.generate()
        self.credential = secrets.token_bytes(16)

    def create(self, challenge: str, *, flags: int = PRESENT | VERIFIED, alg: int = -7, **changes: Any) -> str:
        """What the browser hands to the page for a registration (JSON)."""
        jwk = self.key.public.jwk
        cose = {1: 2, 3: alg, -1: 1, -2: unb64(jwk.x), -3: unb64(jwk.y)}
        data = self._head(flags | ATTESTED) + bytes(16) + struct.pack(">H", len(self.credential)) + self.credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data + cbor2.dumps(cose)})
        return json.dumps(
            {
                "id": b64(self.credential),
                "rawId": b64(self.credential),
                "type": "public-key",
                "response": {
                    "attestationObject": b64(attestation),
                    "clientDataJSON": b64(self._client("webauthn.create", challenge, **changes)),
                },
            }
        )

    def get(self, challenge: str, *, flags: int = PRESENT | VERIFIED, **changes: Any) -> str:
        """What the page sends for a sign-in (JSON)."""
        data, client = self._head(flags), self._client("webauthn.get", challenge, **changes)
        return json.dumps(
            {
                "credential": b64(self.credential),
                "authenticator_data": b64(data),
                "client_data": b64(client),
                "signature": b64(self.key.sign_der(data + INTL.hash(client))),
            }
        )

    def _head(self, flags: int) -> bytes:
        return INTL.hash(self.rp_id.encode()) + struct.pack(">BI", flags, 0)

    def _client(self, kind: str, challenge: str, **changes: Any) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | changes
        return json.dumps(said).encode()
