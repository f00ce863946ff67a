"""A real PostgreSQL for tests: one embedded server a session, one fresh database for whoever asks."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mianzheng.store import embedded
from mianzheng.store.migrate import migrate


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """Give the folder of a running server; it ends with the session."""
    root = Path(tempfile.mkdtemp(prefix="mianzheng-pg-"))
    folder = root / "postgres"
    template = embedded.start(folder, "template_hub")
    migrate(template)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(root, ignore_errors=True)


def fresh_database(folder: Path, *, template: str = "template_hub") -> str:
    """Make a database of its own, migrated already, and return its URL."""
    name = f"hub_{secrets.token_hex(6)}"
    url = embedded.start(folder, "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
    return embedded.start(folder, name)


@pytest.fixture
def database(postgres: Path) -> str:
    """Give the URL of a fresh, migrated database."""
    return fresh_database(postgres)
