"""SD-JWT (RFC 9901), one strict flat form: sheets of answers, and the base of credentials.

A sheet is `<JWS>~<disclosure>~…~`; each disclosure is canonical [salt, name, value], and the signed
part holds its digest among decoys, so that the number of answers shows only in steps of eight.
Disclosures stand at the top level only; nested ones, array elements and key binding are refused
here (`credential` adds key binding). Refused besides: another algorithm, type or key, times that
do not hold, a disclosure nothing refers to, a digest twice, `_sd` or `...` as a name, a name twice,
a missing last `~`, an unknown or nested `_sd_alg`, base64url that is not canonical, a JSON member
named twice.

Speed matters: each answer of every case is signed and verified here (`bench/credentials.py`). So
salts and digests are encoded in one piece, and canonical disclosures, which are all that we issue,
are checked by writing them again; only others take the slow way through `strict_json`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

import msgspec

from mianzheng.credentials import jws, strict_json
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import canonical, digest, unb64
from mianzheng.model.errors import WrongUse

SALT_BYTES = 16  # RFC 9901 §9.3: 128 random bits, new for each disclosure
CLOCK_SKEW = 60  # seconds by which an issuer's clock may be ahead of ours

_RESERVED = frozenset({"_sd", "_sd_alg", "..."})

_NESTING = frozenset({dict, list})
_Parts: TypeAlias = tuple[str, str, object]  # salt, name, value
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")
_decoder = msgspec.json.Decoder(_Parts)
_bytes_decoder = msgspec.json.Decoder(list[bytes])
_TO_TEXTS = bytes.maketrans(b"+/,", b"-_~")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"===", b"==", b"=")  # by the length of a text, modulo 4


class VerifiedSdJwt(msgspec.Struct, frozen=True, kw_only=True):
    """A verified token: its plain claims, what was disclosed, and each disclosure's digest by name."""

    claims: dict[str, object]
    disclosed: dict[str, object]
    digests: dict[str, str]


def issue(
    claims: Mapping[str, object] | msgspec.Struct,
    disclosures: Sequence[tuple[str, object]],
    *,
    key: PrivateKey,
    typ: str,
    pad_to: int = 8,
) -> str:
    """Return the token with all its disclosures; digests and decoys fill to a multiple of `pad_to`, at least one.

    `WrongUse` for a reserved name or one that is used twice.
    """
    plain = claims if isinstance(claims, Mapping) else msgspec.structs.asdict(claims)
    _check_names(plain, disclosures)
    padded = max(pad_to, -(-len(disclosures) // pad_to) * pad_to)
    salts = os.urandom(SALT_BYTES * padded).hex("~", SALT_BYTES).split("~")
    disclosed, digests = _write_disclosures(disclosures, salts)
    digests.sort()  # the order of answers is nobody's business
    payload = canonical({**plain, "_sd": digests, "_sd_alg": INTL.digest})
    return f"{jws.sign(payload, key=key, typ=typ)}~{disclosed}"


def verify(token: str, *, typ: str, key: PublicKey, now: int) -> VerifiedSdJwt:
    """Return the claims and disclosures that `key` signed; `BadToken` for anything not exactly right.

    `now`, in seconds, is the time *as of* which the token is checked: for a sheet read later, its own.
    """
    signed, _, rest = token.partition("~")
    if not token.endswith("~"):
        raise BadToken("an SD-JWT ends with ~", code="sdjwt-form")
    claims = _claims(jws.verify(signed, typ=typ, key=key))
    referenced = _take_digests(claims)
    _check_times(claims, now)
    parts, digests = _read_disclosures(rest)
    if not referenced.issuperset(digests):
        raise BadToken("a disclosure is not of this token", code="sdjwt-disclosure")
    disclosed = {name: value for _, name, value in parts}
    if len(disclosed) != len(parts) or not disclosed.keys().isdisjoint(claims):
        raise BadToken("a claim is named twice", code="sdjwt-disclosure")
    return VerifiedSdJwt(claims=claims, disclosed=disclosed, digests=dict(zip(disclosed, digests, strict=True)))


def present(token: str, names: Iterable[str]) -> str:
    """Return the token with only the disclosures of `names`; `BadToken` when one of them is not there."""
    signed, *texts = token.split("~")
    wanted = set(names)
    kept = {name: text for text in texts[:-1] if (name := _read_slowly(text)[1]) in wanted}
    if wanted - kept.keys():
        raise BadToken(f"not in this token: {', '.join(sorted(wanted - kept.keys()))}", code="sdjwt-disclosure")
    return "~".join([signed, *kept.values(), ""])


def token_digest(token: str) -> str:
    """Return the digest that names a sheet: over its signed part, the same however much is disclosed."""
    return digest(token.partition("~")[0].encode("ascii"))


def _check_names(plain: Mapping[str, object], disclosures: Sequence[tuple[str, object]]) -> None:
    named = {**plain, **dict(disclosures)}
    if len(named) != len(plain) + len(disclosures):
        raise WrongUse("a claim is named twice")
    if _holds_reserved(named):
        raise WrongUse("_sd, _sd_alg and ... cannot name a claim")


def _claims(payload: bytes) -> dict[str, object]:
    try:
        return strict_json.parse_object(payload)
    except ValueError as error:
        raise BadToken(f"the payload is not a JSON object: {error}", code="sdjwt-form") from None


def _take_digests(claims: dict[str, object]) -> set[str]:
    """Remove `_sd` and `_sd_alg` from `claims` and return the digests; the rest must not be selective."""
    if claims.pop("_sd_alg", INTL.digest) != INTL.digest:
        raise BadToken(f"_sd_alg is not {INTL.digest}", code="sdjwt-algorithm")
    listed = claims.pop("_sd", [])
    if not isinstance(listed, list) or not {*map(type, listed)} <= {str}:
        raise BadToken("_sd is not a list of digests", code="sdjwt-form")
    referenced: set[str] = set(listed)
    if len(referenced) != len(listed):
        raise BadToken("a digest stands in the token twice", code="sdjwt-digest")
    _refuse_reserved(claims)
    return referenced


def _refuse_reserved(value: dict[str, object]) -> None:
    if _holds_reserved(value):
        raise BadToken("_sd, _sd_alg and ... cannot name a claim", code="sdjwt-reserved")


def _holds_reserved(value: dict[str, object]) -> bool:
    """Return whether a member of `value`, or of anything in it, has a name that SD-JWT keeps for itself."""
    open_values: list[Any] = [value]
    while open_values:
        inner = open_values.pop()
        if isinstance(inner, dict):
            if not _RESERVED.isdisjoint(inner):
                return True
            inner = inner.values()
        if not _NESTING.isdisjoint(map(type, inner)):
            open_values.extend(item for item in inner if isinstance(item, (dict, list)))
    return False


def _write_disclosures(disclosures: Sequence[tuple[str, object]], salts: list[str]) -> tuple[str, list[str]]:
    """Return `<disclosure>~…~` and a digest for each salt: of its disclosure, or of itself as a decoy."""
    decoys = [salt.encode("ascii") for salt in salts[len(disclosures) :]]
    if not disclosures:
        return "", _digests(decoys)
    texts = _texts([(salt, name, value) for salt, (name, value) in zip(salts, disclosures, strict=False)])
    return texts.decode("ascii") + "~", _digests([*texts.split(b"~"), *decoys])


def _read_disclosures(rest: str) -> tuple[list[_Parts], list[str]]:
    """Return parts and digest of each disclosure in `<disclosure>~…~`; `BadToken` for a malformed one."""
    if not rest:
        return [], []
    try:
        texts = rest.encode("ascii")[:-1]
    except UnicodeEncodeError:
        raise BadToken("a disclosure is not base64url", code="sdjwt-disclosure") from None
    each = texts.split(b"~")
    parts = _read_canonical(texts, each)
    if parts is None:
        parts = [_read_slowly(text.decode("ascii")) for text in each]
    return parts, _digests(each)


def _read_canonical(texts: bytes, each: list[bytes]) -> list[_Parts] | None:
    """Return the parts of disclosures if all are written canonically and no name is reserved, else None.

    msgspec reads base64 and JSON, each of all disclosures in one call. Written again they must be
    the same texts: that shows canonical base64 and JSON at once, and canonical JSON names no
    member twice, holds no line feed, and would show a reserved name as it is.
    """
    padded = b'","'.join([text + _PADDING[len(text) & 3] for text in each]).translate(_FROM_URL)
    try:
        lines = b"\n".join(_bytes_decoder.decode(b'["%b"]' % padded))
        parts = _decoder.decode_lines(lines)
        same = len(parts) == len(each) and _texts(parts) == texts  # the count: an empty text makes no line
    except (ValueError, OverflowError, RecursionError):
        return None
    return parts if same and b'"_sd' not in lines and b'"..."' not in lines else None


def _read_slowly(text: str) -> _Parts:
    """Return salt, name and value of one disclosure; `BadToken` for anything else, or a reserved name."""
    try:
        parts = strict_json.parse(unb64(text), type=tuple[str, str, object])
    except ValueError as error:
        raise BadToken(f"a disclosure is not [salt, name, value]: {error}", code="sdjwt-disclosure") from None
    _refuse_reserved({parts[1]: parts[2]})
    return parts


def _texts(parts: list[_Parts]) -> bytes:
    """Return the disclosures as canonical JSON in base64url, joined by ~."""
    return _b64_joined(_encoder.encode_lines(parts).split(b"\n")[:-1])


def _digests(texts: list[bytes]) -> list[str]:
    """Return the base64url SHA-256 of each text."""
    return _b64_joined([sha256(text).digest() for text in texts]).decode("ascii").split("~")


def _b64_joined(items: list[bytes]) -> bytes:
    """Return the items in base64url, joined by ~; msgspec writes bytes as base64, all of a list in one call."""
    return _encoder.encode(items).translate(_TO_TEXTS, b'="[]')


def _check_times(claims: Mapping[str, object], now: int) -> None:
    """Raise `BadToken` unless iat, nbf and exp, where present, are whole seconds and hold at `now`."""
    times = {name: claims[name] for name in ("iat", "nbf", "exp") if name in claims}
    for name, value in times.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadToken(f"{name} is not a time", code="sdjwt-form")
        if name == "exp" and now >= value:
            raise BadToken("the token has expired", code="token-expired")
        if name != "exp" and value > now + CLOCK_SKEW:
            raise BadToken("the token does not hold yet", code="token-not-yet-valid")
