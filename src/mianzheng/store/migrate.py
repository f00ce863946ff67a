"""Migrations at start-up: idempotent, one process at a time by an advisory lock."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

from mianzheng.store.engine import database_url

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6D69616E  # "mian": this product's lock among others of the same database


def migrate(url: str, target: str = "head", *, down: bool = False) -> None:
    """Bring the database to `target` ("head", "base" or a revision, with `down` an older one); nothing when there."""
    engine = create_engine(database_url(url), poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = Config()
        config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        if target == "base" or down:
            command.downgrade(config, target)
        else:
            command.upgrade(config, target)
