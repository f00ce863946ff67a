"""What a verifier does with a credential it is shown, step by step; the first fault is the finding.

1. Key: the issuing gateway's, from the verifier's own trust list, as of the day of issue.
2. Signature, form and times (`credentials.credential`).
3. Status: the issuer's list, fetched whole so that the department does not learn whose credential
   is looked at, signed by the same party. A list that cannot be fetched is a finding: who cannot
   look does not say valid.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import aiohttp
import msgspec

from mianzheng.cli.status_lists import StatusUnknown, fetch_status_list
from mianzheng.credentials import jws
from mianzheng.credentials.credential import CredentialClaims, StatusReference, verify_credential
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PublicKey
from mianzheng.credentials.licence import metadata
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.errors import MianzhengError, WrongUse

_STATUS_WORDS = {"valid": "有效", "revoked": "已撤销", "unknown": "未知"}


class CredentialFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file held: the SD-JWT VC, and the case if it was a case's JSON."""

    token: str
    case: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What `credential verify --json` prints; `code` and `message` are "" when it is valid.

    Nothing but code and message is said of a credential whose signature does not hold.
    """

    valid: bool
    code: str = ""
    message: str = ""
    issuer: str = ""
    department: str = ""
    type: str = ""
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    status: Literal["valid", "revoked", "unknown"] = "unknown"
    claims: dict[str, object] = {}
    metadata: dict[str, str] = {}  # elements of GB/T 36903, as far as disclosed


class _CaseJson(msgspec.Struct):
    case: str
    credential: str | None


class _Issued(msgspec.Struct):
    iss: str
    iat: int


def read_credential_file(path: Path) -> CredentialFile:
    """Return the credential in a file: the bare SD-JWT VC, or the JSON of a case; `WrongUse` when there is none."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}", hint="name a file that holds a credential") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{path} is not text", hint="name a file that holds a credential") from None
    if not text.startswith("{"):
        return CredentialFile(token=text)
    try:
        found = msgspec.json.decode(text, type=_CaseJson)
    except msgspec.DecodeError:
        raise WrongUse(f"{path} is JSON, but no case", hint="give what `case run --json` printed") from None
    if not found.credential:
        raise WrongUse(f"case {found.case} has no credential", hint="only a granted case has one")
    return CredentialFile(token=found.credential, case=found.case)


def signed_claims(token: str, *, trust: TrustStore, now: int) -> CredentialClaims:
    """Return the plain claims; `BadToken` or `Untrusted` unless a gateway of the trust list signed the credential."""
    return verify_credential(token, key=_issuer_key(token, trust), now=now).claims


async def check_credential(token: str, *, trust: TrustStore, now: int, http: aiohttp.ClientSession) -> Checked:
    """Return all that a verifier finds out about a credential at `now` (seconds)."""
    checked = Checked(valid=False)
    try:
        key = _issuer_key(token, trust)
        credential = verify_credential(token, key=key, now=now)
        checked = _known(credential.claims, credential.disclosed, trust)
        issuer = trust.party(credential.claims.iss)
        status_list = await fetch_status_list(_reference(credential.claims), issuer, trust, now, http)
        verify_credential(token, key=key, now=now, status_list=status_list)
    except (BadToken, Untrusted, StatusUnknown) as error:
        found: MianzhengError = error
        status: Literal["revoked", "unknown"] = "revoked" if found.code == "credential-revoked" else "unknown"
        return _with_metadata(checked, code=found.code, message=found.message, status=status)
    return _with_metadata(checked, valid=True, status="valid")


def _with_metadata(checked: Checked, *, status: str, **found: object) -> Checked:
    """Return what was found, with the metadata of a credential whose signature held."""
    checked = msgspec.structs.replace(checked, status=status, **found)
    if checked.issued_at is None:
        return checked
    ends = None if checked.expires_at is None else int(checked.expires_at.timestamp())
    words = metadata(
        checked.claims, issued=int(checked.issued_at.timestamp()), ends=ends, status=_STATUS_WORDS[checked.status]
    )
    return msgspec.structs.replace(checked, metadata=words)


def _issuer_key(token: str, trust: TrustStore) -> PublicKey:
    """Return the key that the credential names, if a gateway that it names as issuer held it when it was issued."""
    try:
        stated = msgspec.json.decode(jws.unverified_payload(token), type=_Issued)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadToken("the payload names no issuer or no time", code="credential-claims") from None
    party, key = trust.signer(token, role="gateway", at=stated.iat)
    if party.party != stated.iss:
        raise Untrusted(f"the key is not of {stated.iss}", code="untrusted-key")
    return key


def _known(claims: CredentialClaims, disclosed: dict[str, object], trust: TrustStore) -> Checked:
    return Checked(
        valid=False,
        issuer=claims.iss,
        department=trust.party(claims.iss).department or "",
        type=claims.vct,
        issued_at=datetime.fromtimestamp(claims.iat, UTC),
        expires_at=None if claims.exp is None else datetime.fromtimestamp(claims.exp, UTC),
        claims=disclosed,
    )


def _reference(claims: CredentialClaims) -> StatusReference:
    if claims.status is None:
        raise BadToken("the credential names no status list", code="credential-status")
    return claims.status.status_list
