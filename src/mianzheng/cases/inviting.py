"""Inviting another adult to sign for themself, and hearing what became of it.

1. The applicant asks for a code and hands it on as they like; the hub keeps only its hash.
2. Whoever opens it, signed in, is from then on this role's person for this case: a code opens once.
3. They read the lines about them and sign (`consent_challenge`); the authority makes a bundle for them.
4. Gateways compare: it is the one whom the register names, or nothing is answered about anybody.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import msgspec

from mianzheng.cases import consents
from mianzheng.cases.asking import Heard, note, too_old
from mianzheng.cases.authorising import gateways_about
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.evidence import evidence
from mianzheng.cases.hub import Hub, new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.opening import Applicant, draft_of
from mianzheng.cases.parts import Participant, Sent, participant_context
from mianzheng.cases.subjects import members_of
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import verify_assertion
from mianzheng.exchange.bundles import BadBundle, read_bundle
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.model.authorisation import BundleRequest, consent_challenge
from mianzheng.model.canonical import digest
from mianzheng.model.case import EDGES, State
from mianzheng.model.errors import MianzhengError, NotFound, WrongUse
from mianzheng.model.identity import Assertion
from mianzheng.model.invitations import Invitation, InvitationMade
from mianzheng.model.item import base_of
from mianzheng.store import people as stored

INVITATION_HOURS = 72.0


class BadInvitation(MianzhengError):
    """The code is none of this hub's, was opened already, or its time is over."""

    code = "invitation-invalid"


class ConsentNotMeant(MianzhengError):
    """A gateway found that whoever signed is not the one its register names; who that is, nobody learns."""

    code = "consent-not-meant"


async def invite(live: LiveCase, role: str) -> InvitationMade:
    """Return a new code for an adult who must sign for themself; `WrongUse` when no such signature is due."""
    members = members_of(live, evidence(live).answers)
    due = tuple(consents.consenting_roles(live.version.item, members))
    named = role if role in due or "#" in role else f"{role}#1"
    if named not in due:
        raise WrongUse(
            f"no signature of {role} is due",
            code="no-signature-due",
            hint=f"due: {', '.join(due)}" if due else "GET /cases/{case} lists the signatures that are due",
        )
    if _stands(live, named):
        raise NotInThisState(f"{named} has signed", hint="who signed may withdraw it")
    code, expires = secrets.token_urlsafe(16), live.hub.clock() + timedelta(hours=INVITATION_HOURS)
    async with live.hub.store.connection() as connection:
        await stored.add_invitation(connection, _hash(code), case=live.id, role=named, expires_at=expires)
    return InvitationMade(case=live.id, role=named, code=code, exp=int(expires.timestamp()))


async def open_invitation(hub: Hub, code: str, applicant: Applicant) -> Invitation:
    """Use a code up: the signed-in adult takes part in the case from now on, and reads what to sign."""
    async with hub.store.transaction() as connection:
        invited = await stored.use_invitation(connection, _hash(code), hub.clock())
        if invited is None:
            raise BadInvitation("this code opens nothing", hint="ask the applicant for a new one")
        live = await load(hub, invited.case_id)
        if applicant.pairwise == live.opening.pairwise:
            raise WrongUse("the applicant signs as the applicant", code="invitation-own")
        if _stands(live, invited.role):
            raise BadInvitation("somebody has signed for this role already", hint="ask the applicant")
        part = Participant(pairwise=applicant.pairwise, authority=applicant.authority, level=applicant.level)
        sealed = live.key.encrypt(msgspec.json.encode(part), context=participant_context(live.id, invited.role))
        who = hub.vault.pseudonym("participants", applicant.pairwise)
        await stored.add_participant(connection, case=live.id, role=invited.role, who=who, content=sealed)
    return invitation_of(live, invited.role)


def invitation_of(live: LiveCase, role: str) -> Invitation:
    """Return what the adult of a role reads before signing."""
    draft = draft_of(live)
    return Invitation(
        case=live.id,
        role=role,
        label=live.version.item.roles[base_of(role)].label,
        item=draft.item,
        item_version=draft.item_version,
        name=draft.name,
        as_of=draft.as_of,
        plan=live.signed.plan,
        authorisation=live.signed.authorisation,
        handling=draft.handling,
        exp=draft.exp,
    )


async def sign(live: LiveCase, role: str, applicant: Applicant, assertion: Assertion, *, certificate: str = "") -> None:
    """Take the signature of an adult who takes part; their bundle is asked for in the same step.

    At a window a clerk signs beside the adult's own presence: whether they may, authority and gateways check.
    """
    part = part_of(live, role, applicant)
    if part.state == "signed":
        return
    if live.state is not State.ASKING and State.ASKING not in EDGES[live.state]:
        raise NotInThisState(f"the case is {live.state}", hint="nothing more is asked in it")
    trust = live.hub.trust
    challenge = consent_challenge(live.signed.digest, role)
    if bool(certificate) != bool(applicant.presence):
        raise WrongUse("a clerk signs beside a presence, and nowhere else", hint="send the clerk's certificate")
    software = trust.demo or bool(certificate)
    verify_assertion(assertion, challenge, rp_ids=trust.rp_ids, origins=trust.origins, allow_software=software)
    change = Change(reason="consent-signed", due_at=live.hub.clock() + live.hub.timings.lease)
    change.attempts, change.waits_until = live.row.attempts, None
    signed = msgspec.structs.replace(
        part, state="signed", assertion=assertion, certificate=certificate, presence=applicant.presence
    )
    _ask_bundle(live, role, signed, assertion, change)
    await live.step(State.ASKING, change)


async def hear_bundles(live: LiveCase, heard: Heard) -> None:
    """Add to what was heard the bundles of adults who signed; a lasting refusal makes their signature void."""
    for sent in live.open_requests("bundle"):
        request = sent.payload(BundleRequest)
        reply = await live.hub.peers.post(Letter(party=sent.party, path="/bundles", body=sent.token.encode("ascii")))
        if isinstance(reply, Got):
            await _got(live, sent, request, reply.unverified, heard)
        elif isinstance(reply, Refusal):
            await note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
            if reply.lasting or too_old(live, reply, request.iat):
                heard.answers[sent.id] = None
                part = live.participants[request.role]
                heard.participants[request.role] = msgspec.structs.replace(part, state="refused")
        if sent.id not in heard.answers:
            live.silent.add(sent.id)


def part_of(live: LiveCase, role: str, applicant: Applicant) -> Participant:
    """Return the part that the signed-in adult has in a case; `NotFound` when they have none."""
    part = live.participants.get(role)
    if part is None or part.pairwise != applicant.pairwise:
        raise NotFound(f"there is no case {live.id}")
    return part


def refuse_stranger(live: LiveCase, role: str) -> None:
    """Raise `ConsentNotMeant` when whoever signed for a role is not the one whom the register names."""
    part = live.participants.get(role)
    if part is not None and part.state == "refused":
        raise ConsentNotMeant(
            "whoever signed is not the one meant, or is not known by that key: nothing was answered",
            hint="the applicant invites the right person with a new code",
        )


async def _got(live: LiveCase, sent: Sent, request: BundleRequest, unverified: bytes, heard: Heard) -> None:
    try:
        sealed, _ = read_bundle(unverified, asked=request, trust=live.hub.trust, now=live.hub.seconds)
    except BadBundle as error:
        await note(live, code=error.code, party=sent.party, detail=f"{sent.id}: {error.message}")
        return
    heard.answers[sent.id] = msgspec.json.encode(sealed)
    named = digest(sealed.bundle.encode("ascii"))
    purpose = f"bundle of {sent.party}"
    heard.entries.append(live.note("answered", request=sent.id, purpose=purpose, digest=named))
    heard.progress = True


def _ask_bundle(live: LiveCase, role: str, part: Participant, assertion: Assertion, change: Change) -> None:
    """Add the request for the bundle of an adult who signed, its entry and who they are to a step."""
    hub, request_id = live.hub, new_id("b")
    handling = hub.gateway(live.version.handling)
    request = BundleRequest(
        aud=part.authority,
        iat=hub.seconds,
        request=request_id,
        pairwise=part.pairwise,
        case=live.id,
        role=role,
        authorisation=live.signed.digest,
        exp=live.authorisation.exp,
        assertion=assertion,
        gateways=tuple(sorted({handling, *gateways_about(live, base_of(role))})),
        handling=handling,
        consent=True,
        presence=part.presence,
        certificate=part.certificate,
    )
    token = jws.sign(request, key=hub.key, typ="mz-bundle-request")
    change.requests.append(Sent(id=request_id, kind="bundle", party=request.aud, wave=live.row.wave, token=token))
    change.entries.append(live.note("asked", request=request_id, purpose=f"bundle of {request.aud}"))
    change.participants[role] = msgspec.structs.replace(part, request=request_id)


def _stands(live: LiveCase, role: str) -> bool:
    part = live.participants.get(role)
    return part is not None and part.state == "signed"


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()
