"""The four databases that run here, each started once a session: PostgreSQL, MariaDB, SQLite, DuckDB.

MariaDB comes from the system's packages (`apt-get install mariadb-server`); without it tests fail
rather than skip. All data lies in a folder that goes with the session.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from mianzheng.store import embedded
from tests.rules.wardrobe import create_tables, drop_tables

DIALECTS = ("postgresql", "mysql", "sqlite", "duckdb")
_MARIADB_SECONDS = 30


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    """Give one running engine for each dialect of `DIALECTS`."""
    root = Path(tempfile.mkdtemp(prefix="mianzheng-engines-"))
    postgres = embedded.start(root / "postgres", "registers")
    mariadb = _start_mariadb(root / "mariadb")
    here = {
        "postgresql": create_engine(postgres.replace("postgresql://", "postgresql+psycopg://", 1)),
        "mysql": create_engine(_mariadb_url(root / "mariadb")),
        "sqlite": create_engine("sqlite://", poolclass=StaticPool),
        "duckdb": create_engine("duckdb:///:memory:", poolclass=StaticPool),
    }
    try:
        yield here
    finally:
        for engine in here.values():
            engine.dispose()
        mariadb.terminate()
        mariadb.wait(_MARIADB_SECONDS)
        embedded.stop(root / "postgres")
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def connections(engines: dict[str, Engine]) -> Iterator[dict[str, Connection]]:
    """Give a connection to each engine, with the wardrobe's tables; whoever uses them fills them anew."""
    here = {dialect: engine.connect() for dialect, engine in engines.items()}
    for dialect, connection in here.items():
        create_tables(connection, dialect)
        connection.commit()
    yield here
    for dialect, connection in here.items():
        connection.rollback()
        drop_tables(connection, dialect)
        connection.commit()
        connection.close()


def _start_mariadb(folder: Path) -> subprocess.Popen[bytes]:
    """Start a private server on a socket in `folder`; it listens on no port."""
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    if install is None or not Path(server).exists():
        pytest.fail("MariaDB is not installed: apt-get install mariadb-server (make test does it)")
    folder.mkdir(parents=True)
    data = f"--datadir={folder / 'data'}"
    made = [install, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root"]
    subprocess.run(made, check=True, capture_output=True)
    options = [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--skip-networking", "--user=root"]
    small = ["--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
    log = [f"--log-error={folder / 'log'}"]
    process = subprocess.Popen([server, "--no-defaults", data, *options, *small, *log], stderr=subprocess.DEVNULL)
    _wait_for_mariadb(folder, process)
    return process


def _wait_for_mariadb(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _MARIADB_SECONDS
    while not _listens(folder / "socket"):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"MariaDB did not start: {(folder / 'log').read_text()[-1000:]}")
        time.sleep(0.05)
    engine = create_engine(_mariadb_url(folder, database=""))
    with engine.begin() as connection:
        connection.execute(text("create database registers character set utf8mb4"))
    engine.dispose()


def _listens(path: Path) -> bool:
    """Tell whether a server answers there; a driver that is refused would leave its socket open."""
    with socket.socket(socket.AF_UNIX) as trial:
        return trial.connect_ex(str(path)) == 0


def _mariadb_url(folder: Path, *, database: str = "registers") -> str:
    return f"mysql+pymysql://root@localhost/{database}?unix_socket={folder / 'socket'}&charset=utf8mb4"
