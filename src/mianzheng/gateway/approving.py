"""What stewards sign: item versions and figures of their own department, approvals of questions to its registers.

The sentence and the SQL shown are those that this gateway compiled; the hub's inbox only links here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

from mianzheng.catalogue.publication import as_signed
from mianzheng.credentials import jws
from mianzheng.credentials.staff_key import Steward
from mianzheng.credentials.trust import verify_certificate
from mianzheng.gateway.approvals import OwnQuestion, keep_approval, read_approval
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import BadItem, LoadedItem, keep_item, keep_params, retire_item
from mianzheng.gateway.log import Line
from mianzheng.model.errors import NotFound
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.publishing import Approval, Certified


def sign_item(item: Item, steward: Steward) -> Certified:
    """Return an item version signed by the steward of its handling department, without its examples."""
    return Certified(token=jws.sign(as_signed(item), key=steward.key, typ="mz-item"), certificate=steward.certificate)


def sign_params(table: ParamTable, steward: Steward) -> Certified:
    """Return a figure signed by the steward of the department that owns it."""
    return Certified(token=jws.sign(table, key=steward.key, typ="mz-params"), certificate=steward.certificate)


def load_params(gateway: Gateway, signed: Iterable[Certified]) -> None:
    """Verify and store signed figures: items that use them are loaded after."""
    at = gateway.now()
    read = [(gateway.items.read_params(certified, at=at), certified) for certified in signed]

    def keep(connection: sqlite3.Connection) -> None:
        for table, certified in read:
            keep_params(connection, table, certified, at=at)

    gateway.state.commit(keep)


def load_items(gateway: Gateway, signed: Iterable[Certified]) -> tuple[LoadedItem, ...]:
    """Verify, compile and store signed item versions that concern this department; return those."""
    at, department = gateway.now(), gateway.config.department
    own = [name for name, register in gateway.facts.registers.items() if register.department == department]
    named = [one for one in signed if names_any(jws.unverified_payload(one.token), (department, *own))]
    read = [(gateway.items.read_item(certified, at=at), certified) for certified in named]
    ours = [(loaded, certified) for loaded, certified in read if _concerns(gateway, loaded)]

    def keep(connection: sqlite3.Connection) -> None:
        for loaded, certified in ours:
            keep_item(connection, loaded, certified, at=at)

    gateway.state.commit(keep)
    return tuple(loaded for loaded, _ in ours)


def names_any(unverified_item: bytes, names: Iterable[str]) -> bool:
    """Tell whether an item's text holds any of these names of a department and its registers.

    What holds none is not this department's to handle and asks it nothing, so nobody need verify and compile it here:
    of 47 items a department has a handful.
    """
    return any(name.encode("ascii") in unverified_item for name in names)


def approve(
    gateway: Gateway, loaded: LoadedItem, questions: Iterable[OwnQuestion], steward: Steward
) -> tuple[Certified, ...]:
    """Sign and store an approval for each question; return them for the hub. A wrong steward is refused."""
    at = gateway.now()
    made = [_approval(gateway, loaded, own, steward, at) for own in questions]
    signed = [
        Certified(token=jws.sign(one, key=steward.key, typ="mz-approval"), certificate=steward.certificate)
        for one in made
    ]
    for certified in signed:
        read_approval(certified, department=gateway.config.department, trust=gateway.trust)

    def keep(connection: sqlite3.Connection) -> None:
        for approval, certified in zip(made, signed, strict=True):
            keep_approval(connection, approval, certified)

    gateway.state.commit(keep)
    return tuple(signed)


def retire(gateway: Gateway, item: str, version: int, steward: Steward, *, last: date) -> None:
    """Serve no case of a date after `last` by this version; `NotFound` when this gateway does not hold it.

    Running cases of earlier dates keep it. A hub cannot go on with a version that its stewards retired.
    """
    department, at = gateway.config.department, gateway.now()
    verify_certificate(steward.certificate, trust=gateway.trust, department=department, role="steward", at=at)
    found = [one for one in gateway.items.every() if (one.item.item, one.item.version) == (item, version)]
    if not found:
        raise NotFound(f"{department} holds no {item} version {version}", hint="`mianzheng gateway check` lists them")

    def keep(connection: sqlite3.Connection) -> None:
        for loaded in found:
            retire_item(connection, loaded.digest, last=last)
            gateway.log.append(connection, Line(kind="retired", at=at, item=item, code=f"version {version}"))

    gateway.state.commit(keep)


def check_servable(gateway: Gateway, loaded: LoadedItem) -> None:
    """Raise `BadItem` when the item asks registers of this department that this gateway does not serve."""
    asked = {placed.question.register for placed in loaded.compiled.asked()}
    own = {name for name in asked if gateway.facts.registers[name].department == gateway.config.department}
    if missing := sorted(own.difference(gateway.registers)):
        raise BadItem(f"{loaded.item.item} asks {', '.join(missing)}, which this gateway does not serve")


def _concerns(gateway: Gateway, loaded: LoadedItem) -> bool:
    return loaded.item.department == gateway.config.department or bool(gateway.compiler.questions(loaded))


def _approval(gateway: Gateway, loaded: LoadedItem, own: OwnQuestion, steward: Steward, at: int) -> Approval:
    return Approval(
        gateway=gateway.party,
        question=own.question.id,
        register=own.question.register,
        mapping_digest=own.mapping_digest,
        sql_digest=own.sql_digest,
        item=loaded.item.item,
        item_version=loaded.item.version,
        item_digest=loaded.digest,
        role=own.placed.role,
        basis=own.basis,
        steward=steward.staff,
        iat=at,
    )
