"""The state file, the vault, nonces and settings."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.suites import BadSeal
from mianzheng.gateway.config import BadConfig, GatewayConfig, read_config, write_config
from mianzheng.gateway.nonces import Nonces
from mianzheng.gateway.state import BadState, State
from mianzheng.gateway.vault import Vault
from mianzheng.model.errors import MianzhengError
from mianzheng.model.sites import ProviderConfig, SiteConfig
from mianzheng.model.text import Text


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.sqlite")


def count(connection: sqlite3.Connection) -> int:
    connection.execute("INSERT INTO counters VALUES ('n', 1) ON CONFLICT DO UPDATE SET value = value + 1")
    return int(connection.execute("SELECT value FROM counters WHERE name = 'n'").fetchone()[0])


def test_work_of_many_threads_is_all_committed_once(state: State) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: state.commit(count), range(200)))
    assert sorted(found) == list(range(1, 201))
    state.close()


def test_work_that_raises_takes_back_only_its_own_rows(state: State) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        count(connection)
        raise ValueError("no")

    def one(number: int) -> object:
        try:
            return state.commit(fails if number % 3 == 0 else count)
        except ValueError:
            return None

    with ThreadPoolExecutor(8) as threads:
        found = [n for n in threads.map(one, range(90)) if n is not None]
    assert len(found) == 60
    assert state.reader().execute("SELECT value FROM counters").fetchone() == (60,)
    state.close()


def test_what_was_committed_is_there_for_the_next_process(state: State) -> None:
    state.commit(count)
    state.close()
    again = State(state.path)
    assert again.reader().execute("SELECT value FROM counters").fetchone() == (1,)
    assert again.reader().execute("PRAGMA synchronous").fetchone() == (2,)
    assert again.reader().execute("PRAGMA journal_mode").fetchone() == ("wal",)
    again.close()


def test_readers_cannot_write(state: State) -> None:
    with pytest.raises(sqlite3.OperationalError):
        state.reader().execute("DELETE FROM log")
    state.close()


def test_a_state_file_of_another_version_is_refused(state: State) -> None:
    state.close()
    connection = sqlite3.connect(state.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(BadState, match="version 99"):
        State(state.path)


def test_a_locked_file_is_an_error_for_each_caller_and_holds_nothing(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    state._writer.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(state.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BadState, match="locked"):
        state.commit(count)
    other.execute("ROLLBACK")
    other.close()
    assert state.commit(count) == 1
    state.close()


def test_pseudonyms_of_two_purposes_do_not_join_and_boxes_do_not_move() -> None:
    key = PrivateKey.generate()
    vault, again = Vault(key), Vault(key)
    assert vault.pseudonym("log", "n") == again.pseudonym("log", "n")
    assert len({vault.pseudonym("log", "n"), vault.pseudonym("budget", "n"), vault.pseudonym("log", "m")}) == 3
    assert Vault(PrivateKey.generate()).pseudonym("log", "n") != vault.pseudonym("log", "n")
    shut = vault.shut("record", b"secret", row="1")
    assert again.open("record", shut, row="1") == b"secret"
    for purpose, row in (("record", "2"), ("response", "1")):
        with pytest.raises(BadSeal):
            vault.open(purpose, shut, row=row)


def test_a_nonce_is_good_once_for_five_minutes_and_for_one_run() -> None:
    nonces = Nonces()
    nonce = nonces.new(1000)
    assert nonces.take(nonce, 1100)
    assert not nonces.take(nonce, 1100)
    assert not nonces.take(nonces.new(1000), 1300)
    assert not nonces.take(nonces.new(1000), 999)
    assert not Nonces().take(nonces.new(1000), 1000)
    for text in ("", "abc", "ÿ", nonce[:-2], "A" * len(nonce)):
        assert not nonces.take(text, 1000)


def config(**changes: object) -> GatewayConfig:
    fields = {"party": "a", "department": "a", "hub": "hub", "port": 8000}
    return GatewayConfig(**(fields | changes))  # type: ignore[arg-type]


def test_settings_are_read_with_absolute_paths(tmp_path: Path) -> None:
    write_config(tmp_path, config(registers={"r": "sqlite:///{folder}/r.sqlite"}, enrolment="e.sqlite"))
    assert (tmp_path / "gateway.json").stat().st_mode & 0o777 == 0o600
    found = read_config(tmp_path)
    assert found.keys == str(tmp_path / "keys")
    assert found.registers == {"r": f"sqlite:///{tmp_path}/r.sqlite"}
    assert found.enrolment == str(tmp_path / "e.sqlite")
    assert found.public_url == "http://127.0.0.1:8000"


def test_an_unknown_setting_stops_the_start(tmp_path: Path) -> None:
    wrong = msgspec.to_builtins(config()) | {"prot": 1}
    (tmp_path / "gateway.json").write_bytes(msgspec.json.encode(wrong))
    with pytest.raises(BadConfig, match="prot"):
        read_config(tmp_path)


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no settings"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": 0}, "port is 0"),
        ({"hub": ""}, "hub is empty"),
        ({"registers": {"r": "nonsense"}}, "registers.r is no SQLAlchemy URL"),
        ({"registers": {"r": "oracle://x"}}, "oracle is none of"),
        ({"register_seconds": 0}, "register_seconds is 0"),
        ({"log_level": "loud"}, "log_level"),
        ({"host": "0.0.0.0"}, "it must be loopback"),
    ],
)
def test_each_wrong_setting_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    write_config(tmp_path, config(**changes))
    with pytest.raises(MianzhengError, match=said):
        read_config(tmp_path)


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    write_config(tmp_path, config(port=0, hub="", pool=0))
    with pytest.raises(BadConfig, match=r"hub is empty.*port is 0.*pool is 0"):
        read_config(tmp_path)


def site(**changes: object) -> SiteConfig:
    provider = ProviderConfig(
        id="demo", name=Text(zh="演示", en="Demo"), issuer="https://id.example", client_id="c", secret_file="s",
        levels={"acr": 3},
    )  # fmt: skip
    made = SiteConfig(url="https://id.city.example", hubs={"hub": "https://city.example"}, providers=(provider,))
    own = {name: changes.pop(name) for name in list(changes) if name in ProviderConfig.__struct_fields__}
    providers = (msgspec.structs.replace(provider, **own),)
    return msgspec.structs.replace(made, **({"providers": providers} | changes))


def test_the_secret_of_a_provider_lies_in_the_gateways_folder(tmp_path: Path) -> None:
    write_config(tmp_path, config(site=site(), enrolment="e.sqlite"))
    found = read_config(tmp_path).site
    assert found is not None and found.providers[0].secret_file == str(tmp_path / "s")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://id.city.example"}, "site.url"),
        ({"url": "https://id.city.example/sign-in"}, "site.url"),
        ({"url": "https://user@id.city.example"}, "site.url"),
        ({"hubs": {"hub": "city.example"}}, "site.hubs.hub"),
        ({"id": "a/b"}, "letters, digits"),
        ({"issuer": "http://id.example"}, "issuer must be https"),
        ({"levels": {}}, "levels"),
        ({"levels": {"acr": 4}}, "levels"),
        ({"levels": {"acr": 0}}, "levels"),
        ({"sign_ins_per_minute": 0}, "sign_ins_per_minute"),
    ],
)
def test_each_wrong_setting_of_a_site_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    write_config(tmp_path, config(site=site(**changes), enrolment="e.sqlite"))
    with pytest.raises(BadConfig, match=said):
        read_config(tmp_path)


def test_a_site_is_of_an_authority(tmp_path: Path) -> None:
    write_config(tmp_path, config(site=site()))
    with pytest.raises(BadConfig, match="no enrolment"):
        read_config(tmp_path)
