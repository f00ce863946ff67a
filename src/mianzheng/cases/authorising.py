"""Taking what the person signed: the authorisation of exactly the draft they were shown."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import draft_of
from mianzheng.cases.parts import ActsFor, Permit, Sent
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import verify_assertion
from mianzheng.model.authorisation import Authorisation, BundleRequest, FormValue, form_digest
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.case import State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Assertion
from mianzheng.model.mandate import AGENT, REPRESENTATIVE

SKEW = 60


class BadAuthorisation(MianzhengError):
    """What was signed is not the draft of this case."""

    code = "bad-authorisation"


async def authorise(
    live: LiveCase,
    authorisation: str,
    assertion: Assertion,
    forms: Sequence[FormValue],
    *,
    chip: str = "",
    certificate: str = "",
    presence: str = "",
) -> None:
    """Take what the person signed: from accepted to authorised, with the authority's request committed.

    A reader that read the person's chip signs for them, or a clerk beside a presence: whether either may, the
    authority and each gateway check. The same authorisation again changes nothing: a client may have lost the answer.
    """
    signed = _decode(authorisation)
    named = b64(hashlib.sha256(signed).digest())
    if live.row.authorisation == named:
        return
    if live.state is not State.ACCEPTED:
        raise BadAuthorisation("the case was authorised otherwise, or ended", hint="open a new case")
    trust = live.hub.trust
    verify_assertion(
        assertion,
        hashlib.sha256(signed).digest(),
        rp_ids=trust.rp_ids,
        origins=trust.origins,
        allow_software=trust.demo or bool(chip or certificate),
    )
    if bool(certificate) != bool(presence):
        raise BadAuthorisation("a clerk signs beside a presence, and nowhere else", hint="send the clerk's certificate")
    _check(msgspec.json.decode(signed, type=Authorisation), live, forms)
    draft = live.hub.library.plan(live.version.digest, live.as_of)
    permit = Permit(
        authorisation=authorisation,
        digest=named,
        assertion=assertion,
        plan=draft.lines,
        chip=chip,
        certificate=certificate,
        presence=presence,
    )
    now = live.hub.clock()
    change = Change(reason="signed", permit=permit, authorised_at=now, due_at=now + live.hub.timings.lease)
    live.permit = permit
    prepare_bundle(live, change)
    await live.step(State.AUTHORISED, change)


def prepare_bundle(live: LiveCase, change: Change) -> None:
    """Add the request for the next bundle that is due, and its entry, to a step.

    Where one acts for another, the acting person's own comes first, then that of whom they act for.
    """
    hub, request_id = live.hub, new_id("b")
    handling = hub.gateway(live.version.handling)
    request = BundleRequest(
        aud=live.opening.authority,
        iat=hub.seconds,
        request=request_id,
        pairwise=live.opening.pairwise,
        case=live.id,
        role=live.version.item.acting_role,
        authorisation=live.signed.digest,
        exp=live.authorisation.exp,
        assertion=live.signed.assertion,
        gateways=tuple(sorted({handling, *(hub.gateway(name) for name in live.version.departments)})),
        handling=handling,
        chip=live.signed.chip,
        presence=live.signed.presence,
        certificate=live.signed.certificate,
    )
    if (acting := live.opening.acting) is not None:
        request = _for_another(live, acting, request)
    token = jws.sign(request, key=hub.key, typ="mz-bundle-request")
    change.requests.append(Sent(id=request_id, kind="bundle", party=request.aud, wave=0, token=token))
    change.entries.append(live.note("asked", request=request_id, purpose=f"bundle of {request.aud}"))


def _for_another(live: LiveCase, acting: ActsFor, request: BundleRequest) -> BundleRequest:
    """Return the request for the acting person's own bundle, or once that came the one for whom they act for."""
    speaks = acting.authority != live.opening.authority
    named = dict(live.bundles)
    own = REPRESENTATIVE if speaks else AGENT
    if own not in named:
        readers = {request.handling, acting.authority} if speaks else {request.handling}
        return msgspec.structs.replace(request, role=own, gateways=tuple(sorted(readers)))
    about = msgspec.structs.replace(request, aud=acting.authority, mandate=acting.mandate, body=acting.body)
    if not speaks:
        return about
    proof = named[own]
    return msgspec.structs.replace(
        about, pairwise="", representative=proof.bundle, statement=proof.sealed[acting.authority]
    )


def stated_in(live: LiveCase) -> tuple[str, ...]:
    """Return the digests of all that the person stated or chose, as they stand in the authorisation."""
    chosen = (choice.digest for choice in live.opening.choices)
    return tuple(sorted([*(form_digest(value) for value in live.opening.forms), *chosen]))


def gateways_about(live: LiveCase, role: str) -> set[str]:
    """Return the gateways that the signed plan asks about a role of the item."""
    return {live.hub.gateway(line.department) for line in live.signed.plan if line.role == role}


def _check(signed: Authorisation, live: LiveCase, forms: Sequence[FormValue]) -> None:
    draft = draft_of(live)
    expected = {
        "suite": draft.suite,
        "case": draft.case,
        "as_of": draft.as_of,
        "item": draft.item,
        "item_version": draft.item_version,
        "item_digest": draft.item_digest,
        "trigger": draft.trigger,
        "plan_digest": draft.plan_digest,
        "notice_digest": draft.notice_digest,
        "acts_for": draft.acts_for,
        "mandate": draft.mandate,
        "exp": draft.exp,
        "forms": stated_in(live),
    }
    for name, value in expected.items():
        if getattr(signed, name) != value:
            raise BadAuthorisation(f"{name} is not what was shown", hint="sign the draft as it was returned")
    if tuple(sorted(forms, key=lambda value: value.name)) != live.opening.forms:
        raise BadAuthorisation("the form values are not those of the application")
    if not live.row.created_at.timestamp() - SKEW <= signed.iat <= live.hub.seconds + SKEW:
        raise BadAuthorisation("the authorisation was signed at another time", hint="check the clock")
    if live.hub.seconds >= signed.exp:
        raise BadAuthorisation("the time to sign is over", hint="open a new case")


def _decode(authorisation: str) -> bytes:
    try:
        signed = unb64(authorisation)
        read = msgspec.json.decode(signed, type=Authorisation)
    except (ValueError, msgspec.MsgspecError):
        raise BadAuthorisation("not an authorisation") from None
    if canonical(read) != signed:
        raise BadAuthorisation("the authorisation is not in canonical form")
    return signed
