"""Two questions about recent dealings, which the authority chooses and checks from its own department's registers.

`presence.yaml` of the department's packs lists the kinds. Which two are asked follows from the number
and a secret: asked again they are the same, so that asking again teaches nothing. A number that nobody has is
given kinds as likely as a person's would be: questions, shape and time tell nobody whether it exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import msgspec

from mianzheng.authority.typed import Form, normalised
from mianzheng.model.errors import MianzhengError
from mianzheng.model.text import Text

ASKED = 2
Draw = Callable[..., str]  # keyed: the same words give the same text, which nobody else can compute
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class BadPresenceFile(MianzhengError):
    """The authority's `presence.yaml` has another shape."""

    code = "bad-presence-file"


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of question: a fact of a register, how it is typed, and how many people have it (0 to 1)."""

    id: str
    register: str
    fact: str  # or `link:<link>`: the names of those it reaches
    form: Form
    text: Text
    share: Share
    names: dict[str, str] = {}  # stored code -> what people call it


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact that stops everything when it has one of these values: of the person's card, of the person."""

    register: str
    fact: str
    values: tuple[str, ...]


class Cards(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the last card of each person stands: which states void it, and when it was issued."""

    register: str
    status: str
    void: tuple[str, ...]
    issued: str


class PresenceRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `presence.yaml` says. `barred`: nobody stands at a window for such a number (they died)."""

    questions: tuple[Kind, ...] = ()
    barred: tuple[Mark, ...] = ()
    cards: Cards | None = None


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of one presence and, for each, the texts that answer it ((): nothing does)."""

    kinds: tuple[Kind, ...]
    accepted: tuple[tuple[str, ...], ...]


def read_rules(data: bytes) -> PresenceRules:
    """Return the rules of a `presence.yaml`; `BadPresenceFile` names the fault."""
    try:
        return msgspec.yaml.decode(data, type=PresenceRules)
    except msgspec.MsgspecError as error:
        raise BadPresenceFile(f"presence.yaml: {error}", hint="docs/packs.md says what it holds") from None


def choose(
    kinds: Sequence[Kind], held: Mapping[str, tuple[str, ...]], number: str, draw: Draw, *, exists: bool
) -> Chosen:
    """Return two questions for a number: of different registers as far as there are, drawn by the number.

    `held`: the texts of each kind in the person's rows; a kind whose register did not answer is left out
    of `kinds` for everybody. Who holds too little is asked like a number that nobody has, and cannot pass.
    """
    accepted = {kind.id: _accepted(kind, held.get(kind.id, ())) for kind in kinds}
    order = sorted(kinds, key=lambda kind: draw("order", number, kind.id))
    real = _spread([kind for kind in order if accepted[kind.id]]) if exists else []
    if len(real) == ASKED:
        return Chosen(kinds=tuple(real), accepted=tuple(accepted[kind.id] for kind in real))
    likely = [kind for kind in order if _fraction(draw("likely", number, kind.id)) < kind.share]
    shown = _spread(likely) if len(_spread(likely)) == ASKED else _spread(order)
    return Chosen(kinds=tuple(shown), accepted=tuple(() for _ in shown))


def right(chosen: Sequence[tuple[str, ...]], forms: Sequence[Form], answers: Sequence[str], draw: Draw) -> bool:
    """Tell whether every typed answer is right; each is compared, whatever the others are worth."""
    good = len(answers) == len(chosen) > 0
    for accepted, form, answer in zip(chosen, forms, answers, strict=False):
        good &= draw("answer", normalised(form, answer)) in accepted
    return good


def kept(chosen: Chosen, draw: Draw) -> tuple[tuple[str, ...], ...]:
    """Return the accepted answers as keyed digests: the row of a presence holds no answer."""
    return tuple(tuple(draw("answer", text) for text in accepted) for accepted in chosen.accepted)


def _accepted(kind: Kind, held: tuple[str, ...]) -> tuple[str, ...]:
    texts = (normalised(kind.form, kind.names.get(text, text if not kind.names else "")) for text in held)
    return tuple(dict.fromkeys(text for text in texts if text))


def _spread(kinds: Sequence[Kind]) -> list[Kind]:
    """Return the first two kinds, of two registers if there are two."""
    first = kinds[:1]
    other = [kind for kind in kinds[1:] if kind.register != first[0].register] or list(kinds[1:])
    return [*first, *other[:1]]


def _fraction(text: str) -> float:
    """Return where between 0 and 1 a drawn text (base64url) lies."""
    value = 0
    for character in text[:_PLACES]:
        value = value * len(_ALPHABET) + _ALPHABET.index(character)
    return value / float(len(_ALPHABET) ** _PLACES)


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PLACES = 8
