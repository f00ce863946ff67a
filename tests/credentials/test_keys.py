"""Keys: strict JWKs, files that only their owner reads, secrets that do not leak into texts."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from mianzheng.credentials.keys import BadKey, KeyFolder, PrivateKey, PublicKey
from mianzheng.model.identity import Jwk

KEY = PrivateKey.generate()


def test_a_key_file_has_mode_600_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "sign.jwk.json"
    KEY.to_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PrivateKey.from_file(path).kid == KEY.kid


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    KEY.to_file(tmp_path / "k")
    with pytest.raises(BadKey, match="exists"):
        PrivateKey.generate().to_file(tmp_path / "k")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    KEY.to_file(tmp_path / "k")
    (tmp_path / "k").chmod(mode)
    with pytest.raises(BadKey, match="open to others"):
        PrivateKey.from_file(tmp_path / "k")


def test_a_key_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    folder.mkdir(mode=0o700)
    KEY.to_file(folder / "sign.jwk.json")
    assert KeyFolder(folder).load("sign").kid == KEY.kid
    folder.chmod(0o750)
    with pytest.raises(BadKey, match="open to others"):
        KeyFolder(folder).load("sign")


def test_a_missing_key_names_the_ceremony(tmp_path: Path) -> None:
    with pytest.raises(BadKey) as error:
        KeyFolder(tmp_path / "nowhere").load("sign")
    assert "ceremony" in error.value.hint


def test_a_missing_use_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(BadKey, match="no key"):
        KeyFolder(tmp_path).load("seal")


@pytest.mark.parametrize("text", [b"", b"{}", b'{"kty":"EC"}', b"[1]", b'{"kty":"RSA"}'])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "k"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(BadKey):
        PrivateKey.from_file(path)


def test_a_secret_that_does_not_fit_the_public_half_is_refused() -> None:
    mixed = msgspec.structs.replace(KEY.to_jwk(), d=PrivateKey.generate().to_jwk().d)
    with pytest.raises(BadKey):
        PrivateKey.from_jwk(mixed)


@pytest.mark.parametrize("secret", ["", "AA", "A" * 43, "A" * 44, "_" * 43])
def test_a_malformed_secret_is_refused(secret: str) -> None:
    with pytest.raises(BadKey):
        PrivateKey.from_jwk(msgspec.structs.replace(KEY.to_jwk(), d=secret))


def test_a_point_off_the_curve_is_refused() -> None:
    jwk = Jwk(kty="EC", crv="P-256", x=KEY.public.jwk.x, y=KEY.public.jwk.x)
    with pytest.raises(BadKey):
        PublicKey(jwk)


@pytest.mark.parametrize(
    "x",
    ["", "AAAA", "a b", KEY.public.jwk.x + "=", "00" + KEY.public.jwk.x],
    ids=["empty", "short", "blank", "padded", "long"],
)
def test_a_coordinate_that_is_not_32_canonical_bytes_is_refused(x: str) -> None:
    with pytest.raises(BadKey):
        PublicKey(Jwk(kty="EC", crv="P-256", x=x, y=KEY.public.jwk.y))


def test_no_text_of_a_key_shows_its_secret() -> None:
    jwk = KEY.to_jwk()
    assert jwk.d not in f"{KEY!r} {KEY} {jwk!r} {jwk}"
