"""How a yes/no label makes an English sentence: by its first words it is a predicate of be, has, a verb, or a clause.

"registered in Linhai" is said with a form of be, "owns houses" with do, "has taken …" and "must …" with their own verb.
A label with a subject of its own ("the show was subsidised") is said whole: "is it so that the show was subsidised?".
"""

from __future__ import annotations

import re

import msgspec

_VERBS = frozenset(  # a label that begins so is asked with do; without its s it is the verb
    [
        "belongs",
        "conforms",
        "deducts",
        "draws",
        "employs",
        "fits",
        "has",
        "holds",
        "keeps",
        "lies",
        "lives",
        "meets",
        "needs",
        "offers",
        "owns",
        "pays",
        "provides",
        "receives",
        "represents",
        "runs",
        "sells",
        "serves",
        "takes",
        "uses",
        "works",
    ]
)
_MODALS = {"must": "need not", "may": "may not", "can": "cannot"}  # and how it is denied: who need not still may
_PARTICIPLES = (
    r"\w+ed|(?:with|over)?drawn|taken|given|been|built|made|found|gone|grown|lost|left|paid|sold|kept|done|held|had|met"
    r"|set|put|sent|shut|split|spent|bought|begun|known|shown|seen|run|won|written|undergone|let|sublet|hurt|cut|bound|dealt"
)
_OF_BE = re.compile(  # participles, prepositions, adjectives and adverbs that begin a predicate of be
    rf"(?:{_PARTICIPLES}|a|an|abroad|above|again|among|answerable|at|below|by|dead|due|entitled|exempt|first|fit|for|free"
    r"|from|here|in|inside|key|near|new|not|obsolete|of|off|on|online|open|outside|over|past|self-employed|serving"
    r"|severely|still|studying|subject|under|unfit|unpaid|void|with|within|without|wrongly|living|publicly|lawfully"
    r"|the (?:first|only|\w+'s own(?= line)))\b"
)
_SENTENCE = re.compile(r"\b(?:is|are|was|were|has|have|had|stands|followed)\b")  # what only a clause holds


class Predicate(msgspec.Struct, frozen=True):
    """A label by its kind: `be`, `was`, `do`, `perfect`, `modal` or `clause`; its verb ("" for be) and the rest."""

    kind: str
    verb: str
    rest: str

    def statement(self, subject: str, owner: str, *, plural: bool, no: bool) -> str:
        """Return what is said of a subject ("they", "the owner"; owner "their"), or with `no` that it is not so."""
        if self.kind == "clause":
            clause, of = self._clause(subject, owner)
            return f"it is {'not ' if no else ''}so{of} that {clause}" if no or of else clause
        if self.kind == "do" and not no:
            return f"{subject} {self.verb if plural else _third(self.verb)} {self.rest}"
        if self.kind == "modal":
            return f"{subject} {_MODALS[self.verb] if no else self.verb} {self.rest}"
        return f"{subject} {_auxiliary(self.kind, plural)} {'not ' if no else ''}{self._main()}"

    def question(self, subject: str, owner: str, *, plural: bool, no: bool) -> str:
        """Return what is asked about a subject, without the mark; `no`: whether it is not so."""
        if self.kind == "clause":
            clause, of = self._clause(subject, owner)
            return f"is it {'not ' if no else ''}so{of} that {clause}"
        if self.kind == "modal":
            denied = self.statement(subject, owner, plural=plural, no=True)
            return f"is it so that {denied}" if no else f"{self.verb} {subject} {self.rest}"
        return f"{_auxiliary(self.kind, plural)} {subject} {'not ' if no else ''}{self._main()}"

    def _main(self) -> str:
        return f"{self.verb} {self.rest}" if self.kind == "do" else self.rest

    def _clause(self, subject: str, owner: str) -> tuple[str, str]:
        """Return the clause and of whom it is said; a pronoun is left out, as Chinese leaves it out in a list."""
        if self.rest.startswith("its "):
            return f"{owner} {self.rest.removeprefix('its ')}", ""
        return self.rest, "" if subject in ("they", "it") else f" for {subject}"


def predicate(label: str) -> Predicate:
    """Return the kind of an English label of a yes/no fact; one of no known kind is said with be."""
    return known(label) or Predicate("be", "", label)


def known(label: str) -> Predicate | None:
    """Return the kind of a label as its first words tell it; None when they tell nothing."""
    first, _, rest = label.partition(" ")
    if first == "has" and re.match(rf"(?:never |already )?(?:{_PARTICIPLES})\b", rest):
        return Predicate("perfect", "", rest)
    if first in _VERBS:
        return Predicate("do", "have" if first == "has" else first.removesuffix("s"), rest)
    if first in _MODALS:
        return Predicate("modal", first, rest)
    if first == "was":
        return Predicate("was", "", rest)
    begins = _OF_BE.match(label)
    told = label.split(" that ")[0].split(" who ")[0]
    if begins and not (first in ("a", "an") and _SENTENCE.search(told)):
        return Predicate("be", "", label)
    return Predicate("clause", "", label) if first in ("the", "its") or _SENTENCE.search(told) else None


def _auxiliary(kind: str, plural: bool) -> str:
    one, many = {"be": ("is", "are"), "was": ("was", "were"), "perfect": ("has", "have"), "do": ("does", "do")}[kind]
    return many if plural else one


def _third(verb: str) -> str:
    return "has" if verb == "have" else f"{verb}s"
