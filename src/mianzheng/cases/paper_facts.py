"""Which papers a case gives rise to, and the facts that each is written from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec

from mianzheng.cases.change import NotInThisState
from mianzheng.cases.clock import clock_of, standing_of
from mianzheng.cases.delivering import response_of
from mianzheng.cases.live import LiveCase
from mianzheng.cases.readers import reasons_of
from mianzheng.credentials import jws
from mianzheng.deadlines import Standstill, day_in_china, terms_on
from mianzheng.decision.audience import RESIDENT, Viewer
from mianzheng.model.canonical import digest
from mianzheng.model.case import ReasonView, State
from mianzheng.model.deciding import SignedDecision
from mianzheng.model.papers import Audience, PaperKind
from mianzheng.model.text import Text
from mianzheng.papers.facts import PaperFacts, ReasonFact
from mianzheng.papers.numbers import Number
from mianzheng.papers.remedies import day_zh
from mianzheng.store.papers import PaperRow

_NOT_YET = frozenset({State.APPLIED, State.ACCEPTED, State.CORRECTION, State.NOT_ACCEPTED})
_STANDSTILLS = {
    Standstill.HEARING: Text("听证", "a hearing"),
    Standstill.TEST: Text("检验、检测、检疫或者鉴定", "a test"),
    Standstill.EXPERT_REVIEW: Text("专家评审", "an expert review"),
    Standstill.SITE_VISIT: Text("现场核查", "a site visit"),
}
_WAYS = {
    "screen": Text("电子送达（本人在平台打开）", "on screen, opened by the person"),
    "window": Text("窗口直接送达", "handed over at the window"),
    "post": Text("邮寄送达", "by tracked post"),
}


_EVERY = {  # how often a sum is paid
    "once": Text("一次性", ", once"),
    "month": Text("每月", " a month"),
    "quarter": Text("每季度", " a quarter"),
    "year": Text("每年", " a year"),
}
_BY_REPRESENTATIVE = Text(
    "电子送达（单位的法定代表人在平台打开）", "on screen, opened by the legal representative of the body"
)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened of which the law wants a paper; `key` tells it from others of its kind."""

    kind: PaperKind
    key: str
    on: date


def occasions_of(live: LiveCase, rows: tuple[PaperRow, ...] = ()) -> tuple[Occasion, ...]:
    """Return what papers a case gives rise to, in the order of the procedure; `rows`: those written so far."""
    found = [*_accepted(live), *_told(live), *_decided(live)]
    delivered = (row for row in rows if row.delivered_on is not None and row.kind != PaperKind.RECEIPT.value)
    found += [Occasion(kind=PaperKind.RECEIPT, key=row.number, on=row.delivered_on or row.told_on) for row in delivered]
    return tuple(found)


def deliver_by(live: LiveCase, occasion: Occasion) -> date | None:
    """Return the last day on which a decision is delivered (行政许可法 art. 44); None of other papers."""
    if occasion.kind not in (PaperKind.GRANT, PaperKind.REFUSAL):
        return None
    return live.hub.days.due(terms_on(occasion.on).delivery.days, after=occasion.on).on


def audience_of(live: LiveCase, viewer: Viewer, kind: PaperKind) -> Audience:
    """Return for whom a paper is written: a refusal differs where its reader may not know every reason."""
    if viewer.kind in ("linked", "former"):
        raise NotInThisState("the papers of a case are its applicant's", hint="GET /my/ledger shows what concerns you")
    if kind is not PaperKind.REFUSAL or reasons_of(live, viewer) == reasons_of(live, RESIDENT):
        return "resident"
    return "clerk" if viewer.kind == "clerk" else "agent"


def facts_of(
    live: LiveCase, occasion: Occasion, viewer: Viewer, *, number: Number, about: PaperRow | None = None
) -> PaperFacts:
    """Return the facts of a paper as its reader may know them; `about`: the paper whose delivery a receipt proves."""
    item, department = live.version.item, live.hub.library.facts.departments[live.version.handling]
    lists: dict[str, tuple[Text, ...]] = {}
    if occasion.kind is PaperKind.GRANT:
        lists["rules"] = _rules(live)
    if occasion.kind is PaperKind.CORRECTION and live.procedure.asked_correction is not None:
        lists["corrections"] = tuple(Text(one, one) for one in live.procedure.asked_correction.what)
    if about is not None:
        lists["delivery"] = _delivery(live, about)
    return PaperFacts(
        kind=occasion.kind,
        number=number,
        case=live.id,
        item=item.name,
        item_kind=item.kind,
        department=item.department,
        department_name=department.name,
        made_on=occasion.on,
        addressee=_addressee(live),
        check=f"{live.hub.url}/papers/{number.text}",
        values=_values(live, occasion),
        law=(item.reference,),
        reasons=tuple(_reason(live, one) for one in reasons_of(live, viewer)),
        lists=lists,
    )


def _addressee(live: LiveCase) -> Text:
    """Return to whom a paper goes: the hub knows no name, but who vouched for whom."""
    hub, acting, item = live.hub, live.opening.acting, live.version.item
    authority = live.opening.authority if acting is None else acting.authority
    department = hub.library.facts.departments.get(hub.department(authority))
    by = Text("主管机关", "the authority") if department is None else department.name
    if item.of_bodies:
        return Text(f"申请人：申请的单位，由{by.zh}核验", f"To the body that applies, verified by {by.en}")
    who = Text("本人", "the applicant in person") if acting is None else Text("委托人本人", "whoever gave the mandate")
    return Text(f"申请人：{who.zh}，身份由{by.zh}核验", f"To {who.en}, identity verified by {by.en}")


def _accepted(live: LiveCase) -> Iterator[Occasion]:
    if live.permit is None or live.state in _NOT_YET or live.procedure.told == "not-accepted":
        return
    clock = clock_of(live.facts())
    named = any(role for role, _ in live.bundles)
    if clock is not None and named:
        yield Occasion(kind=PaperKind.ACCEPTANCE, key=live.permit.digest, on=clock.accepted_on)


def _told(live: LiveCase) -> Iterator[Occasion]:
    kept = live.procedure
    if kept.asked_correction is not None:
        told = kept.asked_correction.told_on
        yield Occasion(kind=PaperKind.CORRECTION, key=told.isoformat(), on=told)
    if kept.told == "not-accepted" and kept.decided_on is not None:
        yield Occasion(kind=PaperKind.NON_ACCEPTANCE, key=kept.decided_on.isoformat(), on=kept.decided_on)
    for one in kept.suspensions:
        if one.kind is not Standstill.PUBLIC_NOTICE:
            yield Occasion(kind=PaperKind.SPECIAL_PROCEDURE, key=f"{one.kind}:{one.since}", on=one.told_on)


def _decided(live: LiveCase) -> Iterator[Occasion]:
    response = response_of(live)
    if response is None or live.row.decided_by not in ("machine", "officer"):
        return
    signed = signed_decision(response.decision)
    kind = PaperKind.GRANT if signed.outcome == "granted" else PaperKind.REFUSAL
    if live.row.decision == signed.outcome:
        day = day_in_china(datetime.fromtimestamp(signed.iat, UTC))
        yield Occasion(kind=kind, key=digest(response.decision.encode("ascii")), on=day)


def signed_decision(token: str) -> SignedDecision:
    """Return a decision's content; it was verified when it came."""
    return msgspec.json.decode(jws.unverified_payload(token), type=SignedDecision)


def _values(live: LiveCase, occasion: Occasion) -> dict[str, Text | date | str]:
    stands, clock, kept = standing_of(live.facts(), live.hub.days), clock_of(live.facts()), live.procedure
    found: dict[str, Text | date | str] = {"applied_on": day_in_china(live.row.created_at)}
    if clock is not None and stands is not None:
        found |= {
            "accepted_on": clock.accepted_on,
            "promised_on": stands.promise.due.on,
            "legal_on": stands.legal.due.on,
        }
    if occasion.kind is PaperKind.NON_ACCEPTANCE:
        found["reason"] = kept.reason
    if occasion.kind is PaperKind.CORRECTION and kept.asked_correction is not None:
        asked = kept.asked_correction
        found["correct_within"] = str(asked.within)
        found["correct_until"] = live.hub.days.due(asked.within, after=asked.told_on).on
    if occasion.kind is PaperKind.SPECIAL_PROCEDURE:
        found |= _still(live, occasion)
    if occasion.kind in (PaperKind.GRANT, PaperKind.REFUSAL):
        found |= _decision(live, occasion)
    return found


def _still(live: LiveCase, occasion: Occasion) -> dict[str, Text | date | str]:
    one = next(each for each in live.procedure.suspensions if f"{each.kind}:{each.since}" == occasion.key)
    return {
        "standstill": _STANDSTILLS[one.kind],
        "still_since": one.since,
        "still_until": one.until,
        "still_reason": one.reason,
        "still_law": one.reference.text,
    }


def _decision(live: LiveCase, occasion: Occasion) -> dict[str, Text | date | str]:
    response, last = response_of(live), deliver_by(live, occasion)
    found: dict[str, Text | date | str] = {"decided_on": occasion.on}
    if response is not None and (amount := signed_decision(response.decision).amount) is not None:
        pay = live.version.item.outcome.pay
        found |= {"amount": amount, "every": _EVERY[pay.every] if pay is not None else Text("", "")}
    if response is not None and response.credential and last is not None:
        found |= {"credential": "", "deliver_by": last}
    return found


def _rules(live: LiveCase) -> tuple[Text, ...]:
    """Return the law of the item and of each condition examined, once each, with the day from which it is in force."""
    item = live.version.item
    dated: dict[str, date] = {item.reference.text: item.effective}
    for one in live.version.compiled.conditions:
        if one.in_force(live.as_of):
            dated.setdefault(one.condition.reference.text, one.condition.effective or item.effective)
    return tuple(
        Text(f"{text}（本事项自{day_zh(since)}起适用）。", f"{text} (applied since {since})")
        for text, since in dated.items()
    )


def _reason(live: LiveCase, one: ReasonView) -> ReasonFact:
    item, departments = live.version.item, live.hub.library.facts.departments
    condition = next((each for each in item.conditions if each.id == one.condition), None)
    department = departments.get(one.department)
    return ReasonFact(
        words=Text(one.zh, one.en),
        department=department.name if department else Text(one.department, one.department),
        rule=None if condition is None else condition.reference,
        since=None if condition is None else condition.effective or item.effective,
        contest=one.contest,
    )


def _delivery(live: LiveCase, about: PaperRow) -> tuple[Text, ...]:
    number = Number(department=about.department, year=about.told_on.year, running=int(about.number.rpartition("-")[2]))
    way = _WAYS[about.way or "screen"]
    acting = live.opening.acting
    if about.way == "screen" and acting is not None and acting.body:
        way = _BY_REPRESENTATIVE
    on = about.delivered_on or about.told_on
    lines = [
        Text(f"送达文书：{number.display}。", f"Paper: {about.number}."),
        Text("受送达人：本办件申请人。", "Addressee: the applicant of this case."),
        Text(f"送达方式：{way.zh}。", f"Way: {way.en}."),
        Text(f"送达日期：{day_zh(on)}。", f"Delivered on {on}."),
    ]
    if tracking := tracking_of(live, about):
        lines.append(Text(f"邮件号：{tracking}。", f"Tracking number: {tracking}."))
    return tuple(lines)


def tracking_of(live: LiveCase, row: PaperRow) -> str:
    """Return the tracking number of a posted paper, "" of any other."""
    if row.tracking is None:
        return ""
    return live.key.decrypt(row.tracking, context=context(live.id, row.number, "tracking")).decode()


def context(case: str, number: str, part: str) -> str:
    """Return what an encrypted part of a paper is bound to."""
    return f"{case}:paper:{number}:{part}"
