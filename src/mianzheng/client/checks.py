"""What a client checks of what the hub shows before its person signs anything."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.credential import verify_credential
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.authorisation import Authorisation, Draft, plan_digest
from mianzheng.model.canonical import canonical, digest, unb64
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Jwk
from mianzheng.model.invitations import Invitation
from mianzheng.model.item import base_of

REPORT = "sign nothing; report the hub"


class _Issued(msgspec.Struct, frozen=True, kw_only=True):
    iat: int


class HubLied(MianzhengError):
    """What the hub showed is not what it would have signed."""

    code = "hub-lied"


def check_draft(draft: Draft, item: str) -> None:
    """Raise `HubLied` unless the draft is of this item and its digests are of what it shows."""
    if draft.item != item:
        raise HubLied(f"the draft is of {draft.item}, not of {item}", hint=REPORT)
    if plan_digest(draft.plan) != draft.plan_digest:
        raise HubLied("the plan shown is not the plan to be signed", hint=REPORT)
    if digest(canonical(draft.notice)) != draft.notice_digest:
        raise HubLied("the notice shown is not the notice to be signed", hint=REPORT)


def check_acting(draft: Draft, digest: str) -> None:
    """Raise `HubLied` unless the draft is of a case for oneself ("") or of one on this very mandate."""
    if (draft.acts_for is None) != (digest == "") or draft.mandate != digest:
        raise HubLied("the draft names another to act for than was applied for", hint=REPORT)


def check_choices(draft: Draft, sealed_to: Mapping[str, str], trust: TrustStore) -> None:
    """Raise `HubLied` unless the plan lets each chosen role be reached by the very gateway it was sealed to."""
    for role, gateway in sealed_to.items():
        department = trust.party(gateway).department
        reaching = {line.department for line in draft.plan if line.purpose == "link" and role in line.of}
        if reaching != {department}:
            raise HubLied(f"{role} was to be sealed to {gateway}, and the plan asks another", hint=REPORT)


def check_invitation(invitation: Invitation) -> None:
    """Raise `HubLied` unless an adult is to sign this plan of this case, in a role that a link reaches."""
    try:
        signed = msgspec.json.decode(unb64(invitation.authorisation), type=Authorisation)
    except (ValueError, msgspec.MsgspecError):
        raise HubLied("what is to be signed cannot be read", hint=REPORT) from None
    stated = (signed.case, signed.item, signed.item_version, signed.plan_digest)
    if stated != (invitation.case, invitation.item, invitation.item_version, plan_digest(invitation.plan)):
        raise HubLied("the plan shown is not the plan to be signed", hint=REPORT)
    reached = {role for line in invitation.plan if line.purpose == "link" for role in line.of}
    if base_of(invitation.role) not in reached:
        raise HubLied(f"{invitation.role} is no one whom this plan reaches by a link", hint=REPORT)


def check_credential(token: str, holder: Jwk, trust: TrustStore) -> None:
    """Raise `HubLied` unless a department signed it for this holder key: anybody can seal to that key."""
    try:
        issued = msgspec.json.decode(jws.unverified_payload(token), type=_Issued).iat
        party, key = trust.signer(token, role="gateway", at=issued)
        claims = verify_credential(token, key=key, now=issued).claims
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        raise HubLied(f"the credential is no department's: {error}", hint="report the hub") from None
    if claims.iss != party.party or claims.cnf.jwk != holder:
        raise HubLied("the credential is of another issuer or holder", hint="report the hub")
