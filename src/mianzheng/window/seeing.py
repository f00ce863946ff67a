"""The person by presence: their card in the reader, their face, or two staff and two questions.

A number is typed only here. It goes on sealed to the authority; whether it exists, nobody here learns.
"""

from __future__ import annotations

from pathlib import Path

from mianzheng.client.guest import Guest
from mianzheng.client.numbers import is_person_number, narrow
from mianzheng.client.person import Session
from mianzheng.client.window import AtReader, Method, Served
from mianzheng.model.errors import WrongUse
from mianzheng.model.presence import PresenceFile
from mianzheng.window.clerk import Clerk
from mianzheng.window.sitting import Asked, Seen, Sitting, until_of_session

MOST_IMAGE = 128 * 1024


async def by_number(clerk: Clerk, number: str, method: Method, *, image: bytes = b"") -> None:
    """Begin a presence of whoever states this number; of a face the authority's word comes at once."""
    sitting = sitting_of(clerk)
    sitting.number = narrow(number) or sitting.number
    if not is_person_number(sitting.number):
        sitting.number = ""
        raise WrongUse("that is no citizen number", code="bad-number")
    second = clerk.witness if method == "window" else None
    if method == "window" and second is None:
        raise WrongUse("nobody sits on the second seat", code="no-witness")
    if method == "face":
        image = image or camera(clerk)
    window = clerk.window()
    asked = await window.start(sitting.number, method=method, second=second, image=image)
    sitting.asked = Asked(method=method, asked=asked)
    if method == "face":
        await answer(clerk, ())


async def answer(clerk: Clerk, answers: tuple[str, ...]) -> None:
    """Hand in what the person said. Whoever fails is asked anew, by another way or with other questions."""
    sitting = sitting_of(clerk)
    if sitting.asked is None:
        raise WrongUse("nothing was asked", code="nothing-asked")
    asked = sitting.asked
    if asked.method != "call":
        sitting.asked = None  # one try
    passed = await clerk.window().answer(sitting.number, asked.asked.presence, answers)
    sitting.is_seen(_served(clerk, sitting, passed), _seen(passed))


async def by_card(clerk: Clerk) -> None:
    """Have the reader read the card in its slot: this program learns no number."""
    sitting = sitting_of(clerk)
    if not clerk.config.reader:
        raise WrongUse("no chip reader stands here", code="no-reader")
    person = AtReader(clerk.config.reader, http=clerk.http, hub=clerk.hub(), trust=clerk.trust, wallet=sitting.drawer)
    session = await person.sign_in()
    person.kept_holder = session.holder
    sitting.is_seen(person, _of_session(session))


async def by_code(clerk: Clerk, code: str) -> None:
    """Meet somebody who signs on their own phone: their code opens a case for them, and no earlier one."""
    sitting = sitting_of(clerk)
    guest = Guest(hub=clerk.hub(), trust=clerk.trust, wallet=sitting.drawer)
    digits = "".join(sign for sign in code if sign.isdecimal())
    sitting.is_seen(guest, _of_session(await guest.join(digits, clerk.holder, party=clerk.hub_party)))


def camera(clerk: Clerk) -> bytes:
    """Return what the camera took; `WrongUse` when there is none, or it took nothing."""
    path = Path(clerk.config.camera) if clerk.config.camera else None
    if path is None or not path.is_file():
        raise WrongUse("the camera took nothing", code="no-picture")
    image = path.read_bytes()
    if len(image) > MOST_IMAGE:
        raise WrongUse("the picture is too large", code="no-picture")
    return image


def again(clerk: Clerk) -> None:
    """Begin anew with whoever sits there: another number, another way."""
    sitting = sitting_of(clerk)
    sitting.asked, sitting.number = None, ""


def sitting_of(clerk: Clerk) -> Sitting:
    """Return the sitting; `WrongUse` when nobody sits there."""
    if clerk.sitting is None:
        raise WrongUse("nobody sits here", code="nobody-here")
    return clerk.sitting


def _served(clerk: Clerk, sitting: Sitting, passed: PresenceFile) -> Served:
    served = Served(passed, clerk.staff, hub=clerk.hub(), trust=clerk.trust, wallet=sitting.drawer)
    served.kept_holder = passed.holder
    return served


def _seen(passed: PresenceFile) -> Seen:
    return Seen(
        display=passed.display,
        method=passed.method,
        level=passed.level,
        until=passed.until,
        presence=passed.presence,
    )


def _of_session(session: Session) -> Seen:
    return Seen(display=session.display, method=session.method, level=session.level, until=until_of_session())
