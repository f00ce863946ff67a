"""The two ways a case is run: through the hub, and by the bare script. Each returns its milliseconds.

The applicant's own work (the signature, the holder's key) counts in neither.
"""

from __future__ import annotations

import hashlib
import time

from bench.applying import form_values, salt, vouch
from bench.city import Client, Stage
from mianzheng.city.calendar import shanghai_today
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.authorisation import Authorisation, AuthorisationSigned, Draft, FormValue, form_digest
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.case import CaseView, State
from mianzheng.model.errors import MianzhengError


class NotGranted(MianzhengError):
    """A case that is measured came to something else than its grant and delivery."""

    code = "not-granted"


async def hub_case(stage: Stage, client: Client) -> float:
    """Open a case and hand in its authorisation: it runs to its delivery inside these two calls."""
    forms = form_values(stage.form)
    start = time.perf_counter()
    draft = await client.hub.post("/cases", {"item": stage.known.compiled.item.item, "openings": forms}, Draft)
    opened = time.perf_counter()
    body = _authorisation(draft, forms, client, stage)
    signed = time.perf_counter()
    view = await client.hub.post(f"/cases/{draft.case}/authorisation", body, CaseView)
    ended = time.perf_counter()
    if view.decision != "granted" or view.state is not State.DELIVERED:
        raise NotGranted(f"case {view.case} came to {view.decision}, {view.state}")
    return (opened - start + ended - signed) * 1000


async def script_case(stage: Stage, client: Client) -> float:
    """Have the subject named, ask, have it decided, deliver: the same requests, and nothing kept."""
    signed = stage.script.sign(client.bare, stage.known, shanghai_today(), stage.form)
    start = time.perf_counter()
    _, decision, _ = await stage.script.granted(signed)  # who has no account on record is granted too, and paid later
    ended = time.perf_counter()
    if decision.outcome != "granted":
        raise NotGranted(f"case {signed.case} came to {decision.outcome}")
    return (ended - start) * 1000


def _authorisation(draft: Draft, forms: tuple[FormValue, ...], client: Client, stage: Stage) -> AuthorisationSigned:
    authorisation = Authorisation(
        suite=draft.suite,
        case=draft.case,
        as_of=draft.as_of,
        item=draft.item,
        item_version=draft.item_version,
        item_digest=draft.item_digest,
        trigger=draft.trigger,
        plan_digest=draft.plan_digest,
        forms=tuple(sorted(form_digest(value) for value in forms)),
        notice_digest=draft.notice_digest,
        acts_for=None,
        holder=PrivateKey.generate().public.jwk,
        iat=int(time.time()),
        exp=draft.exp,
        salt=salt(),
    )
    words = canonical(authorisation)
    assertion = vouch(client.bare.key, hashlib.sha256(words).digest(), stage.script.trust)
    return AuthorisationSigned(authorisation=b64(words), assertion=assertion, openings=forms)
