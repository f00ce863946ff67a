"""What the clerk does with whoever sits there: each one form, so that it works without any script."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter
from litestar.response import Redirect

from mianzheng.client.window import Method
from mianzheng.model.queue import HandOverReason
from mianzheng.window import filing, queueing, seeing
from mianzheng.window.access import CLERK
from mianzheng.window.showing import HOME, doing, home_of

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
Fields = Annotated[dict[str, str], FORM]
PaperName = Annotated[str, PathParameter(max_length=40)]
HOW: dict[str, Method] = {"face": "face", "call": "call"}
ROLE = "role."  # before the name of a role whom the person chooses


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """To which window ("" any), and why."""

    to: str = ""
    why: HandOverReason = "elsewhere"


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A number and what a camera took."""

    number: str = ""
    image: UploadFile | None = None


@post(f"{HOME}/draw", opt=CLERK)
async def draw(state: State) -> Redirect:
    """Draw a number."""
    return await doing(state.clerk, queueing.draw(state.clerk))


@post(f"{HOME}/next", opt=CLERK)
async def call_next(state: State) -> Redirect:
    """Call the next number: the clock runs."""
    return await doing(state.clerk, queueing.call_next(state.clerk))


@post(f"{HOME}/leave", opt=CLERK)
async def leave(state: State, data: Fields) -> Redirect:
    """End the sitting; `absent`: nobody came."""
    return await doing(state.clerk, queueing.leave(state.clerk, absent=data.get("absent") == "1"))


@post(f"{HOME}/pause", opt=CLERK)
async def pause(state: State) -> Redirect:
    """Put the sitting aside."""
    return await doing(state.clerk, queueing.rest(state.clerk))


@post(f"{HOME}/resume", opt=CLERK)
async def resume(state: State, data: Fields) -> Redirect:
    """Take up a ticket that rested."""
    return await doing(state.clerk, queueing.go_on(state.clerk, data.get("ticket", "")))


@post(f"{HOME}/hand-over", opt=CLERK)
async def hand_over(state: State, data: Annotated[HandedOver, FORM]) -> Redirect:
    """Give the number to another window."""
    return await doing(state.clerk, queueing.hand_over(state.clerk, to=data.to, why=data.why))


@post(f"{HOME}/stuck", opt=CLERK)
async def stuck(state: State) -> Redirect:
    """办不成事."""
    return await doing(state.clerk, queueing.stuck(state.clerk))


@post(f"{HOME}/person", opt=CLERK)
async def see(state: State, data: Fields) -> Redirect:
    """Begin a presence by a stated number: with the second seat, or by the camera."""
    how: Method = HOW.get(data.get("how", ""), "window")
    return await doing(state.clerk, seeing.by_number(state.clerk, data.get("number", ""), how))


@post(f"{HOME}/person/picture", opt=CLERK)
async def see_picture(
    state: State, data: Annotated[Picture, Body(media_type=RequestEncodingType.MULTI_PART)]
) -> Redirect:
    """Begin a presence by a picture that was taken by another camera."""
    image = await data.image.read(seeing.MOST_IMAGE + 1) if data.image is not None else b""
    return await doing(state.clerk, seeing.by_number(state.clerk, data.number, "face", image=image))


@post(f"{HOME}/person/card", opt=CLERK)
async def read_card(state: State) -> Redirect:
    """Have the card read."""
    return await doing(state.clerk, seeing.by_card(state.clerk))


@post(f"{HOME}/person/code", opt=CLERK)
async def meet(state: State, data: Fields) -> Redirect:
    """Take the code that somebody's phone shows."""
    return await doing(state.clerk, seeing.by_code(state.clerk, data.get("code", "")))


@post(f"{HOME}/person/answers", opt=CLERK)
async def answer(state: State, data: Fields) -> Redirect:
    """Hand in what the person said, in the order of the questions."""
    said = tuple(data[name] for name in sorted(data) if name.startswith("answer-"))
    return await doing(state.clerk, seeing.answer(state.clerk, said))


@post(f"{HOME}/person/again", opt=CLERK)
async def see_again(state: State) -> Redirect:
    """Begin anew: another number, another way."""
    seeing.again(state.clerk)
    return Redirect(home_of(state.clerk), status_code=303)


@post(f"{HOME}/item", opt=CLERK)
async def choose(state: State, data: Fields) -> Redirect:
    """Take an item."""
    return await doing(state.clerk, filing.choose(state.clerk, data.get("item", "")))


@post(f"{HOME}/case", opt=CLERK)
async def open_case(state: State, data: Fields) -> Redirect:
    """Open the case with what the person states."""
    choices = {name.removeprefix(ROLE): value for name, value in data.items() if name.startswith(ROLE)}
    form = {name.removeprefix("form."): value for name, value in data.items() if name.startswith("form.")}
    return await doing(state.clerk, filing.open_case(state.clerk, form, choices))


@post(f"{HOME}/back", opt=CLERK)
async def back(state: State) -> Redirect:
    """Leave the plan unsigned."""
    filing.drop(state.clerk)
    return Redirect(HOME, status_code=303)


@post(f"{HOME}/another", opt=CLERK)
async def another(state: State) -> Redirect:
    """Go on to another item in the same sitting."""
    seeing.sitting_of(state.clerk).next_item()
    return Redirect(HOME, status_code=303)


@post(f"{HOME}/sign", opt=CLERK)
async def sign(state: State) -> Redirect:
    """Sign what the person was read."""
    return await doing(state.clerk, filing.sign(state.clerk))


@post(f"{HOME}/step", opt=CLERK)
async def step(state: State, data: Fields) -> Redirect:
    """Sign a step of the person: accept, a person, withdraw, escalate, what was missing is there."""
    return await doing(state.clerk, filing.step(state.clerk, data.get("step", "")))


@post(f"{HOME}/contest", opt=CLERK)
async def contest(state: State, data: Fields) -> Redirect:
    """Sign that an answer is wrong."""
    return await doing(state.clerk, filing.contest(state.clerk, data.get("question", ""), data.get("role", "")))


@post(f"{HOME}/paper/{{name:str}}/handed", opt=CLERK)
async def handed(state: State, name: PaperName) -> Redirect:
    """Sign that the person was given a paper."""
    return await doing(state.clerk, filing.handed(state.clerk, name))


@post(f"{HOME}/declare", opt=CLERK)
async def declare(state: State, data: Fields) -> Redirect:
    """Sign a declaration 告知承诺 of the person."""
    return await doing(state.clerk, filing.declare(state.clerk, data.get("condition", "")))


@post(f"{HOME}/correct", opt=CLERK)
async def correct(state: State) -> Redirect:
    """Show the form anew with what is to be corrected 补正."""
    return await doing(state.clerk, filing.correct(state.clerk))


@post(f"{HOME}/earlier", opt=CLERK)
async def take_up(state: State, data: Fields) -> Redirect:
    """Go on with a case of an earlier sitting."""
    return await doing(state.clerk, filing.take_up(state.clerk, data.get("case", "")))


@post(f"{HOME}/send", opt=CLERK)
async def send(state: State) -> Redirect:
    """Show on the person's screen how it comes to their own phone."""
    seeing.sitting_of(state.clerk).on_phone = True
    return Redirect(HOME, status_code=303)


ROUTES = (
    draw,
    call_next,
    leave,
    pause,
    resume,
    hand_over,
    stuck,
    see,
    see_picture,
    read_card,
    meet,
    answer,
    see_again,
    choose,
    open_case,
    back,
    another,
    sign,
    step,
    contest,
    handed,
    declare,
    correct,
    take_up,
    send,
)
