"""Revoking a credential, and the status list that says so.

An officer of the department signs the step; who holds the department's own key may do the same. The
step names the case; an officer who was shown only the credential names its place in the status list.
"""

from __future__ import annotations

import sqlite3
import threading

from mianzheng.credentials import jws
from mianzheng.credentials.status import StatusList, issue_status_list
from mianzheng.credentials.trust import verify_certificate
from mianzheng.gateway.decisions import read_record
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.issuing import status_uri
from mianzheng.gateway.log import Line
from mianzheng.gateway.refusals import Refused
from mianzheng.model.asking import Step
from mianzheng.model.errors import MianzhengError
from mianzheng.model.publishing import Certified

REVOKE = "revoke-credential"
LIST_SECONDS = 86_400  # how long a signed status list may be used
LIST_TTL = 300  # how long a verifier may keep it before it looks again
_STEP_SECONDS = 900


def revoke_at(uri: str, index: int) -> str:
    """Return the name of the step that revokes the credential at this place of a status list."""
    return f"{REVOKE}:{uri}#{index}"


def revoke(gateway: Gateway, order: Certified) -> int:
    """Revoke the credential that an officer's signed step names; return its status index.

    Revoking twice is no error; the first time stays.
    """
    step = _read(gateway, order)
    column, value = _named(gateway, step)

    def keep(connection: sqlite3.Connection) -> int:
        query = f'SELECT status_index, revoked_at, record, "case" FROM decisions WHERE {column} = ?'
        row = connection.execute(query, (value,)).fetchone()
        if row is None or row[0] is None:
            raise Refused("not-decided-here", "no such credential was issued here")
        index, revoked_at, sealed, case = row
        if revoked_at is None:
            at = gateway.now()
            connection.execute('UPDATE decisions SET revoked_at = ? WHERE "case" = ?', (at, case))
            record = read_record(gateway, case, sealed)
            subject = gateway.log.subject(record.number)
            line = Line(kind="revocation", at=at, case=case, item=record.item)
            gateway.log.append(connection, line, subject=subject)
        return int(index)

    return gateway.state.commit(keep)


def _named(gateway: Gateway, step: Step) -> tuple[str, str | int]:
    """Return by which column a step names the credential, and its value there."""
    if step.step == REVOKE:
        return '"case"', step.case
    uri, _, index = step.step.removeprefix(f"{REVOKE}:").rpartition("#")
    if uri != status_uri(gateway) or not index.isascii() or not index.isdecimal() or len(index) > 9:
        raise Refused("not-decided-here", "that is no place in the status list of this department")
    return "status_index", int(index)


class StatusLists:
    """The signed status list, signed anew when a credential was revoked or its time is half over; thread-safe."""

    def __init__(self, gateway: Gateway) -> None:
        """Serve the list of this gateway's department."""
        self._gateway = gateway
        self._lock = threading.Lock()
        self._revoked = -1
        self._until = 0
        self._token = ""

    def token(self) -> str:
        """Return the signed list (JWS)."""
        at = self._gateway.now()
        query = "SELECT status_index FROM decisions WHERE revoked_at IS NOT NULL"
        revoked = [index for (index,) in self._gateway.state.reader().execute(query)]
        with self._lock:
            if len(revoked) != self._revoked or at >= self._until:
                listed = StatusList(status_uri(self._gateway))
                for index in revoked:
                    listed.revoke(index)
                end = at + LIST_SECONDS
                self._token = issue_status_list(listed, key=self._gateway.sign, iat=at, exp=end, ttl=LIST_TTL)
                self._revoked, self._until = len(revoked), at + LIST_SECONDS // 2
            return self._token


def _read(gateway: Gateway, order: Certified) -> Step:
    at, department = gateway.now(), gateway.config.department
    try:
        if order.certificate:
            certificate, trust = order.certificate, gateway.trust
            _, key = verify_certificate(certificate, trust=trust, department=department, role="officer", at=at)
        else:
            key = gateway.trust.key(gateway.party, "sign", jws.unverified_kid(order.token), at)
        step = jws.verify_as(order.token, typ="mz-step", key=key, type=Step)
    except MianzhengError as error:
        raise Refused("officer-unknown", error.message, hint="an officer of the department signs it") from None
    if step.step.partition(":")[0] != REVOKE or not at - _STEP_SECONDS <= step.iat <= at + 60:
        raise Refused("officer-unknown", f"the step is not a fresh {REVOKE!r}")
    return step
