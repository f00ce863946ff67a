"""Whom a person means, sealed to the one gateway that may know: as `static/seal.js` does it in a browser."""

from __future__ import annotations

import secrets

from mianzheng.credentials import jwe
from mianzheng.credentials.keys import PublicKey
from mianzheng.model.authorisation import FormValue, SealedChoice, form_digest
from mianzheng.model.canonical import b64, canonical

TYP = "mz-choice"
SALT_BYTES = 16


def seal_choice(role: str, typed: str, *, to: PublicKey) -> SealedChoice:
    """Return a name or number sealed to a link's gateway, with the salted digest that stands in what is signed."""
    value = FormValue(name=f"role.{role}", value=typed, salt=b64(secrets.token_bytes(SALT_BYTES)))
    return SealedChoice(role=role, digest=form_digest(value), sealed=jwe.seal(canonical(value), to=to, typ=TYP))
