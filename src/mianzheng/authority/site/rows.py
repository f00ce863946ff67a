"""Rows of the site: flows that wait for somebody to come back from a provider, and signed-in browsers.

A row's name is the SHA-256 of a token that only the browser has; its content is encrypted.
"""

from __future__ import annotations

import hashlib
import secrets as random
import sqlite3
from typing import Literal

import msgspec

from mianzheng.authority.ports import Secrets
from mianzheng.model.canonical import b64

FLOW_SECONDS = 600
SESSION_SECONDS = 900
ACT_SECONDS = 300
TABLES = (
    "CREATE TABLE IF NOT EXISTS site_flows (flow TEXT PRIMARY KEY, content BLOB NOT NULL, until INTEGER NOT NULL)"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS site_sessions (session TEXT PRIMARY KEY, content BLOB NOT NULL,"
    " until INTEGER NOT NULL) WITHOUT ROWID",
)


Purpose = Literal["sign-in", "confirm", "register", "open", "grant", "keep"]
Act = Literal["", "passkey", "telephone", "unlock"]  # what is done only by who proved anew, for it, who they are


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody began in this browser. `digest` is what they sign by a `confirm`, "" by a sign-in."""

    purpose: Purpose
    audience: str  # a hub; this authority itself for its own pages
    nonce: str
    back: str  # where they return to: a hub's address, or a path of this site
    state: str  # the hub's own, handed back
    browser: str  # hash of this browser's cookie
    at: int
    digest: str = ""
    provider: str = ""
    asked: str = ""  # nonce that the provider must repeat
    verifier: str = ""  # PKCE
    act: Act = ""  # of a sign-in: for what the person proves anew who they are
    sealed: str = ""  # of a result that is to be opened, as it came; of a mandate, what is granted (JSON)


class SiteSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in in a browser, and how they were seen."""

    number: str
    method: str
    level: int
    until: int
    act: Act = ""  # for what they proved anew who they are, good once and until `act_until`
    act_until: int = 0
    body: str = ""  # for which body they act, on the site of an authority for bodies

    def __repr__(self) -> str:
        """Return a text without the person."""
        return f"SiteSession(level={self.level})"


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this module where they are missing."""
    for statement in TABLES:
        connection.execute(statement)


def new_token() -> str:
    """Return a token for a browser: 256 random bits."""
    return random.token_urlsafe(32)


def named(token: str) -> str:
    """Return what stands in a row for a token."""
    return b64(hashlib.sha256(token.encode("utf-8", "replace")).digest())


def keep_flow(connection: sqlite3.Connection, secrets: Secrets, token: str, flow: Flow) -> None:
    """Keep a flow under a token, in place of an earlier one."""
    row = named(token)
    shut = secrets.shut("site-flow", msgspec.json.encode(flow), row=row)
    connection.execute("INSERT OR REPLACE INTO site_flows VALUES (?, ?, ?)", (row, shut, flow.at + FLOW_SECONDS))


def find_flow(connection: sqlite3.Connection, secrets: Secrets, token: str, *, at: int) -> Flow | None:
    """Return the flow of a token, None for an unknown one or too late."""
    row = named(token)
    found = connection.execute("SELECT content FROM site_flows WHERE flow = ? AND until > ?", (row, at)).fetchone()
    return None if found is None else msgspec.json.decode(secrets.open("site-flow", found[0], row=row), type=Flow)


def end_flow(connection: sqlite3.Connection, token: str) -> bool:
    """Let a flow end; False when it ended already."""
    return connection.execute("DELETE FROM site_flows WHERE flow = ?", (named(token),)).rowcount == 1


def keep_session(connection: sqlite3.Connection, secrets: Secrets, token: str, session: SiteSession) -> None:
    """Keep a session under a token."""
    row = named(token)
    shut = secrets.shut("site-session", msgspec.json.encode(session), row=row)
    connection.execute("INSERT INTO site_sessions VALUES (?, ?, ?)", (row, shut, session.until))


def rewrite_session(connection: sqlite3.Connection, secrets: Secrets, token: str, session: SiteSession) -> None:
    """Replace what a session holds; its end stays."""
    row = named(token)
    shut = secrets.shut("site-session", msgspec.json.encode(session), row=row)
    connection.execute("UPDATE site_sessions SET content = ? WHERE session = ?", (shut, row))


def find_session(connection: sqlite3.Connection, secrets: Secrets, token: str, *, at: int) -> SiteSession | None:
    """Return the session of a token, None for an unknown one or one that has ended."""
    row = named(token)
    query = "SELECT content FROM site_sessions WHERE session = ? AND until > ?"
    found = connection.execute(query, (row, at)).fetchone()
    if found is None:
        return None
    return msgspec.json.decode(secrets.open("site-session", found[0], row=row), type=SiteSession)


def end_session(connection: sqlite3.Connection, token: str) -> None:
    """End a session."""
    connection.execute("DELETE FROM site_sessions WHERE session = ?", (named(token),))


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop flows and sessions whose time is over."""
    connection.execute("DELETE FROM site_flows WHERE until <= ?", (at,))
    connection.execute("DELETE FROM site_sessions WHERE until <= ?", (at,))
