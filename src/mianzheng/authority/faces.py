"""The face: an image from the window's camera against the template of enrolment, by a comparer's program (presence 3).

The comparer knows templates by reference and learns no number; it signs above or below, nothing finer. Who
has no template is compared with one that does not exist, so that the question takes as long. No item rests on
a face alone: a card, two staff or a call do as well.
"""

from __future__ import annotations

import secrets

import msgspec

from mianzheng.authority.authority import Authority
from mianzheng.authority.refusals import PresenceUnavailable
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted
from mianzheng.model.presence import FaceQuery, FaceScore

SCORE_SECONDS = 60


def face_matches(authority: Authority, number: str, image: str, at: int) -> bool:
    """Tell whether the comparer finds the image above its threshold for this number's template."""
    devices = authority.devices
    if devices is None or not devices.comparer:
        raise PresenceUnavailable("there is no face comparer here")
    template = authority.enrolment.template_of(number)
    asked = FaceQuery(
        aud=devices.comparer,
        query=secrets.token_urlsafe(16),
        template=template or secrets.token_urlsafe(16),
        image=image,
        iat=at,
    )
    token = jws.sign(asked, key=authority.sign, typ="mz-face-query")
    to = authority.trust.current(devices.comparer, "seal", at)
    sealed = jwe.seal(token.encode(), to=to, typ="mz-face-query")
    answered = devices.post(devices.comparer, "/scores", sealed.encode("ascii"))
    return _read(authority, asked, answered, at) and bool(template)


def _read(authority: Authority, asked: FaceQuery, answered: bytes | None, at: int) -> bool:
    try:
        token = (answered or b"").decode("ascii")
        party, score = authority.trust.read(token, typ="mz-face-score", type=FaceScore, role="comparer", at=at)
    except (UnicodeDecodeError, BadToken, Untrusted, msgspec.DecodeError):
        raise PresenceUnavailable("the face comparer does not answer") from None
    if (party.party, score.query) != (asked.aud, asked.query) or abs(score.iat - at) > SCORE_SECONDS:
        raise PresenceUnavailable("the face comparer answered something else")
    return score.above
