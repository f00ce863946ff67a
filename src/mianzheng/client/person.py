"""What the person's side does: sign in, read the plan, sign it, open the credential.

The client trusts the hub with nothing it can check: plan and notice are digested anew before
they are signed, and the number leaves only sealed to the authority.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

import msgspec

from mianzheng.client.checks import (
    HubLied,
    check_acting,
    check_choices,
    check_credential,
    check_draft,
    check_invitation,
)
from mianzheng.client.choosing import seal_choices
from mianzheng.client.hub_client import HubClient
from mianzheng.client.numbers import authority_of
from mianzheng.client.steps import salt, step_bytes
from mianzheng.client.wallet import Kept, Part, Wallet
from mianzheng.credentials import jwe
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import (
    Authorisation,
    Draft,
    FormValue,
    consent_challenge,
    form_digest,
)
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.case import CaseView
from mianzheng.model.identity import Assertion, Jwk, Nonce, SignInRequest, sign_in_challenge
from mianzheng.model.invitations import Invitation, InvitationMade
from mianzheng.model.scalar import Wire


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """On what a person acts for another: a mandate that shows the one item, or a body's sealed code.

    `digest` is what is signed; `holder` the principal's key, None where the result is the acting person's.
    """

    digest: str
    mandate: str = ""
    body: str = ""
    holder: Jwk | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /sign-ins`."""

    session: str
    display: str
    level: int
    method: str
    holder: Jwk | None = None


class Person:
    """One resident or body with their own key, before one hub."""

    def __init__(self, number: str, key: PrivateKey, *, hub: HubClient, trust: TrustStore, wallet: Wallet) -> None:
        self.number = number
        self.key = key
        self.hub = hub
        self.trust = trust
        self.wallet = wallet
        self.kept_holder: Jwk | None = None  # of the authority: results are sealed to it, where no key is kept here
        self._chosen: dict[str, tuple[str, ...]] = {}  # digests of a draft's choices, which are signed with it
        self._acting: dict[str, Acting] = {}  # by case: for whom

    async def sign_in(self) -> Session:
        """Sign in through the hub to the authority; the hub sees a sealed request only."""
        authority = authority_of(self.number, self.trust)
        sealed = await self.sealed_sign_in(self.hub, self.trust.with_role("hub")[0].party)
        session = await self.hub.post("/sign-ins", {"authority": authority, "sealed": sealed}, Session)
        self.hub.token = session.session
        return session

    async def sealed_sign_in(self, at: HubClient, audience: str) -> str:
        """Take a nonce of a hub or gateway and return a sign-in for it, sealed to the authority.

        `HubLied` for a nonce of anyone but `audience`: a hub that passed on a gateway's nonce would
        be given the word with which this person's own list is read there.
        """
        nonce = await at.post("/nonces", {}, Nonce)
        if nonce.audience != audience:
            raise HubLied(f"{audience} gave a nonce of {nonce.audience}", hint="sign nothing; report the hub")
        challenge = sign_in_challenge(nonce.audience, nonce.nonce, self.number)
        request = SignInRequest(
            audience=nonce.audience, nonce=nonce.nonce, number=self.number, assertion=self._assert(challenge)
        )
        key = self._seal_key(authority_of(self.number, self.trust))
        return jwe.seal(msgspec.json.encode(request), to=key, typ="mz-sign-in-request")

    async def apply(
        self,
        item: str,
        form: Mapping[str, Wire],
        *,
        choices: Mapping[str, str] | None = None,
        acting: Acting | None = None,
    ) -> tuple[Draft, tuple[FormValue, ...]]:
        """Open a case; return the checked draft and the salted form values.

        `choices`: role -> name or number of the one meant; it leaves this client only sealed to the link's gateway.
        `acting`: the mandate, or the body, on which this person acts for another.
        """
        openings = tuple(FormValue(name=name, value=value, salt=salt()) for name, value in sorted(form.items()))
        sealed, gateways = await seal_choices(self.hub, self.trust, item, choices or {})
        body: dict[str, object] = {"item": item, "openings": openings, "choices": sealed}
        if acting is not None:
            body |= {"mandate": acting.mandate, "body": acting.body}
        draft = await self.hub.post("/cases", body, Draft)
        check_draft(draft, item)
        check_acting(draft, acting.digest if acting is not None else "")
        if acting is not None:
            self._acting[draft.case] = acting
        check_choices(draft, gateways, self.trust)
        self._chosen[draft.case] = tuple(choice.digest for choice in sealed)
        self.wallet.keep(Kept(case=draft.case, resident=self.number, item=item))
        return draft, openings

    async def restate(
        self, case: str, item: str, form: Mapping[str, Wire], *, choices: Mapping[str, str] | None = None
    ) -> CaseView:
        """Correct 补正 what was stated: hand in the new values, check the new plan, sign it."""
        return await self.authorise(*await self.correct(case, item, form, choices=choices))

    async def correct(
        self, case: str, item: str, form: Mapping[str, Wire], *, choices: Mapping[str, str] | None = None
    ) -> tuple[Draft, tuple[FormValue, ...]]:
        """Hand in what was corrected 补正; return the checked new plan and the salted values, still to be signed."""
        openings = tuple(FormValue(name=name, value=value, salt=salt()) for name, value in sorted(form.items()))
        sealed, gateways = await seal_choices(self.hub, self.trust, item, choices or {})
        signed = await self.sign_step(case, "corrected", openings)
        body = {"openings": openings, "choices": sealed, "signed": signed}
        draft = await self.hub.post(f"/cases/{case}/corrections", body, Draft)
        check_draft(draft, item)
        check_choices(draft, gateways, self.trust)
        self._chosen[case] = tuple(choice.digest for choice in sealed)
        return draft, openings

    async def authorise(self, draft: Draft, openings: tuple[FormValue, ...]) -> CaseView:
        """Sign the plan with the person's key and hand it in; the case runs inside this call."""
        return await self.hand_in(draft.case, self.authorisation_body(draft, openings))

    async def hand_in(self, case: str, body: object) -> CaseView:
        """Hand a signed authorisation in; the same one may be handed in again when no answer came."""
        return self.keep(await self.hub.post(f"/cases/{case}/authorisation", body, CaseView))

    def authorisation_body(self, draft: Draft, openings: tuple[FormValue, ...]) -> dict[str, object]:
        """Sign the plan with the person's key."""
        signed = canonical(self.authorisation(draft, openings))
        assertion = self._assert(hashlib.sha256(signed).digest())
        return {"authorisation": b64(signed), "assertion": assertion, "openings": openings}

    def authorisation(self, draft: Draft, openings: tuple[FormValue, ...]) -> Authorisation:
        """Return the authorisation of a draft, with a holder key made for this case."""
        return Authorisation(
            suite=draft.suite,
            case=draft.case,
            as_of=draft.as_of,
            item=draft.item,
            item_version=draft.item_version,
            item_digest=draft.item_digest,
            trigger=draft.trigger,
            plan_digest=draft.plan_digest,
            forms=tuple(sorted([*(form_digest(one) for one in openings), *self._chosen.get(draft.case, ())])),
            notice_digest=draft.notice_digest,
            acts_for=draft.acts_for,
            mandate=draft.mandate,
            holder=self._holder(draft.case),
            iat=int(time.time()),
            exp=draft.exp,
            salt=salt(),
        )

    def _holder(self, case: str) -> Jwk:
        """Return the key the result is sealed to: the principal's of a mandate, the authority's, or one made here."""
        acting = self._acting.get(case)
        kept = acting.holder if acting is not None else self.kept_holder
        if kept is None:
            return self.wallet.new_holder_key(case).public.jwk
        self.wallet.keep_holder(case, kept)
        return kept

    async def show(self, case: str, view: str = "") -> CaseView:
        """Return the case as it stands; `view` asks for what an agent or a clerk would see of it."""
        shown = await self.hub.get(f"/cases/{case}{f'?view={view}' if view else ''}", CaseView)
        return shown if view or shown.seen_as == "linked" else self.keep(shown)

    async def invite(self, case: str, role: str) -> InvitationMade:
        """Return a code for another adult of one's case, who signs for themself."""
        return await self.hub.post(f"/cases/{case}/invitations", {"role": role}, InvitationMade)

    async def open_invitation(self, code: str) -> Invitation:
        """Open an invitation, check what it asks to sign, and keep that one takes part."""
        invitation = await self.hub.post(f"/invitations/{code}", {}, Invitation)
        check_invitation(invitation)
        self.wallet.keep_part(Part(case=invitation.case, resident=self.number, role=invitation.role))
        return invitation

    async def consent(self, invitation: Invitation) -> CaseView:
        """Sign for oneself what an invitation asks: the applicant's very authorisation, in this role alone."""
        body = self.consent_body(invitation)
        return await self.hub.post(f"/cases/{invitation.case}/consents", body, CaseView)

    def consent_body(self, invitation: Invitation) -> dict[str, object]:
        """Sign with the person's key what an invitation asks."""
        named = b64(hashlib.sha256(unb64(invitation.authorisation)).digest())
        assertion = self._assert(consent_challenge(named, invitation.role))
        return {"role": invitation.role, "assertion": assertion}

    async def withdraw_consent(self, case: str) -> CaseView:
        """Sign that one no longer consents: nothing more is asked about oneself in this case."""
        role = self.wallet.find_part(case, self.number).role
        body = {"role": role, "signed": self.signed_step(case, f"withdraw-consent:{role}", case)}
        return await self.hub.post(f"/cases/{case}/consents/withdrawal", body, CaseView)

    async def step(self, case: str, path: str, step: str, shown: object, extra: Mapping[str, str]) -> CaseView:
        """Sign one step (acceptance, contest, withdrawal) over a digest of what was shown, and hand it in."""
        signed = await self.sign_step(case, step, shown)
        body: object = {**extra, "signed": signed} if extra else signed
        return self.keep(await self.hub.post(f"/cases/{case}/{path}", body, CaseView))

    async def sign_step(self, case: str, step: str, shown: object) -> SignedStep:
        """Have one step signed by whatever signs for this person."""
        return self.signed_step(case, step, shown)

    def signed_step(self, case: str, step: str, shown: object) -> SignedStep:
        """Return one step signed with the person's key."""
        words = step_bytes(case, step, shown)
        return SignedStep(step=b64(words), assertion=self._assert(hashlib.sha256(words).digest()))

    def keep(self, view: CaseView) -> CaseView:
        """Open the sealed credential of a view, if it has one, and keep it in the wallet."""
        if not view.credential:
            return view
        key = self.wallet.opening_key(view.case, self.wallet.holder_of(view.case))
        if key is None or view.seen_as == "agent":
            return view  # it is sealed to the principal, who opens it
        token = jwe.open_sealed(view.credential, key=key, typ="mz-credential").decode("ascii")
        check_credential(token, key.public.jwk, self.trust)
        self.wallet.keep(Kept(case=view.case, resident=self.number, item=view.item, credential=token))
        return msgspec.structs.replace(view, credential=token)

    def _assert(self, challenge: bytes) -> Assertion:
        return make_assertion(self.key, challenge, origin=self.trust.origins[0], rp_id=self.trust.rp_ids[0])

    def _seal_key(self, party: str) -> Jwk:
        return self.trust.current(party, "seal", int(time.time())).jwk
