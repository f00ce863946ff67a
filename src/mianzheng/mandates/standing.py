"""The authority's word, minutes old, that a mandate still stands: without it no step of an agent's case is taken."""

from __future__ import annotations

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.mandate import MandateStanding

STANDING_SECONDS = 600
CLOCK_SKEW = 60
TYP = "mz-standing"


def sign(*, iss: str, case: str, mandate: str, key: PrivateKey, at: int) -> str:
    """Return the signed word that a mandate stands for a case now."""
    standing = MandateStanding(iss=iss, case=case, mandate=mandate, iat=at, exp=at + STANDING_SECONDS)
    return jws.sign(standing, key=key, typ=TYP)


def read(token: str, *, case: str, mandate: str, trust: TrustStore, at: int) -> MandateStanding:
    """Return an authority's word for this case and mandate; `MandateRefused` for another's, or an old one."""
    if not token:
        raise MandateRefused("standing-expired", "no authority says that the mandate stands now")
    try:
        party, key = trust.owner(token, use="sign", at=at)
        found = jws.verify_as(token, typ=TYP, key=key, type=MandateStanding)
    except (BadToken, Untrusted) as error:
        raise MandateRefused("mandate-invalid", f"the standing: {error.message}") from None
    if not any(role.startswith("authority:") for role in party.roles) or party.party != found.iss:
        raise MandateRefused("mandate-invalid", "the standing is no authority's")
    if (found.case, found.mandate) != (case, mandate):
        raise MandateRefused("mandate-invalid", "the standing is of another case or mandate")
    if not found.iat - CLOCK_SKEW <= at < found.exp or found.exp - found.iat > STANDING_SECONDS:
        raise MandateRefused("standing-expired", "the authority's word that the mandate stands is too old")
    return found
