"""Item versions as departments hand them in: signed by stewards, approved by those asked, published.

Who may do what is not the hub's to say: the handling department's steward signs the version and
its steps, the steward of each department that is asked signs its approvals; the hub checks the
signatures against the trust list and keeps the texts for everyone to check again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Version
from mianzheng.catalogue.publication import ItemVersion, Stage, approve, draft, publish, retire
from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted, verify_certificate
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Item
from mianzheng.model.publishing import Approval, Certified, ItemStep, ItemSummary, ItemText
from mianzheng.store import items as stored
from mianzheng.store.items import ApprovalRow, ItemRow

ITEM_TYP = "mz-item"
APPROVAL_TYP = "mz-approval"
STEP_TYP = "mz-item-step"
SKEW = 60
STEP_SECONDS = 900  # a signed step is good for a quarter of an hour

T = TypeVar("T")


class BadSignature(MianzhengError):
    """A signed text is not the steward's whose it must be."""

    code = "bad-signature"


class Frozen(MianzhengError):
    """The version is past draft: nothing of it changes any more."""

    code = "item-frozen"


async def hand_in(hub: Hub, certified: Certified) -> ItemSummary:
    """Take a signed item version as a draft; `RuleFaults` when it does not compile here."""
    stated = _unverified(certified, Item)
    item = _verified(hub, certified, typ=ITEM_TYP, type_=Item, department=stated.department)
    version = hub.library.compile(item)
    stage = draft(version.compiled, hub.library.facts).stage
    row = ItemRow(
        item=item.item,
        version=item.version,
        department=item.department,
        digest=version.digest,
        status=stage.value,
        signed=certified.token,
        certificate=certified.certificate,
    )
    async with hub.store.transaction() as connection:
        known = await stored.find_item(connection, item.item, item.version)
        same = known is not None and known.signed == row.signed
        if not same and not await stored.add_draft(connection, row):
            raise Frozen(f"{item.item} version {item.version} is frozen", hint="a changed item is a new version")
    await hub.library.refresh(now=True)
    return summary_of(known if known is not None and same else row, item)


async def take_approvals(hub: Hub, item: str, version: int, approvals: Sequence[Certified]) -> ItemText:
    """Add approvals to a version; with the last one it is approved."""
    compiled, row = await _find(hub, item, version)
    async with hub.store.transaction() as connection:
        stage = await _stage(hub, connection, compiled, row)
        rows = []
        for certified in approvals:
            approval, department = _approval(hub, certified)
            stage = approve(stage, approval, department=department)
            rows.append(
                ApprovalRow(
                    question=approval.question,
                    role=approval.role,
                    signed=certified.token,
                    certificate=certified.certificate,
                )
            )
        await stored.add_approvals(connection, item, version, tuple(rows))
        if stage.stage is Stage.APPROVED:
            await stored.move_item(connection, item, version, source="draft", target="approved", signed="")
    await hub.library.refresh(now=True)
    return await text_of(hub, item, version)


async def move(hub: Hub, item: str, version: int, certified: Certified, *, step: str) -> ItemText:
    """Publish or retire a version by the handling department's signed step."""
    compiled, row = await _find(hub, item, version)
    signed = _verified(hub, certified, typ=STEP_TYP, type_=ItemStep, department=row.department)
    if (signed.item, signed.item_version, signed.item_digest, signed.step) != (item, version, row.digest, step):
        raise BadSignature("the step names another version, digest or step", hint="sign what the hub holds now")
    if not hub.seconds - STEP_SECONDS <= signed.iat <= hub.seconds + SKEW:
        raise BadSignature("the step was signed at another time", hint="sign it now")
    async with hub.store.transaction() as connection:
        stage = await _stage(hub, connection, compiled, row)
        moved = publish(stage) if step == "publication" else retire(stage)
        won = await stored.move_item(
            connection, item, version, source=stage.stage.value, target=moved.stage.value, signed=certified.token
        )
        if not won:
            raise Frozen(f"{item} version {version} was moved by somebody else", hint="look again")
    await hub.library.refresh(now=True)
    return await text_of(hub, item, version)


async def text_of(hub: Hub, item: str, version: int) -> ItemText:
    """Return a version as it was signed, with its approvals and what is missing."""
    compiled, row = await _find(hub, item, version)
    async with hub.store.connection() as connection:
        approvals = await stored.approvals_of(connection, item, version)
        stage = await _stage(hub, connection, compiled, row)
    return ItemText(
        summary=summary_of(row, compiled.item),
        signed=Certified(token=row.signed, certificate=row.certificate),
        approvals=tuple(Certified(token=one.signed, certificate=one.certificate) for one in approvals),
        missing=tuple(sorted({one.department for one in stage.missing})),
    )


async def summaries(hub: Hub) -> tuple[ItemSummary, ...]:
    """Return one line for each version the hub holds."""
    return tuple(summary_of(row, hub.library.item(row)) for row in await hub.library.rows())


def summary_of(row: ItemRow, item: Item) -> ItemSummary:
    """Return the line of a version."""
    return ItemSummary(
        item=row.item,
        version=row.version,
        name=item.name,
        department=row.department,
        kind=item.kind,
        status=row.status,
        digest=row.digest,
    )


async def _find(hub: Hub, item: str, version: int) -> tuple[Version, ItemRow]:
    await hub.library.refresh(now=True)
    compiled = await hub.library.version(item, version)
    return compiled, hub.library.signed(item, version)


async def _stage(hub: Hub, connection: AsyncConnection, compiled: Version, row: ItemRow) -> ItemVersion:
    """Return where a version stands, rebuilt from its approvals as they were signed."""
    stage = draft(compiled.compiled, hub.library.facts)
    for one in await stored.approvals_of(connection, row.item, row.version):
        approval = msgspec.json.decode(jws.unverified_payload(one.signed), type=Approval)
        department = hub.department(approval.gateway)
        stage = approve(stage, approval, department=department)
    return msgspec.structs.replace(stage, stage=Stage(row.status))


def _approval(hub: Hub, certified: Certified) -> tuple[Approval, str]:
    stated = _unverified(certified, Approval)
    try:
        department = hub.department(stated.gateway)
    except Untrusted as error:
        raise BadSignature(error.message) from None
    return _verified(hub, certified, typ=APPROVAL_TYP, type_=Approval, department=department), department


def _unverified(certified: Certified, type_: type[T]) -> T:
    try:
        return jws.payload_as(jws.unverified_payload(certified.token), type=type_)
    except BadToken as error:
        raise BadSignature(f"the signed text cannot be read: {error.message}") from None


def _verified(hub: Hub, certified: Certified, *, typ: str, type_: type[T], department: str) -> T:
    """Return a payload that the department's steward signed, or the department's own key."""
    at = hub.seconds
    try:
        if certified.certificate:
            _, key = verify_certificate(
                certified.certificate, trust=hub.trust, department=department, role="steward", at=at
            )
        else:
            party, key = hub.trust.signer(certified.token, role="gateway", at=at)
            if party.department != department:
                raise Untrusted(f"signed by {party.department}, not by {department}")
        return jws.verify_as(certified.token, typ=typ, key=key, type=type_)
    except (BadToken, Untrusted) as error:
        raise BadSignature(f"not signed by a steward of {department}: {error.message}") from None
