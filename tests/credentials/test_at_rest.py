"""Data at rest: what is encrypted opens in its own row and under its own key, and not after erasure."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.credentials.at_rest import ContentKey, KeyStore
from mianzheng.credentials.keys import BadKey
from mianzheng.credentials.suites import BadSeal
from mianzheng.model.errors import WrongUse

NOVEMBER = date(2026, 11, 25)
KEY = ContentKey(b"k" * 32)
CIPHERTEXT = KEY.encrypt("低保".encode(), context="sheets/1/body")


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keystore")


def test_a_case_key_is_wrapped_and_opens_again(store: KeyStore) -> None:
    key, wrapped = store.new_case_key("c1", month=NOVEMBER)
    assert wrapped.period == "2026-11"
    ciphertext = key.encrypt(b"plain", context="cases/c1/opening")
    assert store.case_key("c1", wrapped).decrypt(ciphertext, context="cases/c1/opening") == b"plain"


def test_the_store_s_files_are_its_owner_s_only(store: KeyStore) -> None:
    store.new_case_key("c1", month=NOVEMBER)
    store.derive("p", "x")
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert {path.name for path in store.folder.iterdir()} == {"2026-11.key", "derive.key"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in store.folder.iterdir())


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(BadKey):
        KeyStore(tmp_path / "open")


def test_a_wrapped_key_belongs_to_its_case(store: KeyStore) -> None:
    _, wrapped = store.new_case_key("c1", month=NOVEMBER)
    with pytest.raises(BadSeal):
        store.case_key("c2", wrapped)


def test_a_wrapped_key_belongs_to_its_month(store: KeyStore) -> None:
    _, wrapped = store.new_case_key("c1", month=NOVEMBER)
    store.new_case_key("c1", month=date(2026, 12, 1))
    with pytest.raises(BadSeal):
        store.case_key("c1", msgspec.structs.replace(wrapped, period="2026-12"))


def test_a_ledger_key_belongs_to_its_subject_and_year(store: KeyStore) -> None:
    key, wrapped = store.new_ledger_key(b"subject", 2026)
    assert store.ledger_key(b"subject", 2026, wrapped).id == key.id
    for subject, year in ((b"other", 2026), (b"subject", 2027)):
        with pytest.raises(BadSeal):
            store.ledger_key(subject, year, wrapped)


def test_an_erased_month_opens_nothing_even_from_a_backup_of_the_database(store: KeyStore) -> None:
    _, wrapped = store.new_case_key("c1", month=NOVEMBER)
    store.erase("2026-11")
    store.erase("2026-11")
    with pytest.raises(BadKey) as error:
        store.case_key("c1", wrapped)
    assert error.value.code == "erased"
    store.new_case_key("c9", month=NOVEMBER)
    with pytest.raises(BadSeal):
        store.case_key("c1", wrapped)


def test_the_periods_that_still_exist_are_listed(store: KeyStore) -> None:
    store.new_case_key("c1", month=NOVEMBER)
    store.new_ledger_key(b"s", 2026)
    store.derive("p", "x")
    assert store.periods() == ("2026-11", "ledger-2026")


def test_the_derivation_key_cannot_be_erased_as_a_period(store: KeyStore) -> None:
    with pytest.raises(WrongUse):
        store.erase("derive")


@pytest.mark.parametrize("period", ["", "../x", "a/b", "A", "2026.11"])
def test_a_period_cannot_name_another_file(store: KeyStore, period: str) -> None:
    with pytest.raises(WrongUse):
        store.erase(period)


def test_a_truncated_key_file_is_refused(store: KeyStore) -> None:
    _, wrapped = store.new_case_key("c1", month=NOVEMBER)
    (store.folder / "2026-11.key").write_bytes(b"short")
    with pytest.raises(BadKey):
        store.case_key("c1", wrapped)


def test_ids_of_two_purposes_do_not_join(store: KeyStore) -> None:
    assert store.derive("cases", "x") == store.derive("cases", "x")
    assert store.derive("cases", "x") != store.derive("ledger", "x")
    assert store.derive("cases", "x") != store.derive("cases", "y")


def test_the_border_between_purpose_and_id_counts(store: KeyStore) -> None:
    assert store.derive("ab", "c") != store.derive("a", "bc")


def test_another_store_derives_other_ids(store: KeyStore, tmp_path: Path) -> None:
    assert store.derive("p", "x") != KeyStore(tmp_path / "other").derive("p", "x")


def test_workers_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    def derive(_: int) -> bytes:
        return KeyStore(tmp_path / "keystore").derive("p", "x")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(derive, range(32)))) == 1
    assert [path.name for path in (tmp_path / "keystore").iterdir()] == ["derive.key"]


def test_a_ciphertext_names_suite_and_key() -> None:
    assert CIPHERTEXT.startswith(f"intl.{KEY.id}.".encode())


def test_a_ciphertext_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(BadSeal):
        KEY.decrypt(CIPHERTEXT, context="sheets/2/body")


def test_a_ciphertext_of_another_key_does_not_open() -> None:
    with pytest.raises(BadSeal, match="another"):
        ContentKey(b"x" * 32).decrypt(CIPHERTEXT, context="sheets/1/body")


@given(st.integers(0, len(CIPHERTEXT) - 1), st.integers(1, 255))
@settings(max_examples=100)
def test_any_flipped_byte_is_refused(at: int, flip: int) -> None:
    changed = bytearray(CIPHERTEXT)
    changed[at] ^= flip
    with pytest.raises(BadSeal):
        KEY.decrypt(bytes(changed), context="sheets/1/body")


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(BadSeal):
        KEY.decrypt(data, context="")


def test_a_closed_case_has_a_key_of_the_month_in_which_its_term_ends(store: KeyStore) -> None:
    _, wrapped = store.new_kept_key("c1", until=date(2036, 11, 25))
    _, for_good = store.new_kept_key("c2", until=None)
    assert (wrapped.period, for_good.period) == ("kept-2036-11", "kept-always")


def test_an_erased_case_does_not_open_again_from_any_copy_and_its_neighbours_do(store: KeyStore) -> None:
    key, wrapped = store.new_case_key("c1", month=NOVEMBER)
    _, other = store.new_case_key("c2", month=NOVEMBER)
    store.erase_case("c1", wrapped)
    store.erase_case("c1", wrapped)
    with pytest.raises(BadKey) as refused:
        KeyStore(store.folder).case_key("c1", wrapped)
    assert refused.value.code == "erased"
    assert store.case_key("c2", other).id != key.id


def test_the_notes_of_erased_cases_name_nobody_and_go_with_their_month(store: KeyStore) -> None:
    _, wrapped = store.new_case_key("c1", month=NOVEMBER)
    store.erase_case("c1", wrapped)
    (notes,) = store.folder.glob("*.erased")
    assert b"c1" not in notes.read_bytes()
    assert stat.S_IMODE(notes.stat().st_mode) == 0o600
    store.erase("2026-11")
    assert not notes.exists()
