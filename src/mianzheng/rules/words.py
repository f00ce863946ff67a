"""From text to the tokens that the language has: everything else is a fault before a parser sees it.

1. `scan` looks at the bare text: length, signs that are not in the language, full-width signs
   and curly quotes (with a hint), comments.
2. `tokens` lets sqlglot's tokenizer cut it and keeps only our words. Every name becomes a plain
   name token, so that a fact may be called `date` or `use`; every function becomes an unknown
   function to sqlglot, so that none of its own readings (`count(distinct …)`) apply.
3. `12 months` gets the word `interval` before it, which makes it SQL.
"""

from __future__ import annotations

import re
import threading
import unicodedata

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from mianzheng.model.text import Fault
from mianzheng.rules.faults import Source, did_you_mean

MAX_LENGTH = 2000
MAX_DEPTH = 40
TOO_DEEP = "take brackets away, or split it into several conditions"  # the hint
SETS = frozenset({"has", "every", "count", "total", "lowest", "highest"})
ELAPSED = {"age": "years", "years_since": "years", "months_since": "months", "days_since": "days"}
FUNCTIONS = SETS | frozenset(ELAPSED) | {"exists", "coalesce", "contains", "starts_with", "relation"}
UNITS = {"day": "days", "days": "days", "month": "months", "months": "months", "year": "years", "years": "years"}
PREFIX = "mz_"  # before each function's name while sqlglot reads it

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_SIGNS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", ",", "."})
_KEYWORDS = {
    "and": TokenType.AND,
    "or": TokenType.OR,
    "not": TokenType.NOT,
    "in": TokenType.IN,
    "between": TokenType.BETWEEN,
    "is": TokenType.IS,
    "null": TokenType.NULL,
    "distinct": TokenType.DISTINCT,
    "from": TokenType.FROM,
    "case": TokenType.CASE,
    "when": TokenType.WHEN,
    "then": TokenType.THEN,
    "else": TokenType.ELSE,
    "end": TokenType.END,
    "true": TokenType.TRUE,
    "false": TokenType.FALSE,
}
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,()=<>!+-*' \n\t")
_PLAIN = re.compile(r"(?:[a-zA-Z0-9_.,()=<>!+* \n\t]|-(?!-)|'[^'\x00-\x1f\x7f-\x9f\ud800-\udfff]*')*")
_HINTS = {
    "“": "use straight quotes: '…'",
    "”": "use straight quotes: '…'",
    "‘": "use straight quotes: '…'",
    "’": "use straight quotes: '…'",
    '"': "text stands in single quotes: '…'",
    "`": "names stand bare, text in single quotes",
    "、": "lists are written with commas: ('…', '…')",
    "。": "a rule is one expression and has no full stop",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write <>",
    "/": "there is no division; multiply the other side",
    "%": "there is no division; multiply the other side",
    ";": "a rule is one expression, never a statement",
    "@": "figures are params.x, statements of the person form.x",
    ":": "literals are written as they are; dates as date '2024-01-01'",
    "?": "literals are written as they are",
    "|": "text cannot be joined",
    "\u3000": "use an ordinary blank",
}
_DATES = "dates are date '2024-01-01' and today ± n days, months or years"
_INSTEAD = {  # words of other dialects, and what the language has
    "date": _DATES,
    "cast": _DATES,
    "strftime": _DATES,
    "now": "the case's date is today",
    "current_date": "the case's date is today",
    "like": "write contains(x, '…') or starts_with(x, '…')",
    "substr": "write starts_with(x, '…')",
    "sum": "write total(role.register.fact, …)",
    "min": "write lowest(role.register.fact, …)",
    "max": "write highest(role.register.fact, …)",
    "any": "write has(role.register, …)",
    "all": "write every(role.register, …)",
    "ifnull": "write coalesce(x, …)",
}


class _Own(threading.local):
    """A tokenizer for each thread: it keeps state while it cuts, and costs as much to make as to use."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer()


_OWN = _Own()


def scan(source: Source) -> list[Fault]:
    """Return the faults that the bare text shows: length, foreign signs, comments, open quotes."""
    text = source.text
    if len(text) > MAX_LENGTH:
        message = f"a rule has at most {MAX_LENGTH} characters, this has {len(text)}"
        return [source.fault(MAX_LENGTH, "too-long", message, "split it into several conditions")]
    if _PLAIN.fullmatch(text):
        return []
    faults: list[Fault] = []
    seen: set[str] = set()
    inside = False
    for offset, sign in enumerate(text):
        if sign == "'":
            inside = not inside
        elif inside:
            if unicodedata.category(sign) in ("Cc", "Cs"):
                message = "a control character stands in a text"
                faults.append(source.fault(offset, "bad-sign", message, "type the text anew"))
        elif sign not in _ALLOWED and sign not in seen:
            seen.add(sign)
            faults.append(_foreign(source, offset, sign))
        elif text.startswith("--", offset):
            faults.append(source.fault(offset, "comment", "a rule holds no comment", "use the pack's note"))
            break
    if inside and not faults:
        faults.append(source.fault(text.rfind("'"), "open-quote", "a text is not closed", "add the closing '"))
    return faults


def tokens(source: Source, faults: list[Fault]) -> list[Token]:
    """Return sqlglot tokens of our words only; faults are added to the list."""
    try:
        raw = _OWN.tokenizer.tokenize(source.text)
    except TokenError as error:
        message = f"the rule cannot be cut into words: {error}"
        faults.append(source.fault(0, "bad-token", message, "texts stand in single quotes, each of them closed"))
        return []
    out: list[Token] = []
    for index, token in enumerate(raw):
        following = raw[index + 1] if index + 1 < len(raw) else None
        _take(source, token, following, out, faults)
    if len(out) > MAX_DEPTH:
        _check_nesting(source, out, faults)
    return _with_intervals(out)


def _take(source: Source, token: Token, following: Token | None, out: list[Token], faults: list[Fault]) -> None:
    text, kind = token.text, token.token_type
    if kind is TokenType.STRING:
        if source.text[token.start] != "'" or not text:
            message = "a text may not be empty" if not text else "this kind of text is not in the language"
            faults.append(source.fault(token.start, "bad-text", message, "write is null for no value"))
    elif kind is TokenType.NUMBER:
        if not _NUMBER.fullmatch(text):
            faults.append(
                source.fault(token.start, "bad-number", f"{text} is not a number here", "write it like 1234.56")
            )
    elif text in _SIGNS:
        if text == "," and following is not None and following.text == ")":
            faults.append(source.fault(token.start, "syntax", "nothing follows this comma", "take it away"))
    elif text.lower() in _KEYWORDS:
        kind = _KEYWORDS[text.lower()]
    elif text == "date" and following is not None and following.token_type is TokenType.STRING:
        kind = TokenType.DATE
    else:
        kind, text = TokenType.VAR, _word(source, token, following, faults)
    out.append(Token(kind, text, token.line, token.col, token.start, token.end))


def _word(source: Source, token: Token, following: Token | None, faults: list[Fault]) -> str:
    text = token.text
    written = source.text[token.start : token.end + 1]  # n'x' is a word to sqlglot, whose text is x
    if not _NAME.fullmatch(text) or written != text or token.token_type is TokenType.IDENTIFIER:
        hint = did_you_mean(text.lower(), _KEYWORDS) or "names are of a-z, 0-9 and _, in lower case"
        faults.append(source.fault(token.start, "bad-name", f"{text} is not a word of the language", hint))
    elif text == "like":
        faults.append(source.fault(token.start, "unknown-word", "there is no like", _INSTEAD[text]))
    elif following is not None and following.token_type is TokenType.L_PAREN:
        if text not in FUNCTIONS:
            hint = _INSTEAD.get(text) or did_you_mean(text, FUNCTIONS)
            hint = hint or "the words are " + ", ".join(sorted(FUNCTIONS))
            faults.append(source.fault(token.start, "unknown-function", f"there is no {text}(…)", hint))
        return PREFIX + text
    return text


def _check_nesting(source: Source, words: list[Token], faults: list[Fault]) -> None:
    """The parser recurses in C: what is too deep must not reach it."""
    depth = prefixes = 0
    for token in words:
        kind = token.token_type
        depth += (kind in (TokenType.L_PAREN, TokenType.CASE)) - (kind in (TokenType.R_PAREN, TokenType.END))
        prefixes = prefixes + 1 if kind in (TokenType.NOT, TokenType.DASH) else 0
        if depth > MAX_DEPTH or prefixes > MAX_DEPTH:
            faults.append(source.fault(token.start, "too-deep", f"a rule is at most {MAX_DEPTH} deep", TOO_DEEP))
            return


def _with_intervals(words: list[Token]) -> list[Token]:
    """Put `interval` before `12 months` and `params.x months`."""
    out: list[Token] = []
    for token in words:
        if token.token_type is TokenType.VAR and token.text in UNITS and out:
            start = _amount_start(out)
            if start is not None:
                first = out[start]
                out.insert(start, Token(TokenType.INTERVAL, "interval", first.line, first.col, first.start, first.end))
        out.append(token)
    return out


def _amount_start(out: list[Token]) -> int | None:
    if out[-1].token_type is TokenType.NUMBER:
        return len(out) - 1
    is_param = (
        len(out) >= 3 and out[-3].text == "params" and out[-2].text == "." and out[-1].token_type is TokenType.VAR
    )
    return len(out) - 3 if is_param else None


def _foreign(source: Source, offset: int, sign: str) -> Fault:
    narrow = unicodedata.normalize("NFKC", sign)
    hint = _HINTS.get(sign, "")
    if not hint and narrow != sign and narrow.isascii():
        hint = f"write the half-width {narrow}"
        code, message = "full-width", f"the full-width sign {sign} is not in the language"
    else:
        code, message = "bad-sign", f"the sign {sign} is not in the language"
        hint = hint or "Chinese words stand in single quotes"
    return source.fault(offset, code, message, hint)
