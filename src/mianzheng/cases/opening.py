"""Opening a case: applied, accepted with its date fixed, and the plan shown before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.held import scene_of
from mianzheng.cases.hub import Hub, new_id
from mianzheng.cases.library import Version
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notice import notice_of
from mianzheng.cases.parts import ActsFor, Opening, Participant
from mianzheng.mandates import scope, token
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.authorisation import Draft, FormValue, SealedChoice, plan_digest
from mianzheng.model.canonical import canonical, digest, unb64
from mianzheng.model.case import State
from mianzheng.model.errors import WrongUse
from mianzheng.model.scalar import from_wire
from mianzheng.store.cases import first_row
from mianzheng.store.edges import FirstStep
from mianzheng.store.edges import open_case as write_first_step

SUITE = "intl"
GUEST = "guest"  # in place of a presence: a clerk prepares, the person signs on their own phone


class BadForm(WrongUse):
    """A form value is missing, unknown or of the wrong type."""

    code = "bad-form"


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person as the hub knows them: the authority's pairwise id, no number, no name."""

    pairwise: str
    authority: str
    level: int
    presence: str = ""  # they brought no key: staff saw them, and a clerk's key signs
    clerk: str = ""  # thumbprint of that key, as the authority says it


async def open_case(
    hub: Hub,
    applicant: Applicant,
    item: str,
    forms: Sequence[FormValue],
    *,
    choices: Sequence[SealedChoice] = (),
    mandate: str = "",
    body: str = "",
) -> LiveCase:
    """Open a case for the item version in force today and accept it; returns it in state accepted.

    With `mandate`, or the sealed code of a `body`, the applicant acts for another.
    """
    version = await hub.library.current(item, hub.today)
    acting = _acts_for(hub, applicant, version, mandate=mandate, body=body)
    if acting is None:
        _check_kind(hub, applicant, version)
    check_forms(version, forms)
    check_choices(version, choices)
    now = hub.clock()
    opening = Opening(
        pairwise=applicant.pairwise,
        authority=applicant.authority,
        level=applicant.level,
        forms=tuple(sorted(forms, key=lambda value: value.name)),
        exp=int((now + lifetime(version)).timestamp()),
        choices=tuple(sorted(choices, key=lambda choice: choice.role)),
        presence=applicant.presence,
        acting=acting,
    )
    live = await _write(hub, version, opening, now)
    await accept(live)
    return live


async def _write(hub: Hub, version: Version, opening: Opening, now: datetime) -> LiveCase:
    """Write a new case in state applied, under a key of its own, with its first ledger entry."""
    case = new_id("c")
    key, wrapped = hub.vault.keys.new_case_key(case, month=now.date())
    sealed = key.encrypt(msgspec.json.encode(opening), context=f"{case}:opening")
    async with hub.store.connection() as connection:
        ledger_key = await hub.vault.ledger_key(connection, case, opening.subject, now.year)
        scene = scene_of(hub, case, version, ledger_key)
        opened = scene.state(source="", target=State.APPLIED, reason="opened", at=hub.seconds)
        _, row = hub.vault.entry(ledger_key, opened)
        first = FirstStep(
            case=case,
            owner=hub.vault.pseudonym("cases", opening.pairwise),
            item=version.item.item,
            item_version=version.item.version,
            state=State.APPLIED,
            key_month=wrapped.period,
            key_wrapped=wrapped.wrapped,
            opening=sealed,
            whose=ledger_key.whose,
            entries=(row,),
            due_at=now + hub.timings.lease,
            at=now,
        )
        await write_first_step(connection, first)
    return LiveCase(
        hub,
        first_row(first),
        key=key,
        ledger_key=ledger_key,
        opening=opening,
        version=version,
        requests=[],
        contests={},
    )


async def accept(live: LiveCase) -> bool:
    """From applied: fix the day by whose law the case is decided, and wait for the signature."""
    due = live.hub.clock() + timedelta(seconds=live.opening.exp - live.hub.seconds + 1)
    change = Change(reason="accepted", as_of=live.hub.today, due_at=due)
    if (acting := live.opening.acting) is not None and acting.principal:
        # the principal sees the case, as its subject
        principal = Participant(pairwise=acting.principal, authority=acting.authority, level=0, state="signed")
        change.participants = {live.version.item.acting_role: principal}
    await live.step(State.ACCEPTED, change)
    return True


def draft_of(live: LiveCase) -> Draft:
    """Return what the person is shown and signs."""
    item = live.version.item
    plan = live.hub.library.plan(live.version.digest, live.as_of)
    notice = notice_of(live.version, plan, live.hub.library.facts)
    return Draft(
        case=live.id,
        as_of=live.as_of,
        item=item.item,
        item_version=item.version,
        item_digest=live.version.digest,
        name=item.name,
        suite=SUITE,
        trigger="application",
        plan=plan.lines,
        plan_digest=plan_digest(plan.lines),
        notice=notice,
        notice_digest=digest(canonical(notice)),
        handling=live.hub.gateway(item.department),
        exp=live.opening.exp,
        acts_for=item.acting_role if live.opening.acting is not None else None,
        mandate=live.opening.acting.digest if live.opening.acting is not None else "",
    )


def _acts_for(hub: Hub, applicant: Applicant, version: Version, *, mandate: str, body: str) -> ActsFor | None:
    """Return for whom a case is opened, None for the signed-in person themself; `MandateRefused` for a wrong mandate.

    The hub reads a mandate to know under whom the case stands; that it holds, authority and gateways check.
    """
    if not mandate and not body:
        return None
    if (mandate and body) or applicant.presence:
        raise WrongUse("a mandate or a body, and an own key", hint="one of the two; sign in with your own key")
    role = version.item.roles[version.item.acting_role]
    if body:
        if role.kind != "enterprise" or body.count(".") != 4:
            raise WrongUse(f"{version.item.item} is not for a body", code="wrong-kind", hint="seal the body's code")
        authority = hub.trust.with_role("authority:enterprise")[0].party
        return ActsFor(body=body, authority=authority, digest=digest(body.encode("ascii", "replace")))
    read = token.read(mandate, trust=hub.trust, at=hub.seconds)
    scope.check_item(read, version.item)
    own = read.kind == "enterprise" or read.agent == applicant.pairwise
    if read.hub != hub.party or not own or read.kind != role.kind:
        raise MandateRefused("mandate-refused", "the mandate is for another hub, agent or kind of item")
    return ActsFor(mandate=mandate, principal=read.principal, authority=read.iss, digest=read.digest)


def _check_kind(hub: Hub, applicant: Applicant, version: Version) -> None:
    """A person's item is not for a body, and the other way round; which one it is, the authority's role says."""
    role = version.item.roles.get(version.item.acting_role)
    if role is None:
        raise WrongUse(f"{version.item.item} names nobody who applies", hint="the item needs a role")
    if f"authority:{role.kind}" not in hub.trust.party(applicant.authority).roles:
        kind = "a person" if role.kind == "person" else "a body"
        raise WrongUse(f"{version.item.item} is for {kind}", code="wrong-kind", hint="sign in as the one it is for")


def check_forms(version: Version, forms: Sequence[FormValue]) -> None:
    """Raise `BadForm` unless every field is stated, of its type, salted."""
    fields = version.item.form
    names = [value.name for value in forms]
    missing = [name for name, field in fields.items() if field.required and name not in names]
    unknown = sorted(set(names) - set(fields))
    if missing or unknown or len(set(names)) != len(names):
        raise BadForm(f"form fields missing: {missing}, unknown: {unknown}", hint="GET /items/{item} lists the fields")
    for value in forms:
        field = fields[value.name]
        from_wire(field.type, value.value)
        if field.values and value.value not in field.values:
            raise BadForm(f"{value.name}: {value.value!r} is not one of {', '.join(field.values)}")
        if len(value.salt) < 22:
            raise BadForm(f"{value.name}: the salt is shorter than 128 bits")


def check_choices(version: Version, choices: Sequence[SealedChoice]) -> None:
    """Each role that is chosen has one choice; who it is, only the link's gateway reads."""
    wanted = {name for name, role in version.item.roles.items() if role.chosen}
    given = [choice.role for choice in choices]
    if set(given) != wanted or len(given) != len(set(given)):
        missing, unknown = sorted(wanted - set(given)), sorted(set(given) - wanted)
        raise BadForm(
            f"choices missing: {missing}, unknown: {unknown}",
            code="bad-choice",
            hint="each role `one of …` is chosen once, by name or number",
        )
    for choice in choices:
        if choice.sealed.count(".") != 4 or not _is_digest(choice.digest):
            raise BadForm(
                f"{choice.role}: not a sealed choice", code="bad-choice", hint="seal it to the link's gateway"
            )


def _is_digest(text: str) -> bool:
    try:
        return len(unb64(text)) == 32
    except ValueError:
        return False


def lifetime(version: Version) -> timedelta:
    """Return how long an authorisation lives: longer than the legal limit, which counts working days and no notice.

    An authority makes no bundle for longer than a year.
    """
    item = version.item
    return timedelta(days=min(360, 2 * max(item.legal_days, item.promise_days) + item.public_notice_days + 30))
