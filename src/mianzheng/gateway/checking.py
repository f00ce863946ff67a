"""`gateway check`: settings, keys, connection, mapping, collation, marks and approvals, without side effects.

Each line says what was looked at and whether it holds; a line that does not is a finding with a hint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from sqlalchemy import text

from mianzheng.credentials.keys import USES, KeyFolder
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.registers import RegisterFault, Rows, Statement
from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Register
from mianzheng.rules.sql.probe import probe

_KEY_DAYS = 30  # a key that ends within this many days is a finding


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at; `register` and `fact` are empty for what concerns the whole gateway or register."""

    check: str
    register: str
    ok: bool
    message: str
    fact: str = ""
    hint: str = ""
    department: str = ""


def check_gateway(gateway: Gateway) -> tuple[CheckLine, ...]:
    """Return every line, findings among them; nothing is written anywhere."""
    lines = [*_keys(gateway), _trust(gateway)]
    for name in gateway.config.registers:
        lines += _register(gateway, gateway.facts.registers[name])
    lines += [_approvals(gateway, loaded) for loaded in gateway.items.every()]
    return tuple(msgspec.structs.replace(line, department=gateway.config.department) for line in lines)


def not_opened(department: str, error: MianzhengError) -> CheckLine:
    """Return the line of a gateway whose settings, keys or packs do not let it start."""
    return CheckLine(
        check="settings", register="", ok=False, message=error.message, hint=error.hint, department=department
    )


def _keys(gateway: Gateway) -> Iterator[CheckLine]:
    folder, at = KeyFolder(Path(gateway.config.keys)), gateway.now()
    for use in USES:
        try:
            gateway.trust.key(gateway.party, use, folder.load(use).kid, at + _KEY_DAYS * 86_400)
        except MianzhengError as error:
            hint = error.hint or "hold a ceremony for a new trust list"
            yield CheckLine(check=f"key {use}", register="", ok=False, message=error.message, hint=hint)
        else:
            yield CheckLine(check=f"key {use}", register="", ok=True, message="stands in the trust list")


def _trust(gateway: Gateway) -> CheckLine:
    demo = ", demo: software keys are taken for people's" if gateway.trust.demo else ""
    return CheckLine(check="trust list", register="", ok=True, message=f"number {gateway.trust.list.number}{demo}")


def _register(gateway: Gateway, register: Register) -> Iterator[CheckLine]:
    database = gateway.registers[register.register]

    def run(sql: str, values: Mapping[str, object]) -> Rows:
        (result,) = database.run([Statement(text(sql), values)])
        if isinstance(result, RegisterFault):
            raise result
        return result

    for found in probe(register, database.dialect, run):
        yield CheckLine(
            check=found.check,
            register=found.register,
            fact=found.subject,
            ok=found.ok,
            message=found.message,
            hint=found.hint,
        )
    yield _mark(gateway, register)


def _mark(gateway: Gateway, register: Register) -> CheckLine:
    freshness = gateway.marks.freshness(gateway.state.reader(), register, gateway.now())
    hint = "the load program runs `mianzheng gateway mark` after each load"
    if freshness.state == "fresh":
        return CheckLine(check="completeness mark", register=register.register, ok=True, message="fresh")
    return CheckLine(
        check="completeness mark", register=register.register, ok=False, message=freshness.reason, hint=hint
    )


def _approvals(gateway: Gateway, loaded: LoadedItem) -> CheckLine:
    own = gateway.compiler.questions(loaded)
    without = [one.question.id for one in own if not (gateway.approvals.find(loaded, one.at) or (one, ()))[1]]
    check = f"approvals {loaded.item.item} v{loaded.item.version}"
    if without:
        message = f"{len(without)} of {len(own)} questions are not approved: {', '.join(without)}"
        hint = "`mianzheng gateway approve`; a changed mapping voids approvals"
        return CheckLine(check=check, register="", ok=False, message=message, hint=hint)
    return CheckLine(check=check, register="", ok=True, message=f"{len(own)} questions approved")
