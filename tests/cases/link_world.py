"""Cases with other people in them, before gateways that a test answers for: their keys sign, no register is asked.

What a gateway checks of links is tested in `tests/gateway`; here it is what the hub makes of the answers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from mianzheng.cases.authorising import authorise
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import draft_of, open_case
from mianzheng.cases.publishing import hand_in, move, take_approvals
from mianzheng.credentials import jwe, jws, sdjwt
from mianzheng.exchange.peers import Got, Letter, Refusal, Reply
from mianzheng.gateway.approving import sign_item
from mianzheng.model.asking import AnswerRequest, AnswerResponse, SheetClaims
from mianzheng.model.authorisation import (
    Bundle,
    FormValue,
    SealedBundle,
    SealedChoice,
    Statement,
    consent_challenge,
    form_digest,
)
from mianzheng.model.canonical import b64, canonical, digest, unb64
from mianzheng.model.deciding import DecisionRequest, DecisionResponse, SignedDecision
from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.identity import Assertion, Presence
from mianzheng.model.item import Basis, Condition, Item, Outcome, Reference, Role
from mianzheng.model.text import Text
from mianzheng.rules.audience import audiences
from mianzheng.rules.question import Placed
from tests.cases.hub_world import HubWorld, applicant_of, assert_as, sign_draft

HERE, KIN = "civil-affairs", "public-security"
LAW = Reference(text="通行做法", verified=False)
STATUTE, CONSENT = Basis(duty="通行做法第一条"), Basis(consent="本人同意查询")
_published: set[tuple[str, str]] = set()


def words(text: str) -> Text:
    return Text(zh=text, en=text)


def rule(name: str, text: str) -> Condition:
    return Condition(id=name, rule=text, otherwise=words(f"不符合{name}"), reference=LAW, scope="here")


def item(name: str, roles: Mapping[str, Role], conditions: Sequence[Condition], **changes: Any) -> Item:
    """An item of civil affairs with more people than the applicant."""
    applicant = Role(kind="person", label=words("申请人"))
    return Item(
        item=name, version=1, code=name, name=words(name), department=HERE, kind="行政给付", who=("自然人",),
        promise_days=0, legal_days=20, replaces={}, effective=date(2024, 1, 1),
        basis=STATUTE, presence=3, roles={"applicant": applicant, **roles}, conditions=tuple(conditions),
        outcome=Outcome(credential=words(name), credential_type=name), reference=LAW, **changes,
    )  # fmt: skip


def spouse(basis: Basis = STATUTE, **changes: Any) -> Role:
    return Role(
        kind="person", label=words("配偶"), link="applicant.kinship.spouse", optional=True, basis=basis, **changes
    )


def with_spouse(basis: Basis = STATUTE, **changes: Any) -> Item:
    """The applicant is local, and the spouse does not draw the allowance."""
    asked = "every(spouse, spouse.elder_care.allowance_status is distinct from '发放中')"
    name = "spouse-aid" if basis is STATUTE else "consent-aid"
    return item(
        name, {"spouse": spouse(basis, **changes)}, [rule("local", "applicant.hukou.is_local"), rule("wed", asked)]
    )


def with_child() -> Item:
    """The child meant is local."""
    child = Role(kind="person", label=words("子女"), link="one of applicant.kinship.children", basis=STATUTE)
    return item("child-aid", {"child": child}, [rule("child-local", "child.hukou.is_local")])


class Kin:
    """Every department's answers: True, and who is reached, unless the test says otherwise."""

    def __init__(self, here: HubWorld) -> None:
        self.here = here
        self.values: dict[tuple[str, str], Any] = {}  # (register, role as asked) -> value
        self.reached = 1
        self.meant = ""  # pairwise id of whom the spouse's link reaches, "" for whoever signs
        self.asked: list[AnswerRequest] = []
        self.change: Any = lambda response: response
        self.named: Any = lambda role: role  # which role a bundle says it is of
        here.peers.instead = self.reply

    def reply(self, letter: Letter) -> Reply | None:
        if letter.path == "/answers":
            return self._answer(letter)
        return self._decide(letter) if letter.path == "/decisions" else None

    def placed(self, request: AnswerRequest, question: str) -> Placed:
        loaded = self.here.world.loaded[_authorised(request).item]
        return loaded.compiled.placed_at((question, request.role))

    def _answer(self, letter: Letter) -> Reply:
        request = msgspec.json.decode(jws.unverified_payload(letter.body.decode()), type=AnswerRequest)
        self.asked.append(request)
        if self.meant and request.consent is not None and self._signer(request) != self.meant:
            return Refusal(code="consent-mismatch", detail="another one signed", status=403)
        answers, links = [], {}
        for question in request.questions:
            placed = self.placed(request, question)
            if placed.question.kind == "link":
                links[question] = self._bundles(request, question)
                linked = tuple(digest(one.bundle.encode()) for one in links[question])
                answers.append((question, Answer(status=Status.VALUE, value=len(linked), linked=linked)))
            else:
                value = self.values.get((placed.question.register, request.role), True)
                answers.append((question, Answer(status=Status.VALUE, value=value, rests_on=RestsOn.ROW)))
        sheet = sdjwt.issue(self._claims(request), answers, key=self.here.world.key(request.aud), typ="mz-sheet")
        response = self.change(AnswerResponse(sheet=sheet, log_leaf="", links=links))
        return Got(unverified=msgspec.json.encode(response))

    def _signer(self, request: AnswerRequest) -> str:
        key = request.consent_assertion.key if request.consent_assertion else None
        owner = next((n for n, k in self.here.world.people.items() if k.public.jwk == key), "")
        return applicant_of(self.here.world, owner).pairwise if owner else ""

    def _claims(self, request: AnswerRequest) -> SheetClaims:
        authorisation = _authorised(request)
        return SheetClaims(
            iss=request.aud, iat=self.here.hub.seconds, use_before=authorisation.exp, case=request.case,
            role=request.role, request=request.request, bundle=digest(request.bundle.encode()),
            authorisation=_digest(request), item=authorisation.item, item_version=authorisation.item_version,
            entry=request.entry,
        )  # fmt: skip

    def _bundles(self, request: AnswerRequest, question: str) -> tuple[SealedBundle, ...]:
        loaded = self.here.world.loaded[_authorised(request).item]
        role = next(r for r, one in loaded.compiled.links.items() if one.question.id == question)
        declared = loaded.item.roles[role]
        many = declared.many or declared.optional
        names = [f"{role}#{n + 1}" for n in range(self.reached)] if many else [role]
        return tuple(self.bundle(request, question, self.named(name)) for name in names)

    def bundle(self, request: AnswerRequest, question: str, role: str) -> SealedBundle:
        """A link's bundle of one reached, as its gateway makes it."""
        world, now, exp = self.here.world, self.here.hub.seconds, _authorised(request).exp
        name = secrets.token_hex(8)
        loaded = world.loaded[_authorised(request).item]
        sealed = {}
        for gateway in audiences(loaded.compiled, world.catalogue.facts, role):
            inner = Statement(
                number="331082199001010011", bundle=name, role=role, case=request.case,
                authorisation=_digest(request), aud=gateway, iat=now, exp=exp,
            )  # fmt: skip
            token = jws.sign(inner, key=world.key(request.aud), typ="mz-statement")
            sealed[gateway] = jwe.seal(token.encode(), to=world.trust.current(gateway, "seal", now), typ="mz-statement")
        outer = Bundle(
            suite="intl", bundle=name, issuer=request.aud, case=request.case, authorisation=_digest(request), role=role,
            subject_kind="person", signer="", presence=Presence(method="link", level=0), iat=now, exp=exp,
            sealed={gateway: digest(text.encode()) for gateway, text in sealed.items()}, link=question,
        )  # fmt: skip
        return SealedBundle(bundle=jws.sign(outer, key=world.key(request.aud), typ="mz-bundle"), sealed=sealed)

    def _decide(self, letter: Letter) -> Reply:
        request = msgspec.json.decode(jws.unverified_payload(letter.body.decode()), type=DecisionRequest)
        authorisation = msgspec.json.decode(unb64(request.permission.authorisation), type=_Names)
        decision = SignedDecision(
            iss=letter.party, case=request.case, item=authorisation.item, item_version=authorisation.item_version,
            outcome="refused" if request.acceptance else "granted", reasons=(), amount=None,
            sheets=tuple(sdjwt.token_digest(token) for token in request.sheets), decided_by="machine",
            iat=self.here.hub.seconds, credential="" if request.acceptance else digest(b"sealed"),
        )  # fmt: skip
        token = jws.sign(decision, key=self.here.world.key(letter.party), typ="mz-decision")
        credential = "" if request.acceptance else "sealed"
        return Got(
            unverified=msgspec.json.encode(DecisionResponse(decision=token, credential=credential, status_index=None))
        )


class _Names(msgspec.Struct, frozen=True):
    item: str
    item_version: int
    exp: int


def _authorised(request: AnswerRequest) -> _Names:
    return msgspec.json.decode(unb64(request.permission.authorisation), type=_Names)


def _digest(request: AnswerRequest) -> str:
    return digest(unb64(request.permission.authorisation))


def choice(here: HubWorld, role: str, typed: str, *, gateway: str = KIN) -> SealedChoice:
    """Who is meant, sealed to the link's gateway as a client does it."""
    value = FormValue(name=f"role.{role}", value=typed, salt=b64(secrets.token_bytes(16)))
    to = here.world.trust.current(gateway, "seal", here.hub.seconds)
    return SealedChoice(role=role, digest=form_digest(value), sealed=jwe.seal(canonical(value), to=to, typ="mz-choice"))


async def publish(here: HubWorld, one: Item) -> None:
    """Sign, approve and publish an item at gateways and hub, once for each database."""
    if one.item not in here.world.loaded:
        here.world.loaded[one.item] = here.world.add_item(one)
    if (here.url, one.item) not in _published:
        _published.add((here.url, one.item))
        await hand_in(here.hub, sign_item(one, here.world.steward(HERE)))
        await take_approvals(here.hub, one.item, 1, here.approvals(one.item))
        await move(here.hub, one.item, 1, here.item_step(one.item, "publication"), step="publication")


async def authorised(here: HubWorld, one: Item, number: str, *choices: SealedChoice) -> LiveCase:
    """Open a case of an item and hand in the signed authorisation."""
    await publish(here, one)
    live = await open_case(here.hub, applicant_of(here.world, number), one.item, (), choices=choices)
    forms = tuple(sorted(one.digest for one in choices))
    signed, assertion = sign_draft(here.world, number, draft_of(live), (), forms=forms)
    await authorise(live, b64(signed), assertion, ())
    return live


def consent(here: HubWorld, live: LiveCase, number: str, role: str) -> Assertion:
    """Another adult's signature for their role alone."""
    return assert_as(here.world, number, consent_challenge(live.signed.digest, role))
