"""Pseudonyms and encryption for the gateway's own state, under secrets derived from its log key.

Each purpose has its own secret (HKDF-SHA-256, RFC 5869), so ids of two purposes never join and a
copy of the state file without the key folder tells nothing about whom a row speaks.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mianzheng.credentials.at_rest import ContentKey
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import b64, canonical, unb64


class Vault:
    """Secrets by purpose, derived from one private key of the process."""

    def __init__(self, key: PrivateKey) -> None:
        """Derive from `key`; the same key gives the same secrets after a restart."""
        secret = unb64(key.to_jwk().d)
        self._secret = lru_cache(maxsize=256)(lambda purpose: _derive(secret, purpose))
        self._box = lru_cache(maxsize=256)(lambda purpose: ContentKey(_derive(secret, f"box:{purpose}")))

    def pseudonym(self, purpose: str, *parts: str) -> str:
        """Return the id that stands for `parts` in the rows of one purpose."""
        return b64(INTL.mac(self._secret(f"id:{purpose}"), canonical(parts)))

    def shut(self, purpose: str, plaintext: bytes, *, row: str) -> bytes:
        """Return `plaintext` encrypted, bound to purpose and row."""
        return self._box(purpose).encrypt(plaintext, context=f"{purpose} {row}")

    def open(self, purpose: str, ciphertext: bytes, *, row: str) -> bytes:
        """Return what `shut` took; `BadSeal` for another key, purpose or row."""
        return self._box(purpose).decrypt(ciphertext, context=f"{purpose} {row}")


def _derive(secret: bytes, purpose: str) -> bytes:
    info = f"mianzheng gateway state: {purpose}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)
