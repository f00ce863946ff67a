"""The face comparer's program: knows templates by reference, and says above or below its threshold.

A double: images are synthetic bytes, and two fit when nine of ten bytes are equal. It learns no number, and what
it answers is signed.
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from pathlib import Path

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import KeyFolder
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.devices.serving import Device, DeviceRefused
from mianzheng.model.presence import FaceQuery, FaceScore

THRESHOLD = 0.9
QUERY_SECONDS = 60


class Comparer:
    """One comparer; `templates` is the folder of its templates, one file a reference."""

    def __init__(self, party: str, keys: Path, templates: Path) -> None:
        """Read keys and trust list of `party` from its own folder."""
        self.party = party
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        self.templates = templates
        self._sign, self._seal = KeyFolder(keys).load("sign"), KeyFolder(keys).load("seal")

    def device(self, port: int) -> Device:
        """Return the server of this comparer."""
        return Device(port, {"POST /scores": lambda _, body: self.score(body)})

    def score(self, body: bytes) -> bytes:
        """Return the signed `FaceScore` of a sealed query; `DeviceRefused` unless an authority asks now."""
        query = self._open(body)
        above = likeness(self._template(query.template), _image(query.image)) >= THRESHOLD
        answer = FaceScore(query=query.query, above=above, iat=int(time.time()))
        return jws.sign(answer, key=self._sign, typ="mz-face-score").encode("ascii")

    def _open(self, body: bytes) -> FaceQuery:
        now = int(time.time())
        try:
            token = jwe.open_sealed(body.decode("ascii"), key=self._seal, typ="mz-face-query").decode("ascii")
            _, query = self.trust.read(token, typ="mz-face-query", type=FaceQuery, role="authority:person", at=now)
        except (UnicodeDecodeError, BadToken, BadSeal, Untrusted):
            raise DeviceRefused("only an authority has faces compared") from None
        if query.aud != self.party or abs(now - query.iat) > QUERY_SECONDS:
            raise DeviceRefused("the query is for another comparer, or of another time")
        return query

    def _template(self, reference: str) -> bytes:
        if not reference.replace("-", "").replace("_", "").isalnum():
            return b""
        path = self.templates / reference
        return path.read_bytes() if path.is_file() else b""


def likeness(one: bytes, other: bytes) -> float:
    """Return the share of equal bytes of two synthetic images, 0 for images of two lengths or none."""
    if not one or len(one) != len(other):
        return 0.0
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


def _image(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
