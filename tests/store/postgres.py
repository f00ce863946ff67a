"""A real PostgreSQL for tests: one embedded server a process, one fresh database for whoever asks."""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
from functools import cache
from pathlib import Path

import psycopg
import pytest

from mianzheng.store import embedded
from mianzheng.store.engine import database_url
from mianzheng.store.migrate import migrate

TEMPLATE = "template_hub"


@cache
def server() -> Path:
    """Start the server once and return its folder; it ends with the process.

    Several test modules import the fixtures, and each import is a fixture of its own.
    """
    root = Path(tempfile.mkdtemp(prefix="mianzheng-pg-"))
    folder = root / "postgres"
    admin = embedded.start(folder, "postgres")
    atexit.register(_end, root, folder)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")  # these databases need not outlive a power cut
        connection.execute("select pg_reload_conf()")
    migrate(embedded.start(folder, TEMPLATE))
    return folder


def fresh_database(folder: Path, *, template: str = TEMPLATE, name: str = "") -> str:
    """Make a database of its own, migrated already, and return its URL."""
    name = name or f"hub_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.start(folder, "postgres"), autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
    return embedded.start(folder, name)


def drop_database(folder: Path, url: str) -> None:
    """Remove a database, whoever is still connected."""
    with psycopg.connect(embedded.start(folder, "postgres"), autocommit=True) as connection:
        connection.execute(f'drop database "{database_url(url).database}" with (force)')


@pytest.fixture
def postgres() -> Path:
    """Give the folder of a running server."""
    return server()


@pytest.fixture
def database(postgres: Path) -> str:
    """Give the URL of a fresh, migrated database."""
    return fresh_database(postgres)


def _end(root: Path, folder: Path) -> None:
    embedded.stop(folder)
    shutil.rmtree(root, ignore_errors=True)
