"""The key of a member of staff, with the certificate of it that their department signed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.keys import BadKey, PrivateKey
from mianzheng.credentials.pin_key import SUFFIX, ClosedKey
from mianzheng.credentials.trust import Certificate


class Steward(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff with their own key and the department's certificate of it."""

    staff: str
    key: PrivateKey
    certificate: str


def read_steward(key_file: Path) -> Steward:
    """Return the steward whose key lies in `key_file`, its certificate beside it (`.certificate`).

    A key that is closed by a PIN (`pin_key`) is read closed: it signs once its owner has opened it.
    """
    closed = key_file.name.endswith(SUFFIX)
    key = ClosedKey.read(key_file) if closed else PrivateKey.from_file(key_file)
    beside = key_file.with_name(key_file.name.removesuffix(SUFFIX).removesuffix(".jwk.json") + ".certificate")
    try:
        certificate = beside.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise BadKey(f"no certificate at {beside}", hint="the key ceremony writes it beside the key") from None
    stated = jws.payload_as(jws.unverified_payload(certificate), type=Certificate)
    return Steward(staff=stated.staff, key=key, certificate=certificate)
