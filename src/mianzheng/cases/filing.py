"""Putting the case file 一件一档 together, as its reader may see it, and signing the list of it.

Sheets are SD-JWT: what a reader may not see is left undisclosed, and the department's signature holds all
the same. A decision whose reasons are withheld from the reader is left out; its digest stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from mianzheng.cases import fees, notices
from mianzheng.cases.archiving import keep_until, relied_on
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.delivering import response_of
from mianzheng.cases.hub import SHANGHAI
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notice import notice_of
from mianzheng.cases.papers import sealed_files
from mianzheng.cases.proving import proofs_of_case, readable
from mianzheng.cases.signed_file import signed_steps
from mianzheng.cases.view import reasons_of
from mianzheng.credentials import jws, sdjwt
from mianzheng.decision.audience import Viewer, sees
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.archive import (
    ARCHIVE_TYP,
    SIGNED,
    ApplicationFile,
    CaseFile,
    Manifest,
    NoticeFile,
    StepLine,
)
from mianzheng.model.canonical import digest
from mianzheng.model.case import State
from mianzheng.model.deciding import DeliveryResponse, SignedDecision
from mianzheng.model.text import Text
from mianzheng.store.cases import Flip, flips_of
from mianzheng.store.procedure import notices_of

OVER = frozenset({State.DELIVERED, State.REFUSED, State.NOT_ACCEPTED, State.REVOKED, State.ENDED, State.ARCHIVED})


async def case_file(live: LiveCase, viewer: Viewer) -> CaseFile:
    """Return the case file as a viewer may have it; `NotInThisState` while the case goes on."""
    if live.state not in OVER or live.permit is None:
        raise NotInThisState(f"the case is {live.state}", hint="a case file is made when the case is over")
    async with live.hub.store.connection() as connection:
        flips = await flips_of(connection, live.id)
    files, withheld = _decided(live, viewer)
    steps, left_out = signed_steps(live, viewer, decision_shown="decision.jws" in files)
    files |= {
        "item.jws": live.hub.library.signed(live.version.item.item, live.version.item.version).signed,
        "item.certificate.jws": live.hub.library.signed(live.version.item.item, live.version.item.version).certificate,
        "application.json": _text(_application(live, viewer)),
        "plan.json": _text(live.permit.plan),
        "steps.json": _text(_steps(flips)),
        SIGNED: _text(steps),
        "notices.json": _text(await _notices(live)),
        **await sealed_files(live, viewer),
        "entries.json": _text(readable(await proofs_of_case(live), viewer, live.version.item.acting_role)),
    }
    return CaseFile(manifest=_manifest(live, viewer, flips, files, [*withheld, *left_out]), files=files)


def _decided(live: LiveCase, viewer: Viewer) -> tuple[dict[str, str], list[str]]:
    """Return sheets, decision, credential and receipt, and what was left out of them."""
    relied, withheld = relied_on(live), []
    files: dict[str, str] = {}
    for _, sheet in live.sheets:
        if sheet.digest in relied:
            name = f"sheets/{sheet.digest}.sdjwt"
            files[name] = _shown(live, viewer, sheet)
            if files[name] != sheet.token:
                withheld.append(name)
    response = response_of(live)
    if response is not None:
        if all(reason.condition for reason in reasons_of(live, viewer)):
            files["decision.jws"] = response.decision
        else:
            withheld.append("decision.jws")
        if response.credential and viewer.kind != "linked" and not fees.is_due(live):
            files["credential.jwe"] = response.credential
    for sent in live.requests:
        if sent.kind == "delivery" and sent.answer is not None:
            files["receipt.jws"] = msgspec.json.decode(sent.answer, type=DeliveryResponse).receipt
    return files, withheld


def _shown(live: LiveCase, viewer: Viewer, sheet: Sheet) -> str:
    compiled = live.version.compiled
    seen = [name for name in sheet.answers if sees(viewer, (name, sheet.role), compiled)]
    return sheet.token if len(seen) == len(sheet.answers) else sdjwt.present(sheet.token, seen)


def _application(live: LiveCase, viewer: Viewer) -> ApplicationFile:
    permit, acting = live.signed, live.opening.acting
    plan = live.hub.library.plan(live.version.digest, live.as_of)
    return ApplicationFile(
        authorisation=permit.authorisation,
        assertion=permit.assertion,
        actor=live.actor.bundle,
        subject=live.bundle.bundle,
        forms=live.opening.forms,
        notice=notice_of(live.version, plan, live.hub.library.facts),
        certificate=permit.certificate,
        mandate=acting.mandate if acting is not None and viewer.kind in ("resident", "agent", "clerk") else "",
    )


def _steps(flips: Sequence[Flip]) -> tuple[StepLine, ...]:
    return tuple(
        StepLine(source=flip.source, target=flip.target, reason=flip.reason, at=int(flip.at.timestamp()))
        for flip in flips
    )


async def _notices(live: LiveCase) -> tuple[NoticeFile, ...]:
    async with live.hub.store.connection() as connection:
        rows = await notices_of(connection, live.id)
    opened = [live.key.decrypt(row.content, context=notices.context(live.id)) for row in rows]
    return tuple(
        NoticeFile(kind=row.kind, text=msgspec.json.decode(text, type=Text), at=int(row.told_at.timestamp()))
        for row, text in zip(rows, opened, strict=True)
    )


def _manifest(
    live: LiveCase, viewer: Viewer, flips: Sequence[Flip], files: dict[str, str], withheld: Sequence[str]
) -> str:
    item = live.version.item
    over = _ended_on(live, flips)
    manifest = Manifest(
        suite=live.authorisation.suite,
        hub=live.hub.party,
        case=live.id,
        item=item.item,
        item_version=item.version,
        item_digest=live.version.digest,
        department=item.department,
        decision=_decision(live),
        seen_as=viewer.kind,
        withheld=tuple(withheld),
        retention=item.retention,
        ended_on=over,
        keep_until=keep_until(item.retention, over),
        made_at=live.hub.seconds,
        files={name: digest(text.encode("utf-8")) for name, text in sorted(files.items())},
    )
    return jws.sign(manifest, key=live.hub.key, typ=ARCHIVE_TYP)


def _decision(live: LiveCase) -> Literal["granted", "refused", "undecided"]:
    """Return what the department decided, whatever became of it: a grant whose fee nobody paid was one."""
    response = response_of(live)
    if response is None:
        return "undecided"
    return msgspec.json.decode(jws.unverified_payload(response.decision), type=SignedDecision).outcome


def _ended_on(live: LiveCase, flips: Sequence[Flip]) -> date:
    """Return the day on which the case ended; while it has not, the day on which it reached its state."""
    ended = [flip.at for flip in flips if flip.target == State.ENDED.value]
    return (ended[-1] if ended else live.row.changed_at).astimezone(SHANGHAI).date()


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode("utf-8")
