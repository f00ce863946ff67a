"""Items with a procedure, and their department's staff before one hub."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

import msgspec

from mianzheng.cases import acting, declarations, desk
from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.publishing import hand_in, move, take_approvals
from mianzheng.credentials import jws
from mianzheng.gateway.approving import sign_item
from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64
from mianzheng.model.facts import Type
from mianzheng.model.item import Condition, Declaration, Fallback, Fee, Finding, FormField, Item, Reference
from mianzheng.model.officers import Act, Approve, DeskView, Seen, Sign, StaffAct, Take, act_digest, tag_of
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text
from tests.cases.hub_world import HubWorld, sign_step

HERE = "civil-affairs"
LAW = Reference(text="通行做法", verified=False)
VISIT = Finding(label=Text("上门查看", "a visit"), type=Type.BOOLEAN, how="site_visit", visit=True)
PROMISE = Declaration(
    text=Text("本人承诺独自居住", "I declare that I live alone"),
    check_within=5,
    claw_back=Text("追回已发津贴。", "What was paid is claimed back."),
    reference=LAW,
)


def condition(name: str, rule: str, **more: Any) -> Condition:
    """One more condition."""
    return Condition(id=name, rule=rule, otherwise=Text("不符", "not met"), reference=LAW, **more)


ALONE = condition("alone", "finding.alone", fallback=Fallback.DECLARE, declaration=PROMISE)
AT_HOME = condition("at-home", "finding.at_home")
FINDINGS = {
    "at_home": VISIT,
    "alone": Finding(label=Text("独居", "lives alone"), type=Type.BOOLEAN),
}
STATED = {
    "alone": FormField(label=Text("独自居住", "lives alone"), type=Type.BOOLEAN),
    "reason": FormField(label=Text("原因", "reason"), type=Type.ENUM, values=("患病", "其他")),
}
VARIANTS: dict[str, dict[str, Any]] = {
    "signed-allowance": {"approval": "clerk"},
    "joint-allowance": {"approval": "departments", "approvers": ("public-security", "human-resources")},
    "visited-allowance": {"findings": FINDINGS, "more": (AT_HOME,)},
    "declared-allowance": {"findings": FINDINGS, "more": (ALONE,)},
    "promised-aid": {"name": Text("承诺补助", "Promised aid"), "findings": FINDINGS, "more": (ALONE,)},
    "visited-aid": {"name": Text("上门补助", "Visited aid"), "findings": FINDINGS, "more": (AT_HOME,)},
    "found-allowance": {"findings": FINDINGS, "more": (AT_HOME, ALONE), "approval": "clerk"},
    "noticed-allowance": {"public_notice_days": 7},
    "long-noticed-allowance": {"public_notice_days": 60},
    "noticed-signed-allowance": {"public_notice_days": 7, "approval": "clerk"},
    "paid-allowance": {"fee": Fee(label=Text("工本费", "a fee"), param="allowance", reference=LAW)},
    "licence": {"kind": "行政许可"},
    "stated-allowance": {"form": STATED, "more": (condition("stated", "form.alone or form.reason = '患病'"),)},
    "lacking-allowance": {"incomplete": "alive"},
    "lacking-visited-allowance": {"incomplete": "alive", "findings": FINDINGS, "more": (AT_HOME,)},
}
_published: set[tuple[str, str]] = set()


def item(here: HubWorld, name: str) -> Item:
    """The allowance with another procedure."""
    base = here.world.loaded["old-age-allowance"].item
    changes = dict(VARIANTS[name])
    conditions = base.conditions + tuple(changes.pop("more", ()))
    late = changes.pop("incomplete", None)
    conditions = tuple(
        msgspec.structs.replace(one, fallback=Fallback.ACCEPT_INCOMPLETE, supply_within=5) if one.id == late else one
        for one in conditions
    )
    return msgspec.structs.replace(base, item=name, conditions=conditions, examples=(), **changes)


async def published(here: HubWorld, name: str) -> str:
    """Publish a variant at gateways and hub, once for each database; return its name."""
    if name not in here.world.loaded:
        here.world.loaded[name] = here.world.add_item(item(here, name))
    if (here.url, name) not in _published:
        _published.add((here.url, name))
        await hand_in(here.hub, sign_item(here.world.loaded[name].item, here.world.steward(HERE)))
        await take_approvals(here.hub, name, 1, here.approvals(name))
        await move(here.hub, name, 1, here.item_step(name, "publication"), step="publication")
    return name


def staff_act(
    here: HubWorld, at: str, act: Act, *, role: str = "officer", department: str = HERE, shown: str = "", **changes: Any
) -> StaffAct:
    """An act as a member of staff signs it; `changes` of its step."""
    name = f"{tag_of(act)}:{act.outcome}" if isinstance(act, (Sign, Approve)) else tag_of(act)
    fields: dict[str, Any] = {
        "case": at,
        "step": name,
        "shown": shown if isinstance(act, (Sign, Approve)) else act_digest(act),
        "salt": b64(secrets.token_bytes(16)),
        "iat": here.hub.seconds,
    }
    holder = here.world.staff(department, role)
    token = jws.sign(Step(**(fields | changes)), key=holder.key, typ="mz-step")
    return StaffAct(signed=Certified(token=token, certificate=holder.certificate), act=act)


async def act(here: HubWorld, case: str, one: Act, *, role: str = "officer", department: str = HERE) -> LiveCase:
    """Let a member of staff act over what the desk shows, and the case run on."""
    live = await load(here.hub, case)
    shown = (await desk.view_after(live)).shown
    await acting.act(live, staff_act(here, case, one, role=role, department=department, shown=shown))
    return await go(live)


async def taken(here: HubWorld, case: str) -> DeskView:
    """Let the officer take a case; return what they then see."""
    live = await act(here, case, Take())
    return await desk.view_after(live)


def seen(here: HubWorld, at: str, name: str, value: Wire, *, note: str = "看过", **changes: Any) -> Certified:
    """A finding as the officer signs it."""
    fields: dict[str, Any] = {
        "case": at,
        "name": name,
        "value": value,
        "seen_on": here.hub.today,
        "salt": b64(secrets.token_bytes(16)),
        "iat": here.hub.seconds,
        "note": note,
        "how": "record" if ":" in name else "",
    }
    holder = here.world.staff(HERE, "officer")
    token = jws.sign(Seen(**(fields | changes)), key=holder.key, typ="mz-finding")
    return Certified(token=token, certificate=holder.certificate)


async def find(here: HubWorld, case: str, name: str, value: Wire, **changes: Any) -> LiveCase:
    """Let the officer enter a finding, and the case run on."""
    live = await load(here.hub, case)
    await acting.find(live, seen(here, case, name, value, **changes))
    return await go(live)


async def declare_alone(here: HubWorld, case: str, number: str) -> LiveCase:
    """Let the person declare that they live alone, and the case run on."""
    live = await load(here.hub, case)
    signed = sign_step(here.world, number, case, "declare:alone", PROMISE.text)
    await declarations.declare(live, "alone", signed)
    return await go(live)


async def on(here: HubWorld, case: str, day: date) -> LiveCase:
    """Move hub and gateways to the morning of a day, and let the machine look."""
    here.ahead += timedelta(days=(day - here.hub.today).days)
    here.world.ahead = here.ahead.total_seconds()
    return await advance(here.hub, case)


async def later(here: HubWorld, case: str, days: int) -> LiveCase:
    """Move hub and gateways so many days on, and let the machine look."""
    return await on(here, case, here.hub.today + timedelta(days=days))
