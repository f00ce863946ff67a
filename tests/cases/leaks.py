"""A searcher with every resident's number and the hub's settings, but not its key store."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import psycopg


def forms_of(value: str) -> dict[str, bytes]:
    """The forms in which a text may lie in a file: plain, hex, base64 at three offsets, URL-encoded, plain digests."""
    data = value.encode()
    found = {
        "plain": data,
        "utf-16": value.encode("utf-16-le"),
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        "url": quote(value, safe="").encode(),
        "sha256": hashlib.sha256(data).digest(),
        "sha256 hex": hashlib.sha256(data).hexdigest().encode(),
        "md5 hex": hashlib.md5(data).hexdigest().encode(),
    }
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + data)
        start, end = (0, 2, 3)[offset], len(text) - (0 if (offset + len(data)) % 3 == 0 else 4)
        middle = text[start:end].rstrip(b"=")
        found[f"base64 {offset}"] = middle
        found[f"base64url {offset}"] = middle.replace(b"+", b"-").replace(b"/", b"_")
    return {name: form for name, form in found.items() if len(form) >= 6}


def search(haystacks: Iterable[tuple[str, bytes]], needles: Iterable[str], *, hexed: bool = True) -> list[str]:
    """Return "where: form of which needle" for each find; with `hexed`, bytes written as hex are looked into too."""
    wanted = [(needle, name, form) for needle in needles for name, form in forms_of(needle).items()]
    finds = []
    for where, hay in haystacks:
        for needle, name, form in wanted:
            if form in hay or (hexed and form.hex().encode() in hay):
                finds.append(f"{where}: {name} of {needle}")
    return finds


def dump(url: str) -> list[tuple[str, bytes]]:
    """Every table of every schema as text, bytes in hex: what a dump of the database holds."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        found = []
        for schema, table in tables:
            with connection.cursor().copy(f'copy "{schema}"."{table}" to stdout') as copy:
                found.append((f"table {schema}.{table}", b"".join(bytes(block) for block in copy)))
    return found


def data_files(server: Path, url: str) -> list[tuple[str, bytes]]:
    """The files in which the server keeps one database, written out before."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("checkpoint")
        row = connection.execute("select oid from pg_database where datname = current_database()").fetchone()
    return files(server / "base" / str(row[0])) if row else []


def files(folder: Path) -> list[tuple[str, bytes]]:
    """Every file below a folder."""
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
