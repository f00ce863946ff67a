"""The key ceremony: a folder for each process, no private key of another in it, and only once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.keys import BadKey, KeyFolder, PrivateKey
from mianzheng.credentials.trust import TrustStore, verify_certificate
from mianzheng.model.errors import WrongUse

NOW = 1_800_000_000
PARTIES = (
    PartySpec(party="hub", roles=("hub",)),
    PartySpec(party="civil", roles=("gateway",), department="civil-affairs", staff=("steward", "officer")),
    PartySpec(party="police", roles=("gateway", "authority:person"), department="public-security", staff=("steward",)),
    PartySpec(party="auditor", roles=("auditor",)),
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "keys"
    hold_ceremony(folder, parties=PARTIES, demo=True, now=NOW)
    return folder


def test_every_file_has_mode_600_and_every_folder_700(keys: Path) -> None:
    for path in [keys, *keys.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_no_private_key_lies_in_two_places(keys: Path) -> None:
    secrets = [PrivateKey.from_file(path).to_jwk().d for path in keys.rglob("*.jwk.json")]
    assert len(secrets) == 3 + 4 * len(PARTIES) + 3
    assert len(set(secrets)) == len(secrets)


def test_a_party_s_folder_holds_its_own_keys_only(keys: Path) -> None:
    assert {path.name for path in (keys / "civil").iterdir()} == {
        "sign.jwk.json",
        "seal.jwk.json",
        "log.jwk.json",
        "transport.jwk.json",
        "trust.json",
        "roots.json",
        "stamp.key.pem",
        "stamp.pem",
        "stamp-root.pem",
    }


@pytest.mark.parametrize("party", ["hub", "civil", "police", "auditor"])
def test_each_process_trusts_each_other_from_its_own_copy(keys: Path, party: str) -> None:
    store = TrustStore.load(keys / party / "trust.json", keys / party / "roots.json", at_least=1)
    for spec in PARTIES:
        folder = KeyFolder(keys / spec.party)
        for use in ("sign", "seal", "log", "transport"):
            assert store.current(spec.party, use, NOW).kid == folder.load(use).kid


def test_clients_find_a_copy_without_keys(keys: Path) -> None:
    assert {path.name for path in (keys / "public").iterdir()} == {"trust.json", "roots.json", "stamp-root.pem"}


def test_the_certificate_of_a_steward_holds(keys: Path) -> None:
    store = TrustStore.load(keys / "hub" / "trust.json", keys / "hub" / "roots.json")
    token = (keys / "staff" / "civil-affairs" / "steward.certificate").read_text()
    _, key = verify_certificate(token, trust=store, department="civil-affairs", role="steward", at=NOW)
    assert key.kid == PrivateKey.from_file(keys / "staff" / "civil-affairs" / "steward.jwk.json").kid


def test_two_of_the_three_roots_signed(keys: Path) -> None:
    text = (keys / "hub" / "trust.json").read_text()
    assert text.count('"protected"') == 2


def test_a_second_ceremony_over_the_folder_is_refused(keys: Path) -> None:
    before = {path: path.read_bytes() for path in keys.rglob("*") if path.is_file()}
    with pytest.raises(BadKey, match="not empty"):
        hold_ceremony(keys, parties=PARTIES, demo=True)
    assert before == {path: path.read_bytes() for path in keys.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "parties",
    [
        (PARTIES[0], PARTIES[0]),
        (PartySpec(party="roots", roles=("hub",)),),
        (PartySpec(party="../hub", roles=("hub",)),),
        (PartySpec(party="", roles=("hub",)),),
        (PartySpec(party="a", roles=("gateway",)),),
        (PartySpec(party="a", roles=("hub",), department="civil-affairs"),),
        (PartySpec(party="a", roles=("hub",), staff=("steward",)),),
    ],
)
def test_parties_that_cannot_be_are_refused_before_anything_is_made(
    tmp_path: Path, parties: tuple[PartySpec, ...]
) -> None:
    with pytest.raises(WrongUse):
        hold_ceremony(tmp_path / "keys", parties=parties, demo=True)
    assert not (tmp_path / "keys").exists()
