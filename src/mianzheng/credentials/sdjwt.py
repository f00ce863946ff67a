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
from mianzheng.model.canonical import b64, canonical, digest, unb64
from mianzheng.model.errors import WrongUse

SALT_BYTES = 18  # RFC 9901 asks for 128 random bits; 18 bytes are 24 letters without a rest
_SALT_LETTERS = SALT_BYTES * 4 // 3
CLOCK_SKEW = 60  # seconds by which an issuer's clock may be ahead of ours

_RESERVED = frozenset({"_sd", "_sd_alg", "..."})

_NESTING = frozenset({dict, list})
_Parts: TypeAlias = tuple[str, str, object]  # salt, name, value
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")
_decoder = msgspec.json.Decoder(_Parts)
_bytes_decoder = msgspec.json.Decoder(list[bytes])
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


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
    salts = b64(os.urandom(SALT_BYTES * max(pad_to, -(-len(disclosures) // pad_to) * pad_to)))
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
    names, values, digests = _read_disclosures(rest)
    if not referenced.issuperset(digests):
        raise BadToken("a disclosure is not of this token", code="sdjwt-disclosure")
    disclosed = dict(zip(names, values, strict=True))
    if len(disclosed) != len(names) or not disclosed.keys().isdisjoint(claims):
        raise BadToken("a claim is named twice", code="sdjwt-disclosure")
    return VerifiedSdJwt(claims=claims, disclosed=disclosed, digests=dict(zip(names, digests, strict=True)))


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
    named = dict(disclosures)
    if len(named) != len(disclosures) or not named.keys().isdisjoint(plain):
        raise WrongUse("a claim is named twice")
    if _holds_reserved({**plain, **named}):
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


def _write_disclosures(disclosures: Sequence[tuple[str, object]], salts: str) -> tuple[str, list[str]]:
    """Return `<disclosure>~…~` and a digest for each salt: of its disclosure, or of itself as a decoy."""
    each = [salts[i : i + _SALT_LETTERS] for i in range(0, len(salts), _SALT_LETTERS)]
    texts = _texts([(salt, name, value) for salt, (name, value) in zip(each, disclosures, strict=False)])
    digests = _digests([*texts, *(salt.encode("ascii") for salt in each[len(texts) :])])
    return b"~".join([*texts, b""]).decode("ascii"), digests


def _read_disclosures(rest: str) -> tuple[list[str], list[object], list[str]]:
    """Return names, values and digests of the disclosures in `<disclosure>~…~`; `BadToken` for a malformed one."""
    try:
        texts = rest.encode("ascii").split(b"~")[:-1]
    except UnicodeEncodeError:
        raise BadToken("a disclosure is not base64url", code="sdjwt-disclosure") from None
    parts = _read_canonical(texts)
    if parts is None:
        parts = [_read_slowly(text.decode("ascii")) for text in texts]
    return [part[1] for part in parts], [part[2] for part in parts], _digests(texts)


def _read_canonical(texts: list[bytes]) -> list[_Parts] | None:
    """Return the parts of disclosures if all are written canonically and no name is reserved, else None.

    msgspec reads base64 and JSON, each of all disclosures in one call. Written again they must be
    the same texts, one by one: that shows canonical base64 and JSON at once, and canonical JSON
    names no member twice, holds no line feed, and would show a reserved name as it is.
    """
    padded = b'","'.join([text + b"==="[: -len(text) % 4] for text in texts]).translate(_FROM_URL)
    try:
        lines = b"\n".join(_bytes_decoder.decode(b'["%b"]' % padded))
        parts = _decoder.decode_lines(lines)
        canonical_and_plain = _texts(parts) == texts and b'"_sd' not in lines and b'"..."' not in lines
    except (ValueError, OverflowError, RecursionError):
        return None
    return parts if canonical_and_plain else None


def _read_slowly(text: str) -> _Parts:
    """Return salt, name and value of one disclosure; `BadToken` for anything else, or a reserved name."""
    try:
        parts = strict_json.parse(unb64(text), type=tuple[str, str, object])
    except ValueError as error:
        raise BadToken(f"a disclosure is not [salt, name, value]: {error}", code="sdjwt-disclosure") from None
    _refuse_reserved({parts[1]: parts[2]})
    return parts


def _texts(parts: list[_Parts]) -> list[bytes]:
    """Return each disclosure as canonical JSON in base64url."""
    return _b64_each(_encoder.encode_lines(parts).split(b"\n")[:-1])


def _digests(texts: list[bytes]) -> list[str]:
    """Return the base64url SHA-256 of each text."""
    return [text.decode("ascii") for text in _b64_each([sha256(text).digest() for text in texts])]


def _b64_each(items: list[bytes]) -> list[bytes]:
    """Return each item in base64url; msgspec writes bytes as base64, all of a list in one call."""
    return _encoder.encode(items).translate(_TO_URL, b'="[]').split(b",") if items else []


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
