"""A window beside the small world: staff with certified keys, an authority with registers of its own, devices."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mianzheng.app import authority_of
from mianzheng.authority import presences
from mianzheng.authority.authority import Authority
from mianzheng.authority.bundles import make_bundle
from mianzheng.authority.enrolment import Enrolment
from mianzheng.authority.known_questions import read_rules
from mianzheng.authority.presence import start
from mianzheng.authority.presence_answers import answer
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import Certificate, StaffRole, certify
from mianzheng.model.asking import Step
from mianzheng.model.authorisation import BundleRequest, Permission, SealedBundle
from mianzheng.model.identity import Assertion, SignIn, SignInResponse
from mianzheng.model.presence import (
    ANSWER,
    OPEN,
    WITNESS,
    Call,
    FaceQuery,
    FaceScore,
    Message,
    PresenceAnswers,
    PresenceAsked,
    PresenceStart,
    SealedReply,
    answers_digest,
    start_digest,
)
from mianzheng.model.publishing import Certified
from tests.gateway.world import NAMES, OLD, ORIGIN, RP_ID, Case, World

AUTHORITY = "public-security"
STRANGER = "331082197001010019"
DEAD = "331082192001010011"
PACKS = Path(__file__).parents[2] / "packs"
HELD = {
    "household.established_on": ("1998-05-01",),
    "household.link:members": ("陈大宝", "陈二宝"),
    "id_card.issued_on": ("2019-03-14",),
    "id_card.status": ("有效",),
    "hukou.town_code": ("331082103",),
    "hukou.status": ("正常",),
}
RIGHT = {
    "household": "一九九八年",
    "lives": " 陈二宝 ",
    "card": "2019年",
    "town": "汇溪镇",
}


class Clerk(msgspec.Struct, frozen=True):
    """A member of staff with key and certificate."""

    key: PrivateKey
    certificate: str

    def step(self, step: str, shown: str, *, at: int, case: str = "") -> Certified:
        """Sign one step."""
        said = Step(case=case, step=step, shown=shown, salt=secrets.token_hex(8), iat=at)
        return Certified(token=jws.sign(said, key=self.key, typ="mz-step"), certificate=self.certificate)


class Registers:
    """The authority's registers, as the tests want them; `down` ones do not answer."""

    def __init__(self) -> None:
        self.rows: dict[str, Mapping[str, tuple[str, ...]]] = {}
        self.down: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def values(self, register: str, fact: str, number: str) -> tuple[str, ...] | None:
        """Return what the rows of a number hold."""
        self.asked.append((register, fact))
        return None if register in self.down else self.rows.get(number, {}).get(f"{register}.{fact}", ())


class Devices:
    """A comparer and a call line in one hand; `answers` may be replaced by a test."""

    comparer, call_line = "comparer", "line"

    def __init__(self, world: World) -> None:
        self.world = world
        self.templates: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.messages: list[tuple[str, str]] = []
        self.rang, self.told = threading.Event(), threading.Event()
        self.answers: Callable[[str, bytes], bytes | None] = self.honest

    def post(self, party: str, path: str, body: bytes) -> bytes | None:
        """Answer as the device would."""
        return self.answers(path, body)

    def honest(self, path: str, body: bytes) -> bytes | None:
        """Do what the device is for."""
        authority = self.world.key(AUTHORITY).public
        if path == "/messages":
            message = jws.verify_as(body.decode(), typ="mz-message", key=authority, type=Message)
            self.messages.append((message.to, message.text))
            self.told.set()
            return b"{}"
        if path == "/calls":
            call = jws.verify_as(body.decode(), typ="mz-call", key=authority, type=Call)
            self.said[call.to] = call.code
            self.rang.set()
            return b""
        opened = jwe.open_sealed(body.decode(), key=self.world.key("comparer", "seal"), typ="mz-face-query")
        query = jws.verify_as(opened.decode(), typ="mz-face-query", key=authority, type=FaceQuery)
        score = FaceScore(query=query.query, above=self.templates.get(query.template) == query.image, iat=query.iat)
        return jws.sign(score, key=self.world.key("comparer"), typ="mz-face-score").encode()


class Window:
    """One window: a clerk, a village witness, and the authority they speak to."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.registers = Registers()
        self.devices = Devices(world)
        self.enrolment = folder / "enrolment.sqlite"
        self._enrol()
        self.clerk = self.staff("clerk", "civil-affairs")
        self.witness = self.staff("witness", "civil-affairs")
        self.authority = self.open_authority()

    def open_authority(self) -> Authority:
        """Return the authority with this window's registers, enrolment and devices."""
        found = authority_of(self.world.gateways[AUTHORITY])
        assert found is not None
        rules = read_rules((PACKS / "public-security" / "presence.yaml").read_bytes())
        return msgspec.structs.replace(
            found,
            registers=self.registers,
            rules=rules,
            devices=self.devices,
            enrolment=Enrolment(self.enrolment),
        )

    def staff(self, role: StaffRole, department: str, *, by: str = "") -> Clerk:
        """Return a new member of staff, certified by a department."""
        key, now = PrivateKey.generate(), int(self.world.now())
        certificate = Certificate(
            department=department,
            staff=f"{department}-{role}-{key.kid[:6]}",
            role=role,
            key=key.public.jwk,
            valid_from=now - 86_400,
            valid_to=now + 400 * 86_400,
        )
        return Clerk(key, certify(certificate, key=self.world.key(by or department)))

    def person(self, number: str = "", *, held: Mapping[str, tuple[str, ...]] = HELD) -> str:
        """Enrol someone new with a name and no key; return their number."""
        made = number or f"331082193603{secrets.randbelow(28) + 1:02d}{secrets.randbelow(9000) + 1000}"
        connection = sqlite3.connect(self.enrolment)
        connection.execute("INSERT OR REPLACE INTO enrolled VALUES (?, '孙阿婆', '', 'none', 0)", (made,))
        connection.commit()
        connection.close()
        self.registers.rows[made] = held
        return made

    def phone(self, number: str, phone: str, since: str) -> None:
        """Enrol a telephone."""
        self._write("INSERT INTO phones VALUES (?, ?, ?)", number, phone, since)

    def face(self, number: str, template: str, image: str) -> None:
        """Enrol a face."""
        self._write("INSERT INTO faces VALUES (?, ?)", number, template)
        self.devices.templates[template] = image

    def begin(self, number: str, *, method: Any = "window", reply: PrivateKey | None = None, **changes: Any) -> bytes:
        """Start a presence and return the raw answer."""
        return start(self.authority, self.sealed_start(number, method=method, reply=reply, **changes))

    def sealed_start(
        self, number: str, *, method: Any = "window", reply: PrivateKey | None = None, **changes: Any
    ) -> str:
        """Return a start, sealed to the authority."""
        at = int(self.world.now())
        audience, nonce = changes.pop("audience", "hub"), changes.pop("nonce", secrets.token_urlsafe(16))
        shown = start_digest(audience, nonce, changes.pop("signed_for", number))
        clerk, second = changes.pop("by", self.clerk), changes.pop("second", self.witness)
        fields: dict[str, Any] = {
            "method": method,
            "audience": audience,
            "nonce": nonce,
            "number": number,
            "clerk": clerk.step(OPEN, shown, at=changes.pop("signed_at", at)),
            "second": second.step(WITNESS, shown, at=at) if second and method == "window" else None,
            "reply_to": (reply or PrivateKey.generate()).public.jwk,
        }
        return self.seal(PresenceStart(**(fields | changes)), "mz-presence-start")

    def asked(self, number: str, **changes: Any) -> PresenceAsked:
        """Start a presence and open the answer."""
        reply = PrivateKey.generate()
        return self.read(self.begin(number, reply=reply, **changes), reply)

    def read(self, answered: bytes, reply: PrivateKey) -> PresenceAsked:
        """Open what came back."""
        sealed = msgspec.json.decode(answered, type=SealedReply).sealed
        return msgspec.json.decode(jwe.open_sealed(sealed, key=reply, typ="mz-presence-asked"), type=PresenceAsked)

    def answer(self, presence: str, answers: tuple[str, ...], *, by: Clerk | None = None, **changes: Any) -> SignIn:
        """Hand in answers; return the authority's word."""
        sealed = self.sealed_answers(presence, answers, by=by, **changes)
        token = msgspec.json.decode(answer(self.authority, sealed), type=SignInResponse).sign_in
        return jws.verify_as(token, typ="mz-sign-in", key=self.world.key(AUTHORITY).public, type=SignIn)

    def sealed_answers(
        self, presence: str, answers: tuple[str, ...], *, by: Clerk | None = None, **changes: Any
    ) -> str:
        """Return answers, sealed to the authority."""
        audience, nonce = changes.pop("audience", "hub"), changes.pop("nonce", secrets.token_urlsafe(16))
        shown = answers_digest(presence, audience, nonce, changes.pop("signed_for", answers))
        clerk = (by or self.clerk).step(ANSWER, shown, at=int(self.world.now()))
        given = PresenceAnswers(presence=presence, audience=audience, nonce=nonce, answers=answers, clerk=clerk)
        return self.seal(given, "mz-presence-answers")

    def passed(self, number: str, **changes: Any) -> SignIn:
        """Begin and pass a presence of someone with `HELD` rows."""
        asked = self.asked(number, **changes)
        return self.answer(asked.presence, answers_to(asked), by=changes.get("by"))

    def fail(self, number: str) -> None:
        """Begin a presence and answer it wrong."""
        asked = self.asked(number)
        try:
            self.answer(asked.presence, ("1900", "1900"))
        except Exception:
            return
        raise AssertionError("wrong answers passed")

    def seal(self, payload: msgspec.Struct, typ: str) -> str:
        """Seal to the authority."""
        to = self.world.trust.current(AUTHORITY, "seal", int(self.world.now()))
        return jwe.seal(msgspec.json.encode(payload), to=to, typ=typ)

    def notices(self, number: str) -> list[str]:
        """Return the words of every notice to a person."""
        found = presences.notices_of(self.authority.journal.reader(), self.authority.secrets, number)
        return [words for _, words in found]

    def sent(self, number: str) -> list[bool]:
        """Return whether each notice to a person has left, once a message was on its way."""
        query, subject = (
            "SELECT sent FROM notices WHERE subject = ?",
            self.authority.secrets.pseudonym("notice", number),
        )
        for _ in range(100):
            found = [bool(one) for (one,) in self.authority.journal.reader().execute(query, (subject,))]
            if any(found) or self.authority.enrolment.phone_of(number) is None:
                break
            time.sleep(0.02)
        return found

    def kinds(self, number: str) -> list[str]:
        """Return the kinds of line about a person in the authority's log."""
        return [line.kind for line in self.world.gateways[AUTHORITY].log.mine(number)]

    def _write(self, statement: str, *values: str) -> None:
        connection = sqlite3.connect(self.enrolment)
        connection.execute(statement, values)
        connection.commit()
        connection.close()

    def _enrol(self) -> None:
        connection = sqlite3.connect(self.enrolment)
        connection.execute("CREATE TABLE enrolled (number TEXT PRIMARY KEY, name, thumbprint, kind, level)")
        connection.execute("CREATE TABLE phones (number TEXT, phone TEXT, held_since TEXT)")
        connection.execute("CREATE TABLE faces (number TEXT, template TEXT)")
        row = (OLD, NAMES[OLD], self.world.people[OLD].kid, "software", 3)
        connection.execute("INSERT INTO enrolled VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()
        connection.close()


def answers_to(asked: PresenceAsked) -> tuple[str, ...]:
    """Return what the person with `HELD` rows says to these questions."""
    words = {"立户": "household", "家人": "lives", "身份证": "card", "乡镇": "town"}
    return tuple(
        next(RIGHT[kind] for word, kind in words.items() if word in question.zh) for question in asked.questions
    )


class WindowCase(Case):
    """A case that a clerk signs beside a presence."""

    def __init__(self, window: Window, number: str, word: SignIn, **changes: Any) -> None:
        self.window = window
        self.word = word
        self.by = changes.pop("by", window.clerk)
        for hub in ("hub", "other-hub"):
            window.world._pairwise.setdefault((number, hub), word.pairwise)
        super().__init__(window.world, number=number, **changes)

    def vouch(self, challenge: bytes, key: PrivateKey | None = None) -> Assertion:
        return make_assertion(key or self.by.key, challenge, origin=ORIGIN, rp_id=RP_ID)

    def bundled(self, **changes: Any) -> SealedBundle:
        """Ask the window's own authority, in this process."""
        request = self.bundle_request(AUTHORITY, **changes)
        body = self.token(request, "mz-bundle-request").encode()
        return msgspec.json.decode(make_bundle(self.window.authority, body), type=SealedBundle)

    def bundle_request(self, authority: str, **changes: Any) -> BundleRequest:
        given = {"presence": self.word.presence, "certificate": self.by.certificate, "pairwise": self.word.pairwise}
        return super().bundle_request(authority, **(given | changes))

    def permission(self, **changes: Any) -> Permission:
        return super().permission(**({"certificate": self.by.certificate} | changes))
