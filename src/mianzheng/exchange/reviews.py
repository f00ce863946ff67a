"""Verifying what an answering gateway says when its officer corrected a record."""

from __future__ import annotations

import msgspec

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.errors import MianzhengError
from mianzheng.model.officers import Corrected, CorrectedResponse, CorrectionRequest

CORRECTED_TYP = "mz-corrected"


class BadCorrection(MianzhengError):
    """What came back is not this gateway's word on this correction."""

    code = "correction-malformed"
    permanent = False


def read_corrected(
    unverified: bytes, *, party: str, asked: CorrectionRequest, trust: TrustStore, now: int
) -> Corrected:
    """Return the gateway's signed word: which cases of this hub asked the same; `BadCorrection` otherwise."""
    try:
        token = msgspec.json.decode(unverified, type=CorrectedResponse).corrected
        signer, corrected = trust.read(token, typ=CORRECTED_TYP, type=Corrected, role="gateway", at=now)
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        raise BadCorrection(f"not a correction: {error}") from None
    stated = (signer.party, corrected.iss, corrected.case, corrected.role, corrected.question)
    if stated != (party, party, asked.case, asked.role, asked.question):
        raise BadCorrection("the correction is another gateway's, or of another answer", code="correction-other")
    return corrected
