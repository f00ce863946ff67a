"""Asking: questions become signed requests, replies become evidence.

Intent first: `prepare` returns request bytes and their "asked" entries, which the conductor commits
in one step; only then `send` lets them leave. A reply that is no valid sheet changes nothing but
the log: the request stays open, its questions are unavailable, and the same bytes go again later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mianzheng.cases import carried, consents
from mianzheng.cases.change import Made
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import LinkedSheet, Participant, Sent
from mianzheng.cases.subjects import subjects_of
from mianzheng.credentials import jws
from mianzheng.exchange.bundles import BadBundle
from mianzheng.exchange.peers import Got, Letter, Refusal, Reply
from mianzheng.exchange.sheets import Asked, BadSheet, Sheet, read_response, verify_sheet
from mianzheng.model.asking import AnswerRequest
from mianzheng.model.authorisation import FormValue, Permission, SealedBundle
from mianzheng.model.canonical import digest
from mianzheng.model.evidence import Status
from mianzheng.model.item import base_of
from mianzheng.model.plan import PlanLine
from mianzheng.rules.expression import Form
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk
from mianzheng.store.cases import add_finding

EXPIRED = "request-expired"
RENEWED = frozenset({EXPIRED, "standing-expired"})  # a gateway heard of it too late: it is made anew
OLD_SECONDS = 120  # a younger request that a gateway finds too old is a matter of clocks: no use asking anew at once


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Requests ready to be committed, with the asked entry of each."""

    requests: list[Sent]
    entries: list[Made]


class Heard(msgspec.Struct, kw_only=True):
    """What a round of asking brought: verified answers by request id (None: void), and log entries."""

    answers: dict[str, bytes | None]
    entries: list[Made]
    participants: dict[str, Participant] = {}  # whose signature turned out to be another person's
    progress: bool = False  # some question got a value, or a no-value that lasts


def permission(live: LiveCase) -> Permission:
    """Return what travels with every request of the case."""
    signed = live.signed
    return Permission(
        authorisation=signed.authorisation,
        assertion=signed.assertion,
        plan=signed.plan,
        actor=live.actor.bundle,
        certificate=signed.certificate,
        mandate=live.opening.acting.mandate if live.opening.acting is not None else "",
        standing=live.standing,
    )


def prepare(live: LiveCase, wave: Sequence[Placed], *, number: int) -> Prepared:
    """Return one signed request for each gateway and person that a wave asks about."""
    groups: dict[tuple[str, str], list[Placed]] = {}
    for placed in consents.may_ask(live, wave):
        register = live.hub.library.facts.registers[placed.question.register]
        groups.setdefault((live.hub.gateway(register.department), placed.role), []).append(placed)
    shared, subjects = permission(live), subjects_of(live)
    prepared = Prepared(requests=[], entries=[])
    for (party, role), placed_here in sorted(groups.items()):
        request, made = _request(live, shared, subjects, party=party, role=role, placed=placed_here)
        token = jws.sign(request, key=live.hub.key, typ="mz-answer-request")
        sent = Sent(id=request.request, kind="answers", party=party, wave=number, token=token, request=request)
        prepared.requests.append(sent)
        prepared.entries.append(made)
    return prepared


async def send(live: LiveCase, requests: Sequence[Sent]) -> Heard:
    """Send committed requests at once and return what was heard; what was not is `silent` for this run."""
    letters = [Letter(party=r.party, path="/answers", body=r.token.encode("ascii")) for r in requests]
    heard = Heard(answers={}, entries=[])
    for sent, reply in zip(requests, await live.hub.peers.post_all(letters), strict=True):
        await _hear(live, sent, reply, heard)
        if sent.id not in heard.answers:
            live.silent.add(sent.id)
    return heard


def lines_of(live: LiveCase, questions: Sequence[str], role: str) -> list[PlanLine]:
    """Return the plan's lines of these questions about a role; a role of several people has one line."""
    wanted = {(question, base_of(role)) for question in questions}
    return [line for line in live.signed.plan if (line.question, line.role) in wanted]


def forms_of(placed: Iterable[Placed], forms: Sequence[FormValue]) -> tuple[FormValue, ...]:
    """Return the form values that these questions bind, in their order."""
    if not forms:
        return ()
    names = {node.name for one in placed for node in walk(one.question.expression) if isinstance(node, Form)}
    return tuple(value for value in forms if value.name in names)


def _request(
    live: LiveCase,
    shared: Permission,
    subjects: Mapping[str, SealedBundle],
    *,
    party: str,
    role: str,
    placed: Sequence[Placed],
) -> tuple[AnswerRequest, Made]:
    request_id, subject = new_id("r"), subjects[role]
    consent = consents.consent_of(live, role, party=party)
    questions = tuple(sorted(one.question.id for one in placed))
    made = live.entry(
        live.scene.asked(
            request=request_id,
            department=live.hub.department(party),
            role=role,
            lines=lines_of(live, questions, role),
            at=live.hub.seconds,
        )
    )
    request = AnswerRequest(
        aud=party,
        iat=live.hub.seconds,
        request=request_id,
        case=live.id,
        role=role,
        permission=shared,
        bundle=subject.bundle,
        statement=subject.sealed.get(party, ""),  # none: the gateway is no audience of the link, and refuses
        questions=questions,
        forms=forms_of(placed, live.opening.forms),
        choices=carried.choices_of(live, placed),
        others=carried.others_of(placed, subjects, party=party),
        operands=carried.operands_of(live, placed),
        consent=consent,
        consent_assertion=consents.assertion_of(live, role) if consent else None,
        consent_certificate=consents.certificate_of(live, role) if consent else "",
        entry=made.leaf,
    )
    return request, made


async def _hear(live: LiveCase, sent: Sent, reply: Reply, heard: Heard) -> None:
    """Add what one reply brought: a sheet, a lasting refusal (void), a false sheet (logged), or nothing."""
    request = sent.asked
    if isinstance(reply, Got):
        try:
            response = read_response(reply.unverified)
            asked = _asked(live, request)
            sheet = verify_sheet(response.sheet, asked=asked, trust=live.hub.trust, now=live.hub.seconds)
            links = carried.links_in(live, sheet, response.links)
        except (BadSheet, BadBundle) as error:
            await note(live, code=error.code, party=sent.party, detail=f"{sent.id}: {error.message}")
            heard.entries.append(_refused(live, request, error.code))
            return
        kept = LinkedSheet(**msgspec.structs.asdict(sheet), links=links)
        sent.parsed = kept
        heard.answers[sent.id] = msgspec.json.encode(kept)
        heard.entries.append(_answered(live, request, sheet))
        heard.progress |= any(answer.status is not Status.UNAVAILABLE for answer in sheet.answers.values())
    elif isinstance(reply, Refusal):
        await note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
        heard.entries.append(_refused(live, request, reply.code))
        if reply.lasting:
            heard.answers[sent.id] = None
        if reply.code in consents.REFUSALS and (participant := live.participants.get(request.role)):
            heard.participants[request.role] = msgspec.structs.replace(participant, state="refused")
        if too_old(live, reply, request.iat, standing=request.permission.standing):
            live.expired.add(sent.id)  # it came too late to be served, and is asked anew at once


def _answered(live: LiveCase, request: AnswerRequest, sheet: Sheet) -> Made:
    return live.entry(
        live.scene.answered(
            request=request.request,
            department=live.hub.department(request.aud),
            role=request.role,
            lines=lines_of(live, request.questions, request.role),
            disclosures=sheet.disclosures,
            sheet=sheet.digest,
            at=live.hub.seconds,
        )
    )


def _refused(live: LiveCase, request: AnswerRequest, code: str) -> Made:
    department = live.hub.department(request.aud)
    return live.entry(
        live.scene.refused(
            request=request.request, department=department, role=request.role, code=code, at=live.hub.seconds
        )
    )


def too_old(live: LiveCase, reply: Reply, iat: int, *, standing: str = "") -> bool:
    """Tell whether a peer refused a request because it was made long ago: then it is made anew at once.

    The same where its mandate's standing is too old, and a newer one is at hand.
    """
    if isinstance(reply, Refusal) and reply.code == "standing-expired":
        return standing != live.standing
    return isinstance(reply, Refusal) and reply.code == EXPIRED and iat < live.hub.seconds - OLD_SECONDS


async def note(live: LiveCase, *, code: str, party: str, detail: str) -> None:
    """Write a finding for the operator; what a peer said is cut short, it is not ours."""
    async with live.hub.store.connection() as connection:
        await add_finding(connection, code=code, party=party, case=live.id, detail=detail[:500])


def _asked(live: LiveCase, request: AnswerRequest) -> Asked:
    return Asked(
        party=request.aud,
        request=request.request,
        iat=request.iat,
        case=live.id,
        role=request.role,
        bundle=digest(request.bundle.encode("ascii")),
        authorisation=live.signed.digest,
        item=live.version.item.item,
        item_version=live.version.item.version,
        entry=request.entry,
        questions={question: live.version.types.get(question) for question in request.questions},
    )
